package main

import (
	"github.com/directory-sync/syncd/sync"
)

// illegible shows the records that may be anybody's, because of which nobody is
// taken for absent.
func (t planText) illegible(r sync.Report) {
	records := illegibles(r)
	if len(records) == 0 {
		return
	}
	t.heading(yellow, "?", "illegible", len(records))
	t.rows(len(records), func(i int) { t.fill("      ", clean(records[i].Origin.String())+": "+cleanError(records[i].Detail)) })
	t.fill("      ", "As long as they are not corrected, nobody of their source is taken for absent.")
}

// illegibles returns the rejects that may be anybody's.
func illegibles(r sync.Report) []sync.Reject {
	var records []sync.Reject
	for _, s := range r.Sources {
		records = append(records, illegible(s)...)
	}
	return records
}

// illegible returns the records of a source that may be anybody's.
func illegible(s sync.SourceReport) []sync.Reject {
	var records []sync.Reject
	for _, x := range s.Rejects {
		if x.Key == "" || x.Unsure {
			records = append(records, x)
		}
	}
	return records
}

func (t planText) notes(notes []sync.Note) {
	if len(notes) == 0 {
		return
	}
	t.heading(cyan, "i", "left as is", len(notes))
	t.rows(len(notes), func(i int) {
		n := notes[i]
		t.row(n.Username, n.Reason.Code()+" "+about(n)+cleanError(n.Detail))
	})
}

// about says which field a note is about, if it is about one.
func about(n sync.Note) string {
	switch n.Reason {
	case sync.WarnOneWay, sync.WarnSessions, sync.WarnTokens:
		return ""
	case sync.WarnAuth:
		return "sign-in: "
	case sync.WarnPicture, sync.WarnPictureLocked:
		return "picture: "
	}
	return n.Field.String() + ": "
}
