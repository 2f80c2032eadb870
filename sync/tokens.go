package sync

import (
	"context"
	"slices"
	"strings"
)

// Tokens are the ids of access tokens that work, by user id. Whoever has none
// is not in it.
type Tokens map[string][]string

// A TokenLister is a Finder that knows people's access tokens.
type TokenLister interface {
	// Tokens returns the access tokens of accounts. Those of which the server
	// does not tell are left out; a failure is an error.
	Tokens(ctx context.Context, userIDs []string) (Tokens, error)
}

// TokensLeft is the Link.TokensOff of an account of whose access tokens some did
// not end with it, or nobody knows: they would work again when it comes back.
const TokensLeft = -1

// Ending returns the ids of the accounts that the plan deactivates, in its
// order: whose tokens end.
func (p Plan) Ending() []string {
	var ids []string
	for _, c := range p.Changes {
		if c.Has(Deactivate) && c.User.ID != "" {
			ids = append(ids, c.User.ID)
		}
	}
	return ids
}

// tokens returns the access tokens that end with the person's account: those
// that work now, and those that a run which died may have ended before it came
// to the account.
func (in brief) tokens(p *person) string {
	all := slices.Concat(in.Tokens[p.user.ID], strings.Fields(p.rarely().tokens))
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// endsTokens reports whether access tokens end with an account.
func (in brief) endsTokens() bool { return in.Policy.EndTokens && in.Facts.KeepsTokens == "" }

// tokensStay says of whom access tokens should end, and do not.
func (in brief) tokensStay(p *person) []Note {
	why := in.Facts.KeepsTokens
	if p.reason != ReasonNone || why == "" || !in.Policy.EndTokens {
		return nil
	}
	what := ""
	switch {
	case p.due(Deactivate):
		what = "access tokens stay enabled, and work again when the account comes back: "
	case p.due(Reactivate) && p.link.TokensOff == TokensLeft:
		what = "access tokens that did not end with the account work again: "
	default:
		return nil
	}
	return []Note{{p.key, p.user.Profile[Username], 0, WarnTokens, what + why}}
}

// TokenIDs returns the ids of the access tokens that the step ends or starts.
func (s Step) TokenIDs() []string { return strings.Fields(s.Tokens) }
