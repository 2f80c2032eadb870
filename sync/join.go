package sync

import (
	"cmp"
	"slices"
	"strings"
)

// A party is all that is known under one key while people are joined.
type party struct {
	key        Key
	order      int // precedence of the key's source
	decides    int // precedence of the source that decides whether the person is in
	identities []int32
	rejects    []int32
	link       *Link
}

func (p *party) present() bool { return len(p.identities)+len(p.rejects) > 0 }

// A joiner finds out which keys are one person's.
type joiner struct {
	*Roster
	split   []Key
	parties map[Key]*party
	groups  map[string][]*party // by join value
	group   map[*party]string
	gone    []bool            // by identity: it went into another one
	blind   map[string]string // by source: what of it may be anybody, "" where nothing is
}

func newJoiner(r *Roster, links []Link, split []Key) *joiner {
	j := &joiner{
		Roster: r, split: split, parties: make(map[Key]*party),
		groups: make(map[string][]*party), group: make(map[*party]string),
		gone: make([]bool, len(r.Identities)), blind: make(map[string]string),
	}
	r.Others, r.Alias, r.Moved = make(map[Key]string), make(map[Key]Key), make(map[Key]Key)
	for i := range r.Identities {
		p := j.at(r.Identities[i].Key)
		p.identities = append(p.identities, int32(i))
	}
	for i := range r.Rejects {
		if k := r.Rejects[i].Key; k != "" {
			p := j.at(k)
			p.rejects = append(p.rejects, int32(i))
		}
	}
	for i := range links {
		j.at(links[i].Key).link = &links[i]
	}
	for _, read := range r.Readings {
		j.blind[read.Source] = j.blinds(read, links)
	}
	return j
}

// blinds says what of a source may be anybody, or "": people whose join value
// is not known, in a source that has one.
func (j *joiner) blinds(read Reading, links []Link) string {
	if !read.Joins {
		return ""
	}
	for i := range read.Snapshot.Rejects {
		x := &read.Snapshot.Rejects[i]
		if known := x.Join != "" || x.Key != "" && j.parties[x.Key].link != nil && j.parties[x.Key].link.Join != ""; !known {
			return "the source " + read.Source + " has a record without a legible join value, which may be theirs"
		}
	}
	for i := range links {
		if l := &links[i]; read.Failed && l.Key.Source() == read.Source && l.Join == "" {
			return "the source " + read.Source + " " + notRead + ", and of some of its people it is not known whether they are the same"
		}
	}
	return ""
}

func (j *joiner) at(k Key) *party {
	p := j.parties[k]
	if p == nil {
		order, _ := j.Roster.at(k.Source())
		p = &party{key: k, order: order, decides: order}
		j.parties[k] = p
	}
	return p
}

// run joins everybody, and says of whom it is not certain.
func (j *joiner) run() {
	for _, p := range j.parties {
		if value := j.value(p); value != "" && !slices.Contains(j.split, p.key) {
			j.groups[value] = append(j.groups[value], p)
			j.group[p] = value
		}
	}
	j.followLinks()
	j.rememberedElsewhere()
	j.brokenElsewhere()
	for value, g := range j.groups {
		j.settle(value, g)
	}
	n := 0
	for i := range j.Identities {
		if !j.gone[i] {
			j.doubtUnread(&j.Identities[i])
			j.Identities[n] = j.Identities[i]
			n++
		}
	}
	j.Identities = j.Identities[:n]
	for i := range j.Doubts {
		j.Doubts[i].Key = j.person(j.Doubts[i].Key)
	}
	slices.SortFunc(j.Doubts, compareDoubts)
	j.Doubts = slices.Compact(j.Doubts)
}

// value returns the join value of a party: that of its record, or, where there
// is none that is legible, the one of the last run.
func (j *joiner) value(p *party) string {
	switch {
	case len(p.identities) > 0:
		least := ""
		for _, i := range p.identities { // records with one key are held; which comes first must not show
			if v := j.Identities[i].Join; least == "" || v != "" && v < least {
				least = v
			}
		}
		return least
	case len(p.rejects) > 0 && j.Rejects[p.rejects[0]].Join != "":
		return j.Rejects[p.rejects[0]].Join
	case p.link != nil:
		return p.link.Join
	}
	return ""
}

