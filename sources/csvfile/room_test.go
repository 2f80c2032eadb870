package csvfile

import "testing"

// A large file is read into hardly more room than its people need.
func TestRoomIsForeseen(t *testing.T) {
	const people = 50_000
	snapshot, err := companySource(t, company(t, people)).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, most := cap(snapshot.Identities), people*9/8; len(snapshot.Identities) != people || got > most {
		t.Errorf("got room for %d people, want at most %d for %d", got, most, len(snapshot.Identities))
	}
}
