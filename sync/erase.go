package sync

// erase plans to delete the account of somebody who left long ago: only one
// that syncd itself deactivated, and only while no source has the person,
// enabled. Of an account that is gone already only the memory is left to go.
func erase(in brief, p *person, cause Cause) {
	if !eraseDue(in, p) {
		return
	}
	if name, why := in.unread(*p.link); why != "" {
		p.hold(HoldSource, "the source %s %s", name, why)
		return
	}
	if cause == CauseAbsent {
		if p.user != nil && doubtAbsence(in, p) {
			return
		}
		seen := in.second(*p.link)
		if seen.reason != ReasonNone {
			p.hold(seen.reason, "%s", seen.detail)
			return
		}
		cause = seen.cause
	}
	switch {
	case p.user != nil && p.user.Admin:
		p.hold(HoldProtected, "@%s is an administrator, and none is ever deleted for good", p.user.Profile[Username])
	case p.user != nil && in.Facts.CannotErase:
		p.hold(HoldErase, "ServiceSettings.EnableAPIUserDeletion is off")
	default:
		p.steps = append(p.steps, Step{Kind: Erase, Cause: cause})
	}
}

// eraseDue reports whether the time is over for which an account is kept.
func eraseDue(in brief, p *person) bool {
	l := p.link
	return in.Policy.Erase > 0 && (in.Policy.Mode == Full || in.Policy.Mode == Observe) && !in.Policy.AdoptOnly &&
		p.adopt == HowNone && p.linked() && (p.user == nil || !p.user.Active) &&
		l.DeactivatedFor != CauseNone && l.DeactivatedFor != CauseUndone &&
		!l.LeftSince.IsZero() && !in.Now.Before(l.LeftSince.Add(in.Policy.Erase))
}

// erased returns what is said of somebody whose account was deleted, or may
// have been: there is no way back.
func erased(p *person, t tale) []Note {
	d := t.last(Erase)
	if d == nil || p.linked() {
		return nil
	}
	return []Note{{p.key, p.username(), 0, WarnOneWay, "the account and all that it wrote were deleted for good: only a backup of the server has them"}}
}
