package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sources/ldapdir"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) doctorCommand() *cobra.Command {
	var source string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out, step by step, why a directory cannot be read",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&source, "source", "", "`NAME` of the directory; without it the first one of the configuration")
	cmd.AddCommand(&cobra.Command{
		Use:   "ldap",
		Short: "Go through what reading a directory needs",
		Long: `Goes through what a read needs with each server that the configuration names:
resolve, connect, TLS, bind, root DSE, base, filter, paging, anchor, mapping, a
whole read. It ends with what to do about the first thing that is wrong, or with
what to do next. It writes nothing. A password that one server refuses is not
tried with the next.

Exit codes: 0 all is well; 5 something is wrong; 78 the configuration has
mistakes.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctorLDAP(cmd.Context(), source) },
	}, &cobra.Command{
		Use:   "anchor WHO",
		Short: "Show somebody's anchor in every encoding, and the auth data",
		Long: `Looks somebody up in the directory by DN, user name or e-mail, and shows their
anchor in every encoding that fits its bytes. If the Mattermost server shows the
auth data of an account with the same user name or e-mail, it says which one
fits. It writes nothing.

Exit codes: 0 found; 5 nobody or more than one is found; 6 the server could not
be asked; 78 the configuration has mistakes.`,
		Args: takes(1, 1, "one argument, WHO"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.doctorAnchor(cmd.Context(), source, args[0]) },
	})
	return cmd
}

// A directory is a source of the configuration that is no file.
type directory struct {
	*ldapdir.Source
	config config.Source
}

// directory returns the directory of the given name, or the first one that the
// configuration names.
func (a *app) directory(name string) (*config.Config, directory, error) {
	c, err := a.load()
	if err != nil {
		return nil, directory{}, err
	}
	i := slices.IndexFunc(c.Sources, func(s config.Source) bool {
		return s.Name == name || name == "" && !isFile(s)
	})
	switch {
	case i < 0 && name != "":
		return nil, directory{}, usageError{fmt.Errorf("--source %s: the configuration has no source of this name", name)}
	case i < 0:
		return nil, directory{}, config.Errors{c.Fault("sources[0].type", "the source is a file, not a directory", "")}
	}
	key := fmt.Sprintf("sources[%d]", i)
	s := c.Sources[i]
	if isFile(s) {
		return nil, directory{}, config.Errors{c.Fault(key+".type", "the source is a file, not a directory", "")}
	}
	source, err := ldapdir.New(a.directoryConfig(s, hooks{}), s.Mapping)
	if err != nil {
		return nil, directory{}, configError(c, key, err)
	}
	return c, directory{source, s}, nil
}

func (a *app) doctorLDAP(ctx context.Context, name string) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	_, source, err := a.directory(name)
	if err != nil {
		return err
	}
	p := a.newPaper()
	well := source.Diagnose(ctx, func(f ldapdir.Finding) {
		step := fmt.Sprintf("%-9s", f.Step)
		if f.Err != nil {
			p.fillColor(red, step, "WRONG: "+cleanError(f.Err.Error()))
			return
		}
		p.fillColor(bold, step, clean(f.Text))
	})
	if !well {
		return silentExit(exitSourceFailed)
	}
	p.next("All is well. Next, see what would be done:", a.line("plan"))
	return nil
}

func (a *app) doctorAnchor(ctx context.Context, name, who string) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, source, err := a.directory(name)
	if err != nil {
		return err
	}
	dn, spellings, err := source.Anchors(ctx, who)
	if err != nil {
		return endError{sync.SourceFailed, err}
	}
	p := a.newPaper()
	p.fillColor(bold, "entry     ", clean(dn))
	p.fillColor(bold, "anchor    ", source.config.Spec.Anchor)
	data, err := a.authData(ctx, c, who)
	if err != nil {
		return endError{sync.SinkFailed, err}
	}
	fits := false
	for _, s := range spellings {
		marks := ""
		if string(s.Encoding) == source.config.LDAP.Encoding {
			marks += "  <- configured"
		}
		if s.Text == data {
			marks, fits = marks+"  <- equals auth_data", true
		}
		p.printf("  %-19s %s%s\n", s.Encoding, clean(s.Text), p.paint(green, marks))
	}
	switch {
	case data == "":
		p.fill("auth_data ", "the server shows none for an account of this name")
	case !fits:
		p.fill("auth_data ", clean(data)+" is none of them")
	}
	return nil
}

// authData returns the auth data of the account with a user name or an e-mail,
// "" if there is none or the server does not show it.
func (a *app) authData(ctx context.Context, c *config.Config, who string) (string, error) {
	reader, err := mattermost.NewReader(a.clientConfig(c, hooks{}))
	if err != nil {
		return "", configError(c, "mattermost", err)
	}
	users, err := sink.NewFinder(reader, a.sinkConfig(c, hooks{})).Find(ctx, sync.Query{Usernames: []string{who}, Emails: []string{who}})
	if err != nil || len(users) == 0 {
		return "", err
	}
	if len(users) > 1 {
		return "", errors.New("the name and the e-mail belong to two accounts")
	}
	return users[0].Auth.Data, nil
}
