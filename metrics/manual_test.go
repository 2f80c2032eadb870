package metrics

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestManual: each metric has a row, and each closed set is listed once.
func TestManual(t *testing.T) {
	page := Manual(settings())
	for _, f := range Reference(settings()) {
		if !strings.Contains(page, "| `"+f.Name+"` | "+f.Kind+" |") {
			t.Errorf("%s has no row", f.Name)
		}
		for _, l := range f.Labels {
			row := "| `" + l.Name + "` | `" + strings.Join(l.Values, "`, `") + "` |\n"
			if n := strings.Count(page, row); len(l.Values) > 0 && n != 1 {
				t.Errorf("the values of %s of %s are listed %d times, want once", l.Name, f.Name, n)
			}
		}
	}
	for _, want := range []string{"| `call` | `users/find`, `users/create` |", "| `end` | `source`, `sink` |"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the manual", want)
		}
	}
}

// TestReferenceForPrograms: the reference can be read back.
func TestReferenceForPrograms(t *testing.T) {
	text, err := json.Marshal(Reference(settings()))
	if err != nil {
		t.Fatal(err)
	}
	var got []Family
	if err := json.Unmarshal(text, &got); err != nil || len(got) != len(Reference(settings())) {
		t.Errorf("got %d families, %v", len(got), err)
	}
}

func sorted(text string) []string {
	lines := strings.Fields(strings.ReplaceAll(text, " ", "\x00"))
	slices.Sort(lines)
	return lines
}
