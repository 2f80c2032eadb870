package ldapdir

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// BenchmarkRead reads and maps a directory of 100,000 people with eight
// attributes, and compares that with ldapsearch reading the same from the same
// server in the same run. The aim is a ratio of 1.5 or less. MB-reading is the peak of
// the process's memory while nobody is kept; the aim is 40. They also all come
// to an account with a size limit of 500.
//
// SYNCD_BENCH_PEOPLE sets another number of people.
func BenchmarkRead(b *testing.B) {
	n := 100_000
	if text := os.Getenv("SYNCD_BENCH_PEOPLE"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	s := newSlapd(b, account("paged")+crowd(n))
	m, faults := sources.Compile(sources.Spec{
		Source: "ldap", Anchor: "entryUUID", Disabled: `lower(employeeType) == "left"`,
		Fields: map[sync.Field]sources.FieldSpec{
			sync.Username: {From: "lower(uid)"}, sync.Email: {From: "first(mail)"}, sync.LastName: {From: "sn"},
			sync.FirstName: {From: "givenName"}, sync.Position: {From: "title"}, sync.Nickname: {From: "cn"},
		},
	})
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	source, err := New(s.config(), m)
	if err != nil {
		b.Fatal(err)
	}
	best, bare := time.Duration(1<<62), time.Duration(1<<62)
	for b.Loop() {
		bare = min(bare, s.ldapsearch(b, m.Attributes(), n))
		start := time.Now()
		got, err := source.Read(b.Context())
		if err != nil || len(got.Identities) != n {
			b.Fatalf("got %d people, %v", len(got.Identities), err)
		}
		best = min(best, time.Since(start))
		runtime.KeepAlive(got)
	}
	if got, err := read(b, s.pagedConfig()); err != nil || len(got.Identities) != n {
		b.Fatalf("with a size limit of 500: got %d people, %v", len(got.Identities), err)
	}
	b.ReportMetric(float64(peakOfReading(b, s, n, `uid == "nobody"`))/1e6, "MB-reading")
	b.ReportMetric(float64(best)/float64(bare), "ratio")
	b.ReportMetric(best.Seconds(), "s-read")
	b.ReportMetric(bare.Seconds(), "s-ldapsearch")
}

// BenchmarkReadGroups reads 20,000 people of a directory with 250 groups of 2,000
// members, of which the mapping asks for one.
func BenchmarkReadGroups(b *testing.B) {
	const n, groups, members = 20_000, 250, 2_000
	var ldif strings.Builder
	ldif.WriteString(crowd(n))
	for g := range groups {
		lines := make([]string, members)
		for i := range lines {
			lines[i] = fmt.Sprintf("member: uid=user%06d,ou=people,%s", (g*77+i)%n, suffix)
		}
		ldif.WriteString(groupLDIF(fmt.Sprintf("cn=group%d,ou=other,%s", g, suffix), "groupOfNames", lines...))
	}
	s := newSlapd(b, ldif.String())
	peak := uint64(0)
	for b.Loop() {
		peak = max(peak, peakOfReading(b, s, n, `memberOf("group7") and uid == "nobody"`))
	}
	b.ReportMetric(float64(peak)/1e6, "MB-reading")
}

// peakOfReading returns the most memory that the process has from the system
// while everybody is read, mapped and left out, so that nobody is kept.
func peakOfReading(b *testing.B, s *slapd, n int, include string) (most uint64) {
	b.Helper()
	m, faults := sources.Compile(sources.Spec{
		Source: "ldap", Anchor: "entryUUID", Include: include,
		Fields: map[sync.Field]sources.FieldSpec{
			sync.Username: {From: "lower(uid)"}, sync.Email: {From: "first(mail)"}, sync.LastName: {From: "sn"},
			sync.FirstName: {From: "givenName"}, sync.Position: {From: "title"}, sync.Nickname: {From: "cn"},
		},
	})
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	c := s.config()
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	c.OnRead = func(int) {
		metrics.Read(sample)
		most = max(most, sample[0].Value.Uint64()-sample[1].Value.Uint64())
	}
	source, err := New(c, m)
	if err != nil {
		b.Fatal(err)
	}
	debug.FreeOSMemory()
	got, err := source.Read(b.Context())
	if err != nil || got.Receipt.Excluded != n {
		b.Fatalf("got %d left out, %v", got.Receipt.Excluded, err)
	}
	return most
}

// ldapsearch reads the same with the directory's own client.
func (s *slapd) ldapsearch(b *testing.B, attrs []string, n int) time.Duration {
	b.Helper()
	args := []string{"-LLL", "-x", "-H", s.url, "-D", syncDN, "-w", "sync", "-E", "pr=1000/noprompt", "-b", "ou=people," + suffix, "(objectClass=inetOrgPerson)"}
	cmd := exec.Command("ldapsearch", append(args, attrs...)...)
	count := &counter{}
	cmd.Stdout = count
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	if least := 100 * n; count.bytes < least {
		b.Fatalf("ldapsearch printed %d bytes, want %d or more", count.bytes, least)
	}
	return time.Since(start)
}

// A counter discards what it counts.
type counter struct{ bytes int }

// Write implements [io.Writer].
func (c *counter) Write(p []byte) (int, error) {
	c.bytes += len(p)
	return len(p), nil
}
