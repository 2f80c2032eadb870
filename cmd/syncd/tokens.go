package main

import (
	"context"

	"github.com/directory-sync/syncd/sync"
)

// tokensOfMany is for how many leavers a plan asks for access tokens. Of more
// people than that the guard refuses, or somebody let them through who knows;
// their tokens end all the same, unnamed.
const tokensOfMany = 1000

// tokens asks for the access tokens of those whose account the plan ends.
func (c *cycle) tokens(ctx context.Context, p sync.Plan) (sync.Tokens, error) {
	lister, ok := c.finder.(sync.TokenLister)
	ids := p.Ending()
	if !ok || !c.endTokens || len(ids) == 0 || len(ids) > tokensOfMany {
		return nil, nil
	}
	tokens, err := lister.Tokens(ctx, ids)
	if err != nil {
		return nil, endError{sync.SinkFailed, err}
	}
	return tokens, nil
}

// tokenWords says what happens to so many access tokens, if there are any.
func tokenWords(n int, does, do string) []string {
	if n <= 0 {
		return nil
	}
	if n == 1 {
		do = does
	}
	return []string{plural(n, "access token", "access tokens") + " " + do}
}

// returningTokens says what becomes of the access tokens of somebody who comes
// back: only an undo lets them work again.
func returningTokens(c sync.Change, s sync.Step) []string {
	if s.Cause == sync.CauseUndone {
		return tokenWords(len(s.TokenIDs()), "works again", "work again")
	}
	if s.EndTokens {
		return []string{"access tokens that would work again are disabled first"}
	}
	return tokenWords(c.Link.TokensOff, "stays disabled", "stay disabled")
}
