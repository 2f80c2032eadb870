package sync

import "testing"

// TestGuardOnSeats: only where it is asked for does a lack of seats refuse the
// run, and it says of how many.
func TestGuardOnSeats(t *testing.T) {
	change := func(kind StepKind) Change { return Change{Steps: []Step{{Kind: kind}}} }
	hold := func(r Reason) Hold { return Hold{change(Create), r, ""} }
	changes := []Change{change(Create), change(Reactivate), change(Patch), change(Deactivate)}
	short := []Hold{hold(HoldSeats), hold(HoldTaken), hold(HoldSeats)}
	tests := []struct {
		name string
		mode SeatMode
		held []Hold
		want []Check
	}{
		{"filled", SeatsFill, short, nil},
		{"not counted", SeatsIgnore, short, nil},
		{"enough", SeatsRefuse, short[1:2], []Check{{Reason: RefuseSeats, Sort: SortSeats, Of: 2, OK: true}}},
		{"refused", SeatsRefuse, short, []Check{{Reason: RefuseSeats, Sort: SortSeats, Planned: 2, Of: 4}}},
	}
	for _, tt := range tests {
		got := Guard{Seats: tt.mode}.Check(Plan{Changes: changes, Held: tt.held}).of(SortSeats)
		if len(got) != len(tt.want) || len(got) > 0 && got[0] != tt.want[0] {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestMovedSeatsNotCounted: a plan that does not count seats is not stale for
// want of them.
func TestMovedSeatsNotCounted(t *testing.T) {
	p := Plan{Changes: []Change{{Link: Link{Key: "ad:1"}, Steps: []Step{{Kind: Create}}}}}
	f := Fresh{Facts: Facts{SeatLimit: 10, ActiveUsers: 10}, Policy: Policy{OnLimit: SeatsIgnore}}
	if moves := p.Moved(f); len(moves) > 0 && moves[0].Key == "" {
		t.Errorf("got %v", moves)
	}
}
