package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// A bulkWish is what a command line says of a move of everybody.
type bulkWish struct {
	sink.BulkMove
	matches string // path of a file of names by e-mail
	out     string // where to write one; "": nowhere
	confirm string // the server's name
	apply   bool
}

func (a *app) migrateAuthCommand() *cobra.Command {
	var b bulkWish
	cmd := &cobra.Command{
		Use:   "migrate-auth ldap|saml",
		Short: "Have a licensed server move everybody to LDAP or SAML",
		Long: `Shows who would move from one sign-in to the other: those who have the first,
and of whom a source states the second. With --apply the server does it, in one
call: for every account that it can match, whether a source states it or not.
Then syncd looks who has moved, and ends their sessions.

A server without the license cannot: there people move one by one, with when:
migrate under mapping.auth. For SAML the server needs a file of names by e-mail;
--out writes the one that fits what the sources state, and --matches takes one,
which must say nothing else.

Exit codes: 0 done, or only shown; 3 the guard refuses, nothing was written; 4
with --apply: somebody did not move or is held; 5 the source, 6 the server could
not be used, or has no license; 8 another syncd holds the state; 64 the matches
are not those of the sources; 78 the configuration has mistakes.`,
		Args: takes(1, 1, "one argument, ldap or saml"),
		RunE: func(cmd *cobra.Command, args []string) error {
			b.To = args[0]
			if err := b.check(); err != nil {
				return usageError{err}
			}
			return a.migrateAuth(cmd.Context(), b)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&b.From, "from", "email", "the `SERVICE` that people sign in with now: email, ldap, saml, gitlab, google or office365")
	flags.StringVar(&b.MatchField, "match-field", "email", "of ldap: what account and entry have in common, `email` or username")
	flags.BoolVar(&b.Force, "force", false, "of ldap: go on although several entries match an account, and leave those out")
	flags.BoolVar(&b.Auto, "auto", false, "of saml: the e-mail is everybody's name there")
	flags.StringVar(&b.matches, "matches", "", "of saml: `FILE` of names by e-mail, as JSON")
	flags.StringVar(&b.out, "out", "", "of saml: write such a `FILE` from what the sources state")
	flags.BoolVar(&b.apply, "apply", false, "have the server do it")
	flags.StringVar(&b.confirm, "confirm", "", "the server's `HOST`, which says that --apply is meant")
	return cmd
}

// check looks for what does not go together.
func (b *bulkWish) check() error {
	services := []string{sync.AuthEmail, "ldap", "saml", "gitlab", "google", "office365"}
	saml := b.matches != "" || b.out != "" || b.Auto
	switch {
	case b.To != "ldap" && b.To != "saml":
		return fmt.Errorf("migrate-auth %q: want ldap or saml", b.To)
	case b.From == b.To || !slices.Contains(services, b.From):
		return fmt.Errorf("--from %q: want one of %v, and not %s", b.From, services, b.To)
	case b.To == "ldap" && saml:
		return errors.New("--matches, --out and --auto belong to saml")
	case b.To == "ldap" && b.MatchField != "email" && b.MatchField != "username":
		return fmt.Errorf("--match-field %q: want email or username", b.MatchField)
	case b.Auto && b.matches != "":
		return errors.New("--auto and --matches exclude each other")
	case b.To == "saml" && b.apply && !b.Auto && b.matches == "":
		return errors.New("--matches or --auto is missing: --out writes a file of matches")
	case b.out != "" && b.apply:
		return errors.New("--out and --apply exclude each other: look at the file first")
	}
	return nil
}

func (a *app) migrateAuth(ctx context.Context, b bulkWish) (err error) {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	if b.matches != "" {
		if b.Matches, err = readMatches(b.matches); err != nil {
			return usageError{err}
		}
	}
	if b.apply {
		return a.moveAll(ctx, b)
	}
	return a.planMove(ctx, b)
}

// planMove shows who would move. It has no way to write to the server.
func (a *app) planMove(ctx context.Context, b bulkWish) error {
	c, memory, err := a.loadWithState(ctx)
	if err != nil {
		return err
	}
	defer memory.Close()
	f := planFlags{wishes: wishes{attended: true, bulk: &b}}
	bar := a.newProgress()
	cycle, err := a.openCycle(c, memory, f.wishes, bar.hooks())
	if err != nil {
		return err
	}
	bar.start()
	r := cycle.plan(ctx)
	bar.stop()
	if b.out != "" && r.Err == nil {
		if err := writeMatches(b.out, matchesOf(r.Plan)); err != nil {
			return err
		}
	}
	if err := a.showPlan(c, r, f); err != nil {
		return err
	}
	return ended(r)
}

// moveAll has the server move everybody.
func (a *app) moveAll(ctx context.Context, b bulkWish) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	if err := a.confirmHost(c, b.confirm, "move everybody on %s who signs in with "+b.From+" to "+b.To); err != nil {
		return err
	}
	store, err := state.Open(ctx, c.State, "syncd migrate-auth")
	if err != nil {
		return err
	}
	defer store.Close()
	bar := a.newProgress()
	w := wishes{attended: true, bulk: &b}
	cycle, users, err := a.openSync(c, store, w, bar.hooks())
	if err != nil {
		return err
	}
	b.Sink = users.(*sink.Sink) // it is what openSync makes
	bar.start()
	r := cycle.sync(ctx, bar.watch(b.BulkMove), store, state.Start{Command: "migrate-auth " + b.To, Instance: c.Instance})
	bar.stop()
	if err := a.showSync(r, w); err != nil {
		return err
	}
	return ended(r)
}

