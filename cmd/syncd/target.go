package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink/mattermost"
)

// hookTimeout bounds one request to a webhook.
const hookTimeout = 10 * time.Second

// A target is where notices go.
type target struct {
	config.Target
	name    string // as errors and logs call it
	send    func(context.Context, notice) error
	digests schedule  // if Digest is set
	next    time.Time // when the next digest is due; zero: there is none
}

// newTargets returns the targets of a configuration. None is asked, and no secret
// is read: one that is missing must not stop the daemon.
func (a *app) newTargets(c *config.Config) ([]*target, error) {
	var all []*target
	for i, t := range c.Notify {
		one := &target{Target: t, name: fmt.Sprintf("notify[%d] %s", i, t.Type)}
		if t.Digest != "" {
			var err error
			if one.digests, err = parseSchedule(digestSchedule(c, t), a.now()); err != nil {
				return nil, config.Errors{c.Fault(fmt.Sprintf("notify[%d].digest", i), err.Error(), "")}
			}
			one.next = one.digests.next(a.now())
		}
		if t.Type == config.TargetChannel {
			one.send = a.toChannel(c, t)
		} else {
			one.send = toHook(c, t)
		}
		all = append(all, one)
	}
	return all, nil
}

func digestSchedule(c *config.Config, t config.Target) config.Schedule {
	return config.Schedule{Cron: t.Digest, Location: c.Schedule.Location}
}

// seenBy returns the notice as the target may see it.
func (n notice) seenBy(t config.Target) notice {
	if !t.Names {
		n = n.bare()
	}
	n.Text = n.plain()
	return n
}

// toChannel writes into a channel of the server, as the token's account. The
// client itself tries again.
func (a *app) toChannel(c *config.Config, t config.Target) func(context.Context, notice) error {
	return func(ctx context.Context, n notice) error {
		client, err := mattermost.New(a.clientConfig(c, hooks{}))
		if err != nil {
			return backoff.Permanent(err)
		}
		err = client.Post(ctx, t.Channel, shortText(n.seenBy(t).markdown()), "syncd:"+n.Event+":"+n.Run+n.Finished.Format(time.RFC3339))
		if errors.Is(err, mattermost.ErrForbidden) {
			err = fmt.Errorf("%w: is there a channel with the id %s?", err, t.Channel)
		}
		if err != nil {
			return backoff.Permanent(err)
		}
		return nil
	}
}

// shortText cuts a text that a server would not take.
func shortText(text string) string {
	if runes := []rune(text); len(runes) > mattermost.PostLength {
		return string(runes[:mattermost.PostLength-1]) + "…"
	}
	return text
}

// toHook sends JSON to a webhook.
func toHook(c *config.Config, t config.Target) func(context.Context, notice) error {
	return func(ctx context.Context, n notice) error {
		address, err := hookAddress(c, t)
		if err != nil {
			return backoff.Permanent(err)
		}
		client, err := hookClient(c.Mattermost.CAFile)
		if err != nil {
			return backoff.Permanent(err)
		}
		defer client.CloseIdleConnections()
		var body any = n.seenBy(t)
		if t.Type == config.TargetHook {
			body = map[string]string{"text": shortText(n.seenBy(t).markdown())}
		}
		text, err := json.Marshal(body)
		if err != nil {
			return backoff.Permanent(err)
		}
		return post(ctx, client, address, text)
	}
}

// hookAddress reads the address, which no error may show.
func hookAddress(c *config.Config, t config.Target) (string, error) {
	text, err := t.URL.Resolve()
	if err != nil {
		return "", err
	}
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("the secret is no address: want https://…")
	case u.Scheme == "http" && !c.Mattermost.AllowHTTP && !isLoopback(u.Hostname()):
		return "", errors.New("the address would be sent in clear text: use https, or set mattermost.allow_http")
	}
	return u.String(), nil
}

func isLoopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

// hookClient trusts what the client of the server trusts, and follows no
// redirect.
func hookClient(caFile string) (*http.Client, error) {
	roots, err := x509.SystemCertPool()
	if caFile != "" {
		if err != nil {
			roots = x509.NewCertPool()
		}
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, err
		}
		roots.AppendCertsFromPEM(pem)
	}
	return &http.Client{
		Timeout: hookTimeout,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout: hookTimeout, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// post makes one request. What will not change by itself is not tried again.
func post(ctx context.Context, client *http.Client, address string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return backoff.Permanent(errors.New("the secret is no address"))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "syncd")
	resp, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) { // its text has the address
			err = u.Err
		}
		if ctx.Err() == nil && u != nil && u.Timeout() {
			err = noAnswer(hookTimeout)
		}
		return fmt.Errorf("send to the webhook: %w", err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // only for its id
	switch s := resp.StatusCode; {
	case s/100 == 2:
		return nil
	case s == http.StatusTooManyRequests || s/100 == 5:
		return fmt.Errorf("the webhook answers with status %d%s", s, answerID(text))
	default:
		return backoff.Permanent(fmt.Errorf("the webhook answers with status %d%s", s, answerID(text)))
	}
}

// answerID returns the id that Mattermost has for the error. The rest of an answer
// may hold anything, the address too.
func answerID(body []byte) string {
	var said struct {
		ID string `json:"id"`
	}
	plain := func(r rune) bool {
		return r == '.' || r == '_' || r >= 'a' && r <= 'z'
	}
	if json.Unmarshal(body, &said) != nil || said.ID == "" || len(said.ID) > 120 || strings.IndexFunc(said.ID, func(r rune) bool { return !plain(r) }) >= 0 {
		return ""
	}
	return ": " + said.ID
}
