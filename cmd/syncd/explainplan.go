package main

import (
	"fmt"
	"strings"

	"github.com/directory-sync/syncd/sync"
)

// explainFile explains somebody from a saved plan alone: no configuration, no
// server, no source. Of people for whom nothing is due the file has nothing.
func (a *app) explainFile(path, who string) error {
	_, r, err := readPlanFile(path)
	if err != nil {
		return err
	}
	all := called(r.Plan, who)
	if len(all) == 0 {
		return usageError{fmt.Errorf("the plan %s has nobody called %q for whom something is due or held", path, who)}
	}
	in := &inquiry{report: r, finder: &meeting{}}
	if a.output == formJSON {
		return writeExplanations(a.stdout, in, all)
	}
	t := explainText{a.newPaper(), in}
	for i, e := range all {
		if i > 0 {
			t.printf("\n")
		}
		t.printf("%s\n", t.paint(bold, strings.TrimSpace(e.name()+"  "+string(e.key))))
		t.accounts(e)
		t.next(e)
		t.guard()
	}
	return nil
}

// called returns what a plan has of everybody who is called so.
func called(p sync.Plan, who string) []explanation {
	var all []explanation
	add := func(c sync.Change, e explanation) {
		if !answersTo(c, who) {
			return
		}
		e.key, e.link, e.account = c.Link.Key, c.Link, c.User
		if c.Identity.Key != "" {
			e.identity = &c.Identity
		}
		for _, n := range p.Notes {
			if n.Key == e.key {
				e.notes = append(e.notes, n)
			}
		}
		all = append(all, e)
	}
	for i := range p.Changes {
		add(p.Changes[i], explanation{change: &p.Changes[i]})
	}
	for i := range p.Held {
		add(p.Held[i].Change, explanation{hold: &p.Held[i]})
	}
	for i := range p.Pending {
		x := &p.Pending[i]
		add(sync.Change{Link: x.Link, User: x.User}, explanation{pending: x})
	}
	return all
}

// answersTo reports whether somebody is called so: by key, anchor, place, user
// id, or a user name or e-mail of now or then.
func answersTo(c sync.Change, who string) bool {
	_, anchor, _ := strings.Cut(string(c.Link.Key), ":")
	names := []string{string(c.Link.Key), anchor, c.User.ID, c.Identity.Origin.Place}
	for _, p := range []sync.Profile{c.User.Profile, c.Identity.Profile} {
		names = append(names, p[sync.Username], p[sync.Email])
	}
	for _, name := range names {
		if name != "" && strings.EqualFold(name, who) {
			return true
		}
	}
	return false
}
