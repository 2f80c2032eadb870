package csvfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// company writes a file of n people, the same for the same n.
func company(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	pick := rand.New(rand.NewPCG(1, 2))
	first := []string{"Anna", "Jürgen", "Zoë", "Łukasz", "Marie-Luise", "Ödön", "Bo"}
	last := []string{"Müller", "von der Heide", "O'Neill", "Šimek", "Nguyen", "Ångström"}
	jobs := []string{"Nurse", "Engineer", "Clerk", "Head of Sales, DACH", ""}
	rows := [][]string{{"id", "login", "mail", "first", "name", "job", "lang", "kind", "until", "note"}}
	for i := range n {
		login := fmt.Sprintf("u%07d", i)
		rows = append(rows, []string{fmt.Sprintf("E-%08d", i), login, login + "@example.org", first[pick.IntN(len(first))],
			last[pick.IntN(len(last))], jobs[pick.IntN(len(jobs))], "de", "staff", "2031-12-31", strings.Repeat("n", pick.IntN(400))})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func companyMapping(t testing.TB) *sources.Mapping {
	t.Helper()
	m, faults := sources.Compile(sources.Spec{
		Source: "hr", Anchor: "id", Include: "kind == 'staff'", Expired: "past(date(until))",
		Fields: map[sync.Field]sources.FieldSpec{
			sync.Username:  {From: "slug(translit(lower(login)))"},
			sync.Email:     {From: "mail"},
			sync.FirstName: {From: "first"},
			sync.LastName:  {From: "name"},
			sync.Position:  {From: "job"},
			sync.Locale:    {From: "lang"},
		},
		Auth: sources.AuthSpec{Service: "saml", Data: "login"},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return m
}

func companySource(t testing.TB, path string) *Source {
	t.Helper()
	s, err := New(Config{Name: "hr", Path: path}, companyMapping(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMemoryPerPerson bounds what a snapshot keeps. The texts of a person here
// are about 110 bytes.
func TestMemoryPerPerson(t *testing.T) {
	const people = 20000
	s := companySource(t, company(t, people))
	before := heap()
	snapshot, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	each := (heap() - before) / people
	t.Logf("%d bytes each", each)
	if len(snapshot.Identities) != people || each > 500 {
		t.Errorf("got %d people of %d bytes each, want %d of at most 500", len(snapshot.Identities), each, people)
	}
	runtime.KeepAlive(snapshot)
}

func benchmarkRead(b *testing.B, people int) {
	path := company(b, people)
	s := companySource(b, path)
	before := heap()
	var snapshot sync.Snapshot
	b.ReportAllocs()
	for b.Loop() {
		snapshot = sync.Snapshot{}
		var err error
		if snapshot, err = s.Read(b.Context()); err != nil || len(snapshot.Identities) != people {
			b.Fatal(len(snapshot.Identities), err)
		}
	}
	b.ReportMetric(float64(heap()-before)/float64(people), "B-kept/person")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(people), "ns/person")
	runtime.KeepAlive(snapshot)
}

func BenchmarkRead100k(b *testing.B) { benchmarkRead(b, 100_000) }

func BenchmarkRead1M(b *testing.B) {
	if testing.Short() {
		b.Skip("a million people take a while")
	}
	benchmarkRead(b, 1_000_000)
}

// BenchmarkOnlyCSV is what the standard reader takes for the same file.
func BenchmarkOnlyCSV(b *testing.B) {
	path := company(b, 100_000)
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		r := csv.NewReader(f)
		r.ReuseRecord = true
		for err == nil {
			_, err = r.Read()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		_ = f.Close()
	}
}
