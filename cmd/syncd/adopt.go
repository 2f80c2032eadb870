package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) adoptCommand() *cobra.Command {
	var list wishList
	var apply bool
	cmd := &cobra.Command{
		Use:   "adopt --by email",
		Short: "Link people to accounts that exist, and do nothing else",
		Long: `For the first contact with a server that has users: shows whose account each one
would be and by what, and with --apply records it. No account is changed, made
or ended; the next sync does what is due for them.

Never adopted are the account that syncd uses and its owner, bots, accounts of
other servers and those that protect: names. An administrator, a guest, somebody
with an e-mail of another domain or another sign-in is adopted only when --who
names that one person.

Exit codes: 0 done, or only shown; 3 the guard refuses; 4 with --apply: somebody
is held who should not be; 5 the source, 6 the server could not be read; 8
another syncd holds the state; 78 the configuration has mistakes.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := list.read()
			if err != nil {
				return err
			}
			if w.only = true; w.adopt == 0 {
				return usageError{errors.New("--by is missing: email, which is the better proof, or username,email")}
			}
			if apply {
				return a.adopt(cmd.Context(), w)
			}
			return a.plan(cmd.Context(), w, false)
		},
	}
	cmd.Flags().StringSliceVar(&list.adopt, "by", nil, "`email`, username or both: what account and person must have in common")
	list.whoFlag(cmd)
	cmd.Flags().BoolVar(&apply, "apply", false, "record it")
	offer(cmd, "by", adoptions())
	return cmd
}

// adopt records whose accounts there are.
func (a *app) adopt(ctx context.Context, w wishes) error {
	return a.syncAs(ctx, w, state.Start{Command: a.recorded("adopt")})
}

// adoptLine are the words of the command that records what was shown.
func adoptLine(a *app, w wishes) []string {
	words := a.line("adopt")
	words = append(words, "--by "+w.adopt.String())
	w.adopt = sync.FieldSet(0)
	return append(append(words, w.words()...), "--apply")
}