// rememberedElsewhere looks for people whose record no longer states the join
// value of the last run, which somebody without an account states now: a right
// that was lost, or a number that was given away.
func (j *joiner) rememberedElsewhere() {
	for _, p := range j.parties {
		if p.link == nil || p.link.Join == "" || len(p.identities) == 0 || j.group[p] == p.link.Join || slices.Contains(j.split, p.key) {
			continue
		}
		for _, o := range j.groups[p.link.Join] {
			switch {
			case o == p || !o.present():
			case o.link != nil: // numbers were exchanged, or keys: the names will tell
				if old, ok := j.Moved[p.key]; !ok || o.key < old { // which of several comes first must not show
					j.Moved[p.key] = o.key
				}
			default:
				j.doubt(p.key, HoldJoin, "%s states the join value that was this person's", o.key)
				j.doubt(o.key, HoldJoin, "the join value was that of %s, whose record no longer states it", p.key)
			}
		}
	}
}

// brokenElsewhere holds those of whom another source has a record that is so
// broken that not even its key is legible.
func (j *joiner) brokenElsewhere() {
	for i := range j.Rejects {
		x := &j.Rejects[i]
		if x.Key != "" || x.Join == "" {
			continue
		}
		for _, p := range j.groups[x.Join] {
			j.doubt(p.key, HoldIncomplete, "%s: %s", x.Origin, x.Detail)
		}
	}
}

// followLinks looks for keys that were one person's at the last run. One whose
// record is broken still is. One that states another join value is a conflict.
func (j *joiner) followLinks() {
	var linked []*party
	for _, p := range j.parties {
		if p.link != nil && p.link.Others != "" {
			linked = append(linked, p)
		}
	}
	slices.SortFunc(linked, func(a, b *party) int { return cmp.Compare(a.key, b.key) })
	for _, p := range linked {
		for _, k := range p.link.keys()[1:] {
			o := j.parties[k]
			switch {
			case o == nil || !o.present() || j.group[o] != "" && j.group[o] == j.group[p]:
			case len(o.identities) == 0 && o.link == nil && j.group[o] == "":
				j.add(p, o)
			case !slices.Contains(j.split, p.key) && !slices.Contains(j.split, k):
				j.doubt(p.key, HoldJoin, "the record %s was the same person's and no longer is", k)
				j.doubt(k, HoldJoin, "the record was the same person's as %s and no longer is", p.key)
			}
		}
	}
}

// add puts a party into the group of another one.
func (j *joiner) add(to, p *party) {
	value := j.group[to]
	if value == "" {
		value = "\n" + string(to.key) // no record can state it: it has a line break
		j.groups[value], j.group[to] = append(j.groups[value], to), value
	}
	j.groups[value], j.group[p] = append(j.groups[value], p), value
}

func (j *joiner) doubt(k Key, reason Reason, format string, args ...any) {
	j.Doubts = append(j.Doubts, newDoubt(k, reason, format, args...))
}

// settle makes one person of a group, unless it is not certain that it is one.
func (j *joiner) settle(value string, group []*party) {
	slices.SortFunc(group, func(a, b *party) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.key, b.key))
	})
	here := slices.DeleteFunc(slices.Clone(group), func(p *party) bool { return !p.present() })
	if len(here) == 0 {
		return
	}
	if a, b := recordsOfOne(here); a != nil {
		j.doubtAll(group, HoldTwin, "%s and %s state the same join value", a.key, b.key)
		return
	}
	linked := slices.DeleteFunc(slices.Clone(here), func(p *party) bool { return p.link == nil })
	if len(linked) == 0 { // whoever moved from one source to another brings the account along
		linked = slices.DeleteFunc(slices.Clone(group), func(p *party) bool { return p.link == nil })
	}
	for _, p := range group {
		if p.link != nil && !p.present() && !slices.Contains(linked, p) {
			j.doubt(p.key, HoldJoin, "%s states the same join value, and has another account", here[0].key)
		}
	}
	switch {
	case len(linked) > 1:
		j.doubtAll(here, HoldJoin, "%s and %s are one person now, and each has an account", linked[0].key, linked[1].key)
	case len(linked) == 1:
		if o := j.newcomer(linked[0], here); o != nil {
			j.doubtAll(here, HoldJoin, "the join value of %s changed to that of %s, and neither their user names nor their e-mails are the same", linked[0].key, o.key)
			return
		}
		j.merge(linked[0], here)
	default:
		j.merge(here[0], here)
	}
}

