package state

import "github.com/directory-sync/syncd/sync"

// A Receipt is what a run keeps of reading one source, refused runs too: the
// evidence for what it did, or did not do.
type Receipt struct {
	Source    string         `json:"source"`
	Server    string         `json:"server,omitempty"` // the server or file that answered
	Entries   int            `json:"entries"`          // records read
	Excluded  int            `json:"excluded"`         // of them, left out by the filter
	People    int            `json:"people"`
	Rejects   int            `json:"rejects"`
	Sentinels int            `json:"sentinels"`          // records found that must be in every read
	Joined    int            `json:"joined"`             // people with a join value
	Filled    map[string]int `json:"filled,omitempty"`   // people with a value, by field
	Pictures  int            `json:"pictures,omitempty"` // people with a picture; 0 also where pictures were not read
	TookMS    int64          `json:"took_ms"`
	Error     string         `json:"error,omitempty"` // why it was not read whole
}

func receiptsOf(r *sync.Report) []Receipt {
	var receipts []Receipt
	for _, s := range r.Sources {
		kept := Receipt{
			Source: s.Name, Server: s.Receipt.Server, Entries: s.Receipt.Entries, Excluded: s.Receipt.Excluded, People: s.Read,
			Rejects: len(s.Rejects), Sentinels: s.Receipt.Sentinels, Joined: s.Joined, TookMS: s.Receipt.Took.Milliseconds(),
		}
		if s.Err != nil {
			kept.Error = s.Err.Error()
		} else {
			kept.Filled, kept.Pictures = filled(s.Receipt), s.Receipt.Pictured
		}
		receipts = append(receipts, kept)
	}
	return receipts
}

// filled returns how many have a value, by the name of the field.
func filled(r sync.Receipt) map[string]int {
	n := make(map[string]int)
	for _, f := range sync.Fields() {
		n[f.String()] = r.Filled[f]
	}
	return n
}
