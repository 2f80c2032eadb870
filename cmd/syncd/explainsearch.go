package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/directory-sync/syncd/sync"
)

// A seeker is a sink with a search for people who know a name only in part.
type seeker interface {
	Seek(ctx context.Context, text string) ([]sync.User, error)
}

// suggested is how many accounts are suggested when several are found.
const suggested = 10

// bySearch asks the server's own search when nobody is called so. One account
// is explained; of several it only says their names, because nobody is guessed.
func (in *inquiry) bySearch(ctx context.Context, who string) ([]explanation, error) {
	s, ok := in.finder.Finder.(seeker)
	if !ok {
		return nil, nil
	}
	users, err := s.Seek(ctx, who)
	if err != nil {
		return nil, endError{sync.SinkFailed, err}
	}
	if len(users) > 1 {
		return nil, usageError{fmt.Errorf("nobody is called %q, but it may be part of a name of %s: name one of them", clean(who), suggestions(users))}
	}
	var all []explanation
	for _, u := range users {
		if k, ok := in.owners[u.ID]; ok {
			return explanations([]sync.Key{k}), nil
		}
		all = append(all, explanation{account: u})
	}
	return all, nil
}

// suggestions names the first of some accounts.
func suggestions(users []sync.User) string {
	var names []string
	for _, u := range users[:min(len(users), suggested)] {
		names = append(names, "@"+clean(u.Profile[sync.Username]))
	}
	text := strings.Join(names, ", ")
	if more := len(users) - len(names); more > 0 {
		text += ", and " + number(more) + " more"
	}
	return text
}
