package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// describeRun says in one line how a run ended and what it did: what it did,
// not what it planned. The steps are those of a run that did not come to count
// them.
func describeRun(r state.Run, steps []state.Entry) string {
	words := []string{r.Command}
	switch {
	case r.Finished.IsZero():
		words = append(words, unfinished(r, steps))
	case r.End == sync.Observed:
		words = append(words, "observed, nothing written"+planned(r))
	case r.End == sync.Refused:
		words = append(words, "refused "+codes(r.Refused)+planned(r)+", nothing written")
	default:
		words = append(words, strings.TrimSpace(strings.ReplaceAll(r.End.String(), "_", " ")+" "+became(r)))
	}
	if r.Counts.People > 0 {
		text := fmt.Sprintf("%s, %s held, %s pending", plural(r.Counts.People, "person", "people"), number(r.Counts.Held), number(r.Counts.Pending))
		if n := r.Counts.Illegible; n > 0 {
			text += ", " + plural(n, "record", "records") + " illegible"
		}
		words = append(words, "("+text+")")
	}
	if r.Error != "" && !r.Finished.IsZero() {
		words[len(words)-1] += ":"
		words = append(words, cleanError(r.Error))
	}
	return strings.Join(words, " ")
}

// unfinished says how far a run came that did not write its end down.
func unfinished(r state.Run, steps []state.Entry) string {
	n := make(map[sync.Outcome]int)
	for _, s := range steps {
		n[s.Outcome]++
	}
	text := "died or is under way"
	if r.End != sync.EndNone {
		text = "died"
	}
	switch {
	case len(steps) == 0 && r.End == sync.EndNone:
		return text
	case len(steps) == 0:
		return text + " before its first write"
	}
	text += fmt.Sprintf(" after %s of %s", number(n[sync.Done]), plural(len(steps), "step", "steps"))
	if left := n[sync.OutcomeNone]; left > 0 && r.End != sync.EndNone {
		text += ", the outcome of " + number(left) + " unknown"
	}
	return text
}

// planned says what was due in a run that wrote nothing.
func planned(r state.Run) string {
	if r.Counts.Changes == 0 {
		return ""
	}
	return ": " + kinds(r.Counts.Steps) + " planned"
}

func codes(reasons []sync.Reason) string {
	var words []string
	for _, r := range reasons {
		words = append(words, r.Code())
	}
	return strings.Join(words, " ")
}

// kinds lists how many steps of each kind there are.
func kinds(steps map[sync.StepKind]int) string {
	var words []string
	for _, k := range sync.StepKinds() {
		if n := steps[k]; n > 0 {
			words = append(words, fmt.Sprintf("%s %s", number(n), k))
		}
	}
	return strings.Join(words, ", ")
}

// became says what became of a plan that was carried out, or begun. Only when
// all of it was done are its steps what was done.
func became(r state.Run) string {
	n, all := r.Counts.Results, r.Counts.Changes
	done := n[sync.Done.String()]
	switch {
	case all == 0:
		return ""
	case done == all:
		return kinds(r.Counts.Steps)
	case len(n) == 0:
		return fmt.Sprintf("before the first of %s", plural(all, "change", "changes"))
	}
	text := fmt.Sprintf("after %s of %s", number(done), plural(all, "change", "changes"))
	if r.End == sync.InStep || r.End == sync.Partial {
		text = fmt.Sprintf("%s of %s done", number(done), plural(all, "change", "changes"))
	}
	if k := n[sync.Held.String()]; k > 0 {
		text += ", " + number(k) + " held by the server or not wholly done"
	}
	if k := n[sync.Failed.String()]; k > 0 {
		text += ", " + number(k) + " failed"
	}
	return text
}

// showReceipts says what a run read, and which records it could make nothing of.
func showReceipts(p *paper, c state.Counts) {
	for _, r := range c.Receipts {
		if r.Error != "" {
			p.fill("source  ", clean(r.Source+": not read: "+r.Error))
			continue
		}
		read := receiptOf(r)
		p.fill("source  ", clean(r.Source+": "+whatWasRead(r.People, r.Rejects, read)))
		showReceipt(p, r.People, r.Rejects, r.Joined, read)
	}
	for _, at := range c.At {
		p.fill("illegible  ", clean(at))
	}
	if rest := c.Illegible - len(c.At); len(c.At) > 0 && rest > 0 {
		p.printf("and %d more\n", rest)
	}
}

// receiptOf returns a receipt as it was before it was kept.
func receiptOf(r state.Receipt) sync.Receipt {
	read := sync.Receipt{
		Server: r.Server, Entries: r.Entries, Sentinels: r.Sentinels, Excluded: r.Excluded,
		Took: time.Duration(r.TookMS) * time.Millisecond, Pictures: r.Pictures > 0, Pictured: r.Pictures,
	}
	for _, f := range sync.Fields() {
		read.Filled[f] = r.Filled[f.String()]
	}
	return read
}

// showReceipt shows the evidence that a read was whole: how much there was, how
// long it took, and how many people have a value in each field.
func showReceipt(p *paper, people, rejects, joined int, r sync.Receipt) {
	p.fill("        ", fmt.Sprintf("read %s in %v: %s, %s rejected, %s left out, %s seen", plural(r.Entries, "entry", "entries"),
		r.Took.Round(time.Millisecond), plural(people, "person", "people"), number(rejects), number(r.Excluded), plural(r.Sentinels, "sentinel", "sentinels")))
	var shares []string
	for _, f := range sync.Fields() {
		shares = append(shares, f.String()+" "+percent(r.Filled[f], people))
	}
	if joined > 0 {
		shares = append(shares, "join value "+percent(joined, people))
	}
	p.fill("        ", "filled: "+strings.Join(shares, ", "))
}

// percent writes a share. It says 100 only of all, and 0 only of nobody.
func percent(n, of int) string {
	switch {
	case of == 0:
		return "-"
	case n == 0 || n == of:
		return fmt.Sprintf("%d%%", 100*n/of)
	}
	return fmt.Sprintf("%.1f%%", min(99.9, max(0.1, 100*float64(n)/float64(of))))
}