// matchesOf returns the names of those who are to move, by the e-mail that the
// server has.
func matchesOf(p sync.Plan) map[string]string {
	names := make(map[string]string, len(p.Changes))
	for _, c := range p.Changes {
		names[c.User.Profile[sync.Email]] = c.Steps[0].Auth.Data
	}
	return names
}

// fits says what of the matches is not what the sources state.
func (b *bulkWish) fits(p sync.Plan) error {
	if b == nil {
		return nil
	}
	want := matchesOf(p)
	matches := b.Matches
	if b.Auto {
		matches = make(map[string]string)
		for email := range want {
			matches[email] = email
		}
	}
	var wrong []string
	for _, email := range slices.Sorted(maps.Keys(matches)) {
		switch name, ok := want[email]; {
		case !ok:
			wrong = append(wrong, "nobody with the e-mail "+email+" is to move")
		case name != matches[email]:
			wrong = append(wrong, "the sources state another name for "+email)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	const most = 5
	text := fmt.Sprintf("%d of %d matches are not what the sources state", len(wrong), len(matches))
	for _, w := range wrong[:min(most, len(wrong))] {
		text += "; " + w
	}
	return usageError{errors.New(text + ": --out writes the file that fits")}
}

// needsMatches reports whether nobody has said yet under which names people sign
// in afterwards.
func (b *bulkWish) needsMatches() bool {
	return b.To == "saml" && !b.Auto && b.matches == "" && b.out == ""
}

// line returns the words of the command that has the server do it, or of the one
// that writes the matches which that needs.
func (b *bulkWish) line(a *app, host string) []string {
	words := append(a.line("migrate-auth", b.To), "--from", b.From)
	switch {
	case b.To == "ldap":
		words = append(words, "--match-field", b.MatchField)
		if b.Force {
			words = append(words, "--force")
		}
	case b.Auto:
		words = append(words, "--auto")
	case b.needsMatches():
		return append(words, "--out", "matches.json")
	default:
		words = append(words, "--matches", shellWord(cmp.Or(b.matches, b.out)))
	}
	return append(words, "--apply", "--confirm", shellWord(host))
}

// mostMatches bounds a file of matches: a million people have a hundred
// megabytes.
const mostMatches = 128 << 20

func readMatches(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(f, mostMatches))
	var names map[string]string
	if err := d.Decode(&names); err != nil || d.More() || names == nil {
		return nil, fmt.Errorf("%s: want one JSON object of names by e-mail, such as {\"ada@example.org\": \"ada\"}", path)
	}
	return names, nil
}

// writeMatches writes a new file that only its owner can read.
func writeMatches(path string, names map[string]string) error {
	text, err := json.MarshalIndent(names, "", "  ")
	if err != nil {
		return err // cannot happen: they are texts
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}
