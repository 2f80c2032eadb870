package mattermost

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"
)

// A Config says where the server is and how to talk to it. Only URL and Token
// have no default.
type Config struct {
	URL       string                 // or unix:PATH, the server's local socket, which wants no token
	Token     func() (string, error) // called once, by New; a func so that printing a Config prints no secret
	AllowHTTP bool                   // allow http:// to other hosts than this one
	CAFile    string                 // PEM certificates to trust besides the system's

	Timeout           time.Duration // of one request; 30 s
	Tries             int           // of a request, the first included; 5
	FirstWait         time.Duration // before the second try; then it doubles; 500 ms
	GiveUp            time.Duration // no try begins later than this after the first; 1 min
	RequestsPerSecond float64       // 0: no limit but the server's

	Allow   func(context.Context) error // before each try of a request that writes: its error is why the try is not made; nil: always
	Observe func(Call)                  // after each request, from several goroutines; nil: none
	Log     *zap.Logger                 // requests that are tried again; nil: none
}

// A ConfigError is a mistake in a [Config].
type ConfigError struct {
	Key string // url, token or ca_file
	Err error
}

// Error names the key.
func (e *ConfigError) Error() string { return "mattermost: " + e.Key + ": " + e.Err.Error() }

// Unwrap returns what is wrong with the key's value.
func (e *ConfigError) Unwrap() error { return e.Err }

// A Call is what became of one request, for metrics.
type Call struct {
	Name    string // one of Calls
	Outcome string // one of Outcomes
	Status  int    // 0: there was no answer
	Attempt int    // 1 for the first try
	Took    time.Duration

	Bucket      Bucket    // what the server last said of its rate limit
	Certificate time.Time // when the first certificate of its chain ends; zero: none was seen
}

// A Reader makes the calls that only read.
type Reader struct{ conn *conn }

// A Client makes all calls.
type Client struct{ Reader }

// NewReader returns a client that cannot write. It makes no request.
func NewReader(c Config) (*Reader, error) {
	conn, err := dial(c)
	if err != nil {
		return nil, err
	}
	return &Reader{conn}, nil
}

// New returns a client. It makes no request.
func New(c Config) (*Client, error) {
	r, err := NewReader(c)
	if err != nil {
		return nil, err
	}
	return &Client{*r}, nil
}

// dial checks a Config and prepares the connections.
func dial(c Config) (*conn, error) {
	socket, local := SocketPath(c.URL)
	base, err := baseURL(c.URL, c.AllowHTTP)
	if err != nil {
		return nil, &ConfigError{"url", err}
	}
	token, err := readToken(c.Token)
	if err != nil && !local {
		return nil, &ConfigError{"token", err}
	}
	roots, err := readRoots(c.CAFile)
	if err != nil {
		return nil, &ConfigError{"ca_file", err}
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Observe == nil {
		c.Observe = func(Call) {}
	}
	c.Timeout = or(c.Timeout, 30*time.Second)
	c.Tries = or(c.Tries, 5)
	c.FirstWait = or(c.FirstWait, 500*time.Millisecond)
	c.GiveUp = or(c.GiveUp, time.Minute)
	return &conn{
		Config: c,
		base:   base + "/api/v4",
		bearer: func() string { return "Bearer " + token },
		http:   httpClient(roots, socket),
		local:  local,
		pace:   newPace(c.RequestsPerSecond),
	}, nil
}

// or returns v, or the default where v is not positive.
func or[T int | time.Duration](v, byDefault T) T {
	if v > 0 {
		return v
	}
	return byDefault
}

// httpClient returns a client without cookies that follows no redirect. Idle
// connections are dropped before the server's minute is over, so that a write
// seldom meets one that is just being closed. A socket that is not "" is dialed
// whatever the address says, past any proxy.
func httpClient(roots *x509.CertPool, socket string) *http.Client {
	dial, proxy := (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext, http.ProxyFromEnvironment
	if socket != "" {
		proxy, dial = nil, dialSocket(socket)
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 proxy,
			DialContext:           dial,
			TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout:   10 * time.Second,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          64,
			MaxIdleConnsPerHost:   64,
			IdleConnTimeout:       50 * time.Second,
			ExpectContinueTimeout: time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// baseURL checks the address and returns it without a slash at its end.
func baseURL(raw string, allowHTTP bool) (string, error) {
	if path, local := SocketPath(raw); local {
		return localBase, checkSocket(path)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "", errors.New("this is no address: want https://chat.example.org")
	}
	switch {
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("there must be no user, query or fragment in it: want https://chat.example.org")
	case strings.Contains(u.Path, "/api/v4"):
		return "", errors.New("it is the address that people open, without /api/v4")
	case u.Scheme == "http" && !allowHTTP && !loopback(u.Hostname()):
		return "", fmt.Errorf("http://%s would send the token in clear text: use https, or set allow_http", u.Host)
	case u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("it begins with %q: want https", u.Scheme)
	}
	return u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/"), nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// readToken resolves the token and checks that it can be a header.
func readToken(read func() (string, error)) (string, error) {
	if read == nil {
		return "", errors.New("none is set")
	}
	token, err := read()
	if err != nil {
		return "", err
	}
	if token = strings.TrimSpace(token); token == "" {
		return "", errors.New("it is empty")
	}
	for _, r := range token {
		if r <= ' ' || r >= 0x7f {
			return "", errors.New("it holds a space or another character that no token has")
		}
	}
	return token, nil
}

// readRoots returns the system's certificates and those of a file.
func readRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no PEM certificate", file)
	}
	return roots, nil
}