// newcomer returns a record that meets the person because their join value
// changed, and that has neither their user name nor their e-mail: a slip in a
// number must give nobody another one's account.
func (j *joiner) newcomer(main *party, here []*party) *party {
	if len(main.identities) == 0 || main.link.Join == "" || main.link.Join == j.group[main] {
		return nil
	}
	own, known := j.Identities[main.identities[0]].Profile, main.link.keys()
	for _, o := range here {
		if o == main || len(o.identities) == 0 || slices.Contains(known, o.key) {
			continue
		}
		if other := j.Identities[o.identities[0]].Profile; !sameName(own, other) {
			return o
		}
	}
	return nil
}

// sameName reports whether the user names or the e-mails are the same.
func sameName(a, b Profile) bool {
	for _, f := range []Field{Username, Email} {
		if v := Canonical(f, a[f]); v != "" && v == Canonical(f, b[f]) {
			return true
		}
	}
	return false
}

// recordsOfOne returns two records of one source, if there are any.
func recordsOfOne(here []*party) (a, b *party) {
	for i, p := range here {
		if len(p.identities) > 1 {
			return p, p
		}
		if i > 0 && here[i-1].order == p.order {
			return here[i-1], p
		}
	}
	return nil, nil
}

func (j *joiner) doubtAll(group []*party, reason Reason, format string, args ...any) {
	for _, p := range group {
		j.doubt(p.key, reason, format, args...)
	}
}

// merge makes one identity of the records of a person, in order of precedence.
func (j *joiner) merge(main *party, here []*party) {
	var all *Identity
	var others []string
	for _, p := range here {
		if p != main {
			j.Alias[p.key] = main.key
			others = append(others, string(p.key))
		}
		for _, i := range p.rejects {
			j.Rejects[i].Key = main.key
		}
		for _, i := range p.identities {
			id := &j.Identities[i]
			if all == nil {
				all, main.decides = id, p.order
				all.Key = main.key
				continue
			}
			all.fill(*id)
			j.gone[i] = true
		}
	}
	if !main.present() && all != nil {
		j.Moved[main.key] = here[0].key
	}
	if len(others) > 0 {
		j.Others[main.key] = strings.Join(others, "\n")
	}
}

// fill takes over what the identity does not state and another one does.
func (id *Identity) fill(from Identity) {
	for f := range (from.States &^ id.States).All() {
		id.Profile[f] = from.Profile[f]
	}
	id.States |= from.States
	if id.Auth.Service == "" {
		id.Auth, id.When = from.Auth, from.When
	}
	if id.Role == RoleNone {
		id.Role = from.Role
	}
	if id.Stamp == "" {
		id.Stamp = from.Stamp
	}
	id.First = id.First.fill(from.First)
	if p := id.Shot().merge(from.Shot()); p.stated() {
		id.Picture = &p
	}
}

// doubtUnread holds somebody of whose records one could not be read, or may be.
func (j *joiner) doubtUnread(id *Identity) {
	p := j.parties[id.Key]
	if p.link != nil {
		for _, k := range p.link.keys() {
			j.doubtKey(id.Key, k)
		}
	}
	for _, read := range j.Readings[:min(p.decides, len(j.Readings))] {
		if read.Failed && read.Joins && id.Join != "" && (p.link == nil || id.Status != Enabled) {
			j.doubt(id.Key, HoldSource, "the source %s %s, and what it says of the person counts more", read.Source, notRead)
		}
	}
	if id.Join == "" || p.link != nil {
		return
	}
	for _, read := range j.Readings {
		if why := j.blind[read.Source]; why != "" && read.Source != p.key.Source() {
			j.doubt(id.Key, HoldJoin, "%s", why)
		}
	}
}

// doubtKey looks whether one of a person's keys is missing because something
// could not be read.
func (j *joiner) doubtKey(person, k Key) {
	at, ok := j.Roster.at(k.Source())
	if !ok {
		return // the source is retired
	}
	o := j.parties[k]
	switch read := j.Readings[at]; {
	case read.Failed:
		j.doubt(person, HoldSource, "the source %s %s", read.Source, notRead)
	case read.Illegible > 0 && (o == nil || !o.present()):
		j.doubt(person, HoldIllegible, "the record %s is absent, but one without a legible key may be it", k)
	}
}
