package mattermost

import (
	"reflect"
	"testing"
)

// TestPatchHasNoMaps: a map in a patch takes the place of the person's own, so
// a patch cannot hold one: neither props, nor notify_props, nor timezone.
func TestPatchHasNoMaps(t *testing.T) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Patch]()) {
		if f.Type != reflect.TypeFor[*string]() {
			t.Errorf("%s is a %s, want only text that may be absent", f.Name, f.Type)
		}
	}
}
