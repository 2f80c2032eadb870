package main

import (
	"fmt"
	"slices"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// A barView is how much of a limit is used, in percent.
type barView struct {
	Name, Text string
	Used       int
	Class      string
}

// barsOf shows each limit of which something is used, the tightest first, and
// counts the others.
func barsOf(checks []sync.Check) (bars []barView, spare int) {
	shown := slices.Clone(checks)
	slices.SortStableFunc(shown, func(a, b sync.Check) int {
		switch x, y := a.Headroom(), b.Headroom(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	for _, c := range shown {
		switch {
		case c.Sort == sync.SortConfig && c.OK:
		case c.OK && c.Headroom() == 1:
			spare++
		default:
			bars = append(bars, barOf(c))
		}
	}
	return bars, spare
}

func barOf(c sync.Check) barView {
	b := barView{Name: c.Sort.String(), Text: allowance(c), Used: 100 - int(100*c.Headroom()), Class: classGood}
	switch {
	case c.Reason == sync.RefuseDay:
		b.Name, b.Text = b.Name+" in 24 hours", fmt.Sprintf("%s planned, %s done before, %s allowed", number(c.Planned), number(c.Spent), number(c.Allowed))
	case c.Source != "":
		b.Name += " of " + c.Source
	}
	if c.Sort == sync.SortFill {
		b.Name += ": " + c.Field.String()
	}
	switch {
	case !c.OK:
		b.Class = classBad
	case c.Headroom() < 0.2:
		b.Class = classWarn
	}
	return b
}

// The chart's size, in its own units.
const (
	chartHigh = 40
	columnGap = 1
	column    = 5
	leastHigh = 2 // of a run that changed nothing, so that it can be seen
)

// A chartView is how many changes each of the last runs made, the oldest first.
type chartView struct {
	Wide, High int
	Most       int
	Columns    []columnView
	Text       string // for who does not see it
}

type columnView struct {
	X, Y, Width, Height int
	Class, Title, Run   string
}

func chartOf(runs []state.Run) chartView {
	v := chartView{High: chartHigh, Wide: max(1, len(runs)) * (column + columnGap)}
	total := 0
	for _, r := range runs {
		n := r.Counts.Results[sync.Done.String()]
		total += n
		v.Most = max(v.Most, n)
	}
	for i, r := range slices.Backward(runs) {
		n := r.Counts.Results[sync.Done.String()]
		high := leastHigh
		if v.Most > 0 {
			high = leastHigh + n*(chartHigh-leastHigh)/v.Most
		}
		v.Columns = append(v.Columns, columnView{
			X: (len(runs) - 1 - i) * (column + columnGap), Y: chartHigh - high, Width: column, Height: high,
			Class: classOf(r.End), Title: r.Started.UTC().Format(minute) + ": " + plural(n, "change", "changes") + ", " + endOrDied(r), Run: r.ID,
		})
	}
	v.Text = fmt.Sprintf("%s in the last %s, at most %s in one", plural(total, "change", "changes"), plural(len(runs), "run", "runs"), number(v.Most))
	return v
}

func endOrDied(r state.Run) string {
	if r.Finished.IsZero() {
		return "not at its end"
	}
	return words(r.End)
}
