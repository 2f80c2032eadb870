package sink

import (
	"context"
	"time"
)

// An Activity is what the server itself knows of what an account does. Each part
// can be unknown by itself.
type Activity struct {
	Acts    []Act // what the account did, the newest first
	More    bool  // there may be older ones
	ActsErr error // why that could not be read

	Sessions      int // sign-ins that are open
	TokenSessions int // of them, those of access tokens
	LastActive    time.Time
	SessionsErr   error

	Tokens    int // access tokens
	TokensOff int // of them, disabled ones
	TokensErr error
}

// An Act is one thing that an account did: a call of the server's API.
type Act struct {
	At     time.Time
	Did    string // the path of the call
	Detail string
	IP     string
}

// Activity asks for what the server knows of an account, so many acts of it at
// most.
func (f *Finder) Activity(ctx context.Context, userID string, most int) (a Activity) {
	audits, err := f.api.Audits(ctx, userID, most+1)
	a.ActsErr = err
	for i, row := range audits {
		if i == most {
			a.More = true
			break
		}
		a.Acts = append(a.Acts, Act{At: time.UnixMilli(row.CreateAt), Did: row.Action, Detail: row.Extra, IP: row.IP})
	}
	sessions, err := f.api.Sessions(ctx, userID)
	a.Sessions, a.SessionsErr = len(sessions), err
	for _, s := range sessions {
		if s.OfToken() {
			a.TokenSessions++
		}
		if at := time.UnixMilli(s.LastActivity); at.After(a.LastActive) {
			a.LastActive = at
		}
	}
	tokens, err := f.api.Tokens(ctx, userID)
	a.Tokens, a.TokensErr = len(tokens), err
	for _, t := range tokens {
		if !t.Active {
			a.TokensOff++
		}
	}
	return a
}
