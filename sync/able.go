package sync

import "slices"

// unable takes out of what one person needs the steps for which the server
// offers no call. Sessions that live on are worth a note; whoever needs anything
// else is held, because half of what is due would be something else.
func unable(in brief, p *person) []Note {
	why := in.Facts.Cannot[Revoke]
	if p.reason != ReasonNone || len(in.Facts.Cannot) == 0 {
		return in.tokensStay(p)
	}
	stay := p.pending != nil && in.Policy.Leavers[p.pending.Cause].Revoke && p.pending.Link.LeftSince.IsZero()
	if why != "" {
		stay = stay || p.due(Revoke)
		p.steps = slices.DeleteFunc(p.steps, func(s Step) bool { return s.Kind == Revoke })
	}
	for _, s := range p.steps {
		if no := in.Facts.Cannot[s.Kind]; no != "" {
			p.hold(HoldServer, "%s: %s", s.Kind, no)
			return nil
		}
	}
	notes := in.tokensStay(p)
	if why != "" && stay {
		notes = append(notes, Note{p.key, p.user.Profile[Username], 0, WarnSessions, "sessions live on: " + why})
	}
	return notes
}
