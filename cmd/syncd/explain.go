package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// pastShown is how many steps of the journal an explanation has.
const pastShown = 10

func (a *app) explainCommand() *cobra.Command {
	var list wishList
	var file string
	cmd := &cobra.Command{
		Use:   "explain WHO",
		Short: "Show why one person is as they are, and what happens next",
		Long: `WHO is a key, an anchor, a DN or line, a user name, an e-mail or a Mattermost user
id. It reads both sides whole, as plan does, because what happens to one person
depends on the others, and shows of this person: the record, without secrets and
pictures; the mapping step by step; the link and the account; what the next run
does and why; what the guard says of that run; and the journal. With -v it asks
the server what the account itself did last, and how many sessions and access
tokens it has. It has no way to write.

Exit codes: 0 shown; 5 the source, 6 the server could not be read; 64 nobody of
this name is anywhere; 78 the configuration has mistakes.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := list.read()
			if err != nil {
				return err
			}
			if file != "" {
				return a.explainFile(file, args[0])
			}
			return a.explain(cmd.Context(), args[0], w)
		},
	}
	list.flags(cmd)
	cmd.Flags().StringVar(&file, "plan", "", "explain from this `FILE`, which syncd plan --out wrote, and from nothing else")
	return cmd
}

// explain shows all that is known of whoever is called who.
func (a *app) explain(ctx context.Context, who string, w wishes) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, memory, err := a.loadWithState(ctx)
	if err != nil {
		return err
	}
	defer memory.Close()
	in, err := a.inquire(ctx, c, memory, w)
	if err != nil {
		return err
	}
	all, err := in.explain(ctx, who)
	if err != nil {
		return err
	}
	if a.output == formJSON {
		return writeExplanations(a.stdout, in, all)
	}
	t := explainText{a.newPaper(), in}
	for i, e := range all {
		if i > 0 {
			t.printf("\n")
		}
		t.print(e)
	}
	return nil
}

// An inquiry is a plan, and all that it was made from.
type inquiry struct {
	memory    *state.Reader
	finder    *meeting
	feeds     []feed
	witnesses []*witness // of the feeds
	links     map[sync.Key]sync.Link
	owners    map[string]sync.Key // by user id
	roster    sync.Roster
	report    sync.Report
	observe   bool
	hidden    map[string]bool // fields that are made of secrets
	server    bool            // what the server itself recorded is shown too
}

// inquire plans with everybody.
func (a *app) inquire(ctx context.Context, c *config.Config, memory *state.Reader, w wishes) (*inquiry, error) {
	bar := a.newProgress()
	cycle, err := a.openCycle(c, memory, w, bar.hooks())
	if err != nil {
		return nil, err
	}
	in := &inquiry{memory: memory, feeds: cycle.feeds, observe: c.Mode == sync.Observe, hidden: hiddenFields(c), server: a.verbose,
		finder: &meeting{Finder: cycle.finder, users: make(map[string]sync.User)}}
	cycle.finder, cycle.feeds = in.finder, nil
	for _, f := range in.feeds {
		source, seen := watch(f.Source)
		cycle.feeds = append(cycle.feeds, feed{source, f.joins, seen.watchPictures(f.pictures)})
		in.witnesses = append(in.witnesses, seen)
	}
	bar.start()
	in.report = cycle.plan(ctx)
	bar.stop()
	if in.report.Err != nil {
		return nil, ended(in.report)
	}
	return in, in.remember(ctx, w)
}

// remember puts in order who is linked to what, and who is one person.
func (in *inquiry) remember(ctx context.Context, w wishes) error {
	links, err := in.memory.Links(ctx)
	if err != nil {
		return err
	}
	in.links, in.owners = make(map[sync.Key]sync.Link), make(map[string]sync.Key)
	for _, l := range links {
		in.links[l.Key], in.owners[l.UserID] = l, l.Key
	}
	var readings []sync.Reading
	for i, f := range in.feeds {
		seen := in.witnesses[i]
		readings = append(readings, sync.Reading{Source: f.Name(), Joins: f.joins, Failed: seen.err != nil, Snapshot: seen.snapshot})
	}
	in.roster = sync.NewRoster(readings, links, w.split)
	return nil
}

// An explanation is what is known of one person, or of an account that is
// nobody's.
type explanation struct {
	key      sync.Key // "": nobody's account, or a record whose key is not legible
	records  []sourceRecord
	link     sync.Link
	account  sync.User // zero: there is none
	identity *sync.Identity
	change   *sync.Change
	hold     *sync.Hold
	pending  *sync.Pending
	notes    []sync.Note
	past     []state.Entry
	more     bool           // there are older entries
	activity *sink.Activity // nil: nobody asked the server
}

// A sourceRecord is what one source has of a person now.
type sourceRecord struct {
	source string
	sources.Found
	none  string // why there is no record
	moved bool   // it is not what the plan was made from
}

// explain explains everybody who is called so.
func (in *inquiry) explain(ctx context.Context, who string) ([]explanation, error) {
	if strings.TrimSpace(who) == "" {
		return nil, usageError{errors.New("name somebody")}
	}
	people, err := in.people(ctx, who)
	if err != nil {
		return nil, err
	}
	if len(people) == 0 {
		return nil, in.nobody(who)
	}
	for i := range people {
		if err := in.complete(ctx, &people[i]); err != nil {
			return nil, err
		}
	}
	return people, nil
}

// nobody says that nobody is called so, if that is certain.
func (in *inquiry) nobody(who string) error {
	for _, s := range in.report.Sources {
		if s.Err != nil {
			return endError{sync.SourceFailed, fmt.Errorf("nobody is found by %q, but the source %s was not read: %w", who, s.Name, s.Err)}
		}
	}
	return usageError{fmt.Errorf("nobody is found by the key, anchor, place, user name, e-mail or user id %q: neither in a source, nor on the server, nor in the journal", who)}
}

// complete adds what both sides, the plan and the journal say of somebody.
func (in *inquiry) complete(ctx context.Context, e *explanation) error {
	if e.key != "" {
		e.link = in.links[e.key]
		if u, ok := in.finder.users[e.link.UserID]; ok {
			e.account = u
		}
		for i := range in.roster.Identities {
			if id := &in.roster.Identities[i]; id.Key == e.key {
				e.identity = id
			}
		}
		in.planned(e)
		in.ask(ctx, e)
	}
	in.watchServer(ctx, e)
	return in.recall(ctx, e)
}

// planned finds what the plan has for somebody.
func (in *inquiry) planned(e *explanation) {
	p := in.report.Plan
	for i := range p.Changes {
		if p.Changes[i].Link.Key == e.key {
			e.change = &p.Changes[i]
		}
	}
	for i := range p.Held {
		if p.Held[i].Change.Link.Key == e.key {
			e.hold = &p.Held[i]
		}
	}
	for i := range p.Pending {
		if p.Pending[i].Link.Key == e.key {
			e.pending = &p.Pending[i]
		}
	}
	for _, n := range p.Notes {
		if n.Key == e.key {
			e.notes = append(e.notes, n)
		}
	}
}

// recall adds what happened before.
func (in *inquiry) recall(ctx context.Context, e *explanation) error {
	who := string(e.key)
	if who == "" {
		who = e.account.ID
	}
	if who == "" {
		return nil
	}
	entries, err := in.memory.Entries(ctx, state.Filter{Who: who, Limit: pastShown + 1})
	e.past, e.more = cut(entries, pastShown)
	return err
}

// hiddenFields returns the fields that a mapping makes of attributes nobody
// should see.
func hiddenFields(c *config.Config) map[string]bool {
	hidden := make(map[string]bool)
	for _, s := range c.Sources {
		secrets := s.Mapping.Secrets()
		for _, attribute := range slices.DeleteFunc(s.Mapping.Attributes(), func(name string) bool { return !isSecret(name) && !slices.Contains(secrets, name) }) {
			for _, path := range s.Mapping.Uses(attribute) {
				hidden[fieldOf(path)] = true
			}
		}
	}
	return hidden
}
