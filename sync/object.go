package sync

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// object finds why what one person needs must not happen.
func object(in brief, p *person) {
	if p.reason != ReasonNone || len(p.steps) == 0 && p.pending == nil {
		return
	}
	if p.user != nil {
		if why := p.protection(in, p.user); why != "" {
			p.hold(HoldProtected, "@%s: %s", p.user.Profile[Username], why)
			return
		}
	}
	objectPolicy(in.Policy, p)
	objectRole(in.Facts, p)
	for _, s := range p.steps {
		if s.Kind == Create || s.Kind == Patch {
			objectValues(in.Facts, p, s)
		}
	}
}

// objectPolicy holds what the operator does not want yet. To link an account is
// never unwanted: it changes nothing, and what is linked is not forgotten.
func objectPolicy(policy Policy, p *person) {
	if policy.AdoptOnly && !p.onlyAdopt() {
		p.steps, p.pending = nil, nil
		return
	}
	leaver := p.identity == nil || p.identity.Status != Enabled
	switch {
	case policy.Mode == UpsertOnly && leaver:
		if !p.onlyAdopt() {
			p.hold(HoldPolicy, "policy %s deactivates nobody", policy.Mode)
		}
	case policy.Mode == CreateOnly && p.user != nil:
		if !p.onlyMade() {
			p.hold(HoldPolicy, "policy %s changes no account that exists", policy.Mode)
		}
	}
}

// onlyAdopt leaves nothing of what is due but the adoption, if there is one.
func (p *person) onlyAdopt() bool {
	if p.adopt == HowNone {
		return false
	}
	p.steps, p.pending = p.steps[:1], nil
	return true
}

// objectValues holds what the server would refuse.
func objectValues(f Facts, p *person, s Step) {
	for _, need := range []Field{Username, Email} {
		if s.To[need] == "" && (s.Kind == Create || s.Set.Has(need)) {
			p.hold(HoldInvalid, "%s is empty, and every account needs one", need)
		}
	}
	if s.Kind == Create && p.identity != nil {
		if why := p.identity.First.refused(f, s.Auth); why != "" {
			p.hold(HoldInvalid, "%s", why)
		}
	}
	for field := range s.Set.All() {
		if why := f.Rules[field].refuses(s.To[field]); why != "" {
			p.hold(HoldInvalid, "%s %s", field, why)
		}
	}
}

// refuses says why the server would refuse the value, or "". The value itself
// is not repeated, unless it is a reserved word.
func (r Rule) refuses(value string) string {
	if r.MinBytes > 0 && len(value) < r.MinBytes {
		return "is too short"
	}
	if r.MaxBytes > 0 && len(value) > r.MaxBytes {
		return fmt.Sprintf("has %d bytes, the server takes %d", len(value), r.MaxBytes)
	}
	if n := len([]rune(value)); r.MaxRunes > 0 && n > r.MaxRunes {
		return fmt.Sprintf("has %d characters, the server takes %d", n, r.MaxRunes)
	}
	if r.Alphabet != "" {
		if i := strings.IndexFunc(value, func(c rune) bool { return !strings.ContainsRune(r.Alphabet, c) }); i >= 0 {
			return fmt.Sprintf("has the character %q, which the server refuses", []rune(value[i:])[0])
		}
	}
	if slices.Contains(r.Reserved, value) {
		return fmt.Sprintf("%q is reserved by the server", value)
	}
	return ""
}

// objectAdmins holds administrators to whom something would happen when too few
// others stay as they are to let anybody back in: a wrong sign-in locks out as
// well as a deactivation. Those with the smallest keys may go first.
func objectAdmins(in brief, people []person) {
	if in.Policy.KeepAdmins == 0 {
		return
	}
	var touched []*person
	for i := range people {
		if p := &people[i]; p.reason == ReasonNone && p.user != nil && touches(p.user, p.steps) {
			touched = append(touched, p)
		}
	}
	slices.SortFunc(touched, func(a, b *person) int {
		return cmp.Or(-compareBool(a.due(Deactivate), b.due(Deactivate)), cmp.Compare(a.key, b.key))
	})
	free := max(0, in.Facts.Admins-in.Policy.KeepAdmins)
	for _, p := range touched[min(free, len(touched)):] {
		p.hold(HoldProtected, "@%s is one of %d active administrators, and %d must stay", p.user.Profile[Username], in.Facts.Admins, in.Policy.KeepAdmins)
	}
}

// touches reports whether the steps change an active administrator's account.
func touches(u *User, steps []Step) bool {
	return u.Admin && u.Active && slices.ContainsFunc(steps, func(s Step) bool { return s.Kind != Adopt })
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (p *person) due(kind StepKind) bool {
	return slices.ContainsFunc(p.steps, func(s Step) bool { return s.Kind == kind })
}
