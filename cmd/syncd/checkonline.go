package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// A jsonOnline is what the server said, for programs.
type jsonOnline struct {
	Version       string       `json:"version"`
	Licensed      bool         `json:"licensed"`
	Local         bool         `json:"local"`   // over the socket: nobody's account
	Account       string       `json:"account"` // whose the credential is
	Bot           bool         `json:"bot"`
	Owner         string       `json:"owner"` // of the bot
	Users         int          `json:"users"`
	Active        int          `json:"active"`
	SeatLimit     int          `json:"seat_limit"`     // 0: none known
	SeatsLicensed bool         `json:"seats_licensed"` // the limit is the licence\'s, and the server does not enforce it
	Admins        int          `json:"admins"`
	Snags         []snag       `json:"snags"`
	Learned       []jsonLesson `json:"learned"`                 // what it refused before
	Forgot        int          `json:"forgot,omitempty"`        // of what it refused
	LearnedError  string       `json:"learned_error,omitempty"` // why Learned is not known
	Error         string       `json:"error,omitempty"`         // why syncd could not work; then nothing else is said
}

// online asks the server, and remembers what it said. An error says why syncd
// could not work.
func (a *app) online(ctx context.Context, c *config.Config, up *checkup, forget bool) error {
	reader, err := mattermost.NewReader(a.clientConfig(c, hooks{}))
	if err != nil {
		return configError(c, "mattermost", err)
	}
	in, err := sink.NewFinder(reader, a.sinkConfig(c, hooks{})).Inspect(ctx)
	if err != nil {
		up.online = &jsonOnline{Error: err.Error(), Snags: []snag{}, Learned: []jsonLesson{}}
		return endError{sync.SinkFailed, err}
	}
	f := in.Facts
	up.online = &jsonOnline{
		Version: f.Version, Licensed: in.Licensed, Local: in.Local, Account: in.Self.Profile[sync.Username], Bot: in.Self.Bot,
		Owner: in.Owner.Profile[sync.Username], Users: f.Users, Active: f.ActiveUsers, SeatLimit: f.SeatLimit, SeatsLicensed: f.SeatsLicensed, Admins: f.Admins,
		Snags: append([]snag{}, snags(c, in)...),
	}
	up.rows = append(up.rows, serverRows(in)...)
	up.online.Learned, up.online.Forgot, err = a.lessons(ctx, c, f.ServerID, forget)
	up.rows = append(up.rows, learnedRows(up.online.Learned, up.online.Forgot)...)
	if err != nil && !forget { // the state may be somebody else's to read, or an older one
		up.rows = append(up.rows, [2]string{"learned", "cannot be read: " + cleanError(err.Error())})
		up.online.LearnedError, err = cleanError(err.Error()), nil
	}
	return err
}

// serverRows say who we are and what the server is.
func serverRows(in sink.Inspection) [][2]string {
	f := in.Facts
	license := "without a licence"
	if in.Licensed {
		license = "with a licence"
	}
	return [][2]string{
		{"server", fmt.Sprintf("Mattermost %s, %s: %s, %s, %s", f.Version, license, plural(f.Users, "account", "accounts"), describeSeats(in),
			plural(f.Admins, "administrator", "administrators"))},
		{"account", describeSelf(in)},
	}
}

// describeSeats says how many seats are taken, and who counts them.
func describeSeats(in sink.Inspection) string {
	f := in.Facts
	switch {
	case f.SeatLimit == 0 && in.Licensed:
		return number(f.ActiveUsers) + " active, and no number of seats in the licence"
	case f.SeatLimit == 0:
		return number(f.ActiveUsers) + " active"
	case f.SeatsLicensed:
		return fmt.Sprintf("%s of the %s seats of the licence, to which the server does not hold anybody", number(f.ActiveUsers), number(f.SeatLimit))
	}
	return fmt.Sprintf("%s of %s seats", number(f.ActiveUsers), number(f.SeatLimit))
}

// describeSelf says whose the credential is and what it may do.
func describeSelf(in sink.Inspection) string {
	if in.Local {
		return "nobody's: whoever may open the socket may do all that it serves"
	}
	words := []string{"@" + clean(in.Self.Profile[sync.Username])}
	switch {
	case in.Self.Bot && in.Owner.ID != "":
		words = append(words, "a bot of @"+clean(in.Owner.Profile[sync.Username]))
	case in.Self.Bot:
		words = append(words, "a bot")
	default:
		words = append(words, "a person's account")
	}
	return strings.Join(append(words, "a system administrator: it may do all that syncd does"), ", ")
}

// showSnags shows the settings that bite.
func showSnags(p *paper, all []snag) {
	for _, t := range all {
		p.fillColor(yellow, "look at  ", t.What+": "+t.Means+".")
		p.fill("         ", "Where: "+t.Where)
	}
}
