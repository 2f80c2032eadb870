package sync

import (
	"cmp"
	"fmt"
	"slices"
)

// A SeatMode says what becomes of a run when more people need a seat than are
// free.
type SeatMode uint8

// The seat modes.
const (
	SeatsFill   SeatMode = iota // the free seats are filled, and whoever is left over is held
	SeatsRefuse                 // the guard refuses the run
	SeatsIgnore                 // seats are not counted: the server says no, or does not
)

var seatModeNames = []string{"fill", "refuse", "ignore"}

// String returns the name that the configuration uses.
func (m SeatMode) String() string { return nameOf(seatModeNames, m) }

// MarshalText implements [encoding.TextMarshaler].
func (m SeatMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ParseSeatMode returns the mode with the given name.
func ParseSeatMode(name string) (SeatMode, bool) { return parseName[SeatMode](seatModeNames, name) }

// objectSeats holds those for whom no seat is left: people who come back are
// served first, then hires, each by key. Whoever leaves frees a seat.
func objectSeats(in brief, people []person) {
	if in.Facts.SeatLimit <= 0 || in.Policy.OnLimit == SeatsIgnore {
		return
	}
	free := in.Facts.SeatLimit - in.Facts.ActiveUsers
	var back, hires []*person
	for i := range people {
		p := &people[i]
		switch {
		case p.reason != ReasonNone:
		case p.due(Deactivate):
			free++
		case p.due(Reactivate):
			back = append(back, p)
		case p.due(Create):
			hires = append(hires, p)
		}
	}
	byKey := func(a, b *person) int { return cmp.Compare(a.key, b.key) }
	slices.SortFunc(back, byKey)
	slices.SortFunc(hires, byKey)
	for _, p := range append(back, hires...) {
		if free--; free < 0 {
			p.hold(HoldSeats, "%s", in.Facts.taken())
		}
	}
}

// taken says that no seat is left, and who counts them.
func (f Facts) taken() string {
	if f.SeatsLicensed {
		return fmt.Sprintf("all %d seats of the license are taken", f.SeatLimit)
	}
	return fmt.Sprintf("all %d seats are taken", f.SeatLimit)
}

// checkSeats refuses a run that leaves somebody without a seat, where that is
// asked for. In other modes there is nothing to check.
func (g Guard) checkSeats(p Plan) []Check {
	if g.Seats != SeatsRefuse {
		return nil
	}
	c := Check{Reason: RefuseSeats, Sort: SortSeats}
	for _, x := range p.Changes {
		if x.Has(Create) || x.Has(Reactivate) {
			c.Of++
		}
	}
	for _, h := range p.Held {
		if h.Reason == HoldSeats {
			c.Of++
			c.Planned++
		}
	}
	c.OK = c.Planned == 0
	return []Check{c}
}
