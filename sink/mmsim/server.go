package mmsim

import (
	"net/http"
	stdsync "sync"
	"time"
)

// A Config says which server to be. The zero value is an unlicensed 11.6.0
// with an open door, as it comes out of the box.
type Config struct {
	Version  string // "11.6.0" by default; behavior follows it
	Licensed bool

	GuestAccounts bool // switched on; they need a license too

	// SeatLimit is how many accounts may be active, bots and remote ones not
	// counted. 0 is the limit of the version when unlicensed, and none when
	// licensed; below zero there is none.
	SeatLimit int

	// LicenseSeats is how many accounts the license is for, if the server does
	// not enforce it. 0: SeatLimit, which it does.
	LicenseSeats int

	RequireEmailVerification bool
	ClosedServer             bool // nobody signs up without an administrator
	RestrictDomains          []string
	NoMail                   bool // there is no mail server: a password reset fails
	NoUserTokens             bool // personal access tokens of people are refused, those of bots are not
	EraseUsers               bool // accounts may be deleted for good (EnableAPIUserDeletion)
	NoBots                   bool // nobody makes bots
	LDAPPictures             bool // the server has the pictures of people with LDAP from its own directory (LdapSettings.PictureAttribute)
	SAMLWithLDAP             bool // … and keeps people with SAML in step with it as well (SamlSettings.EnableSyncWithLdap)

	// Settings are added to what GET /config/client answers, such as EnableLdap
	// and LdapNicknameAttributeSet: on a licensed server nobody changes what
	// these map.
	Settings map[string]string

	RateLimit *RateLimit    // nil: none
	Latency   time.Duration // how long each call takes, in a write between the read and the write

	Now func() time.Time // time.Now by default
}

// A Server is a Mattermost in memory. It is an [http.Handler].
type Server struct {
	config      Config
	rules       rules
	routes      []*route
	localRoutes []*route

	userIDs, tokenIDs, requestIDs *generator
	tally                         tally
	faults                        faults
	limiter                       *limiter
	zip                           stdsync.Pool

	mu       stdsync.RWMutex // guards what follows
	users    *table
	sessions *sessions
	broken   bool // the database is down
	mails    []Mail
	groups   map[string]bool    // names
	audits   map[string][]audit // by user id, the oldest first
	messages messages
}

// New returns an empty server.
func New(c Config) *Server {
	if c.Version == "" {
		c.Version = "11.6.0"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Server{
		config:      c,
		rules:       rulesOf(c),
		routes:      routes(),
		localRoutes: localRoutes(c.Version),
		userIDs:     newGenerator("user"),
		tokenIDs:    newGenerator("token"),
		requestIDs:  newGenerator("request"),
		limiter:     newLimiter(c),
		users:       newTable(),
		sessions:    newSessions(),
		groups:      map[string]bool{},
		messages:    messages{channels: map[string]bool{}},
		audits:      map[string][]audit{},
	}
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r, false) }

// serve answers a request of somebody with a token, or over the socket.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, local bool) {
	c := s.newCall(r, local)
	s.tally.add(c.route)
	if !local && !s.admit(w, r) {
		return
	}
	fault := s.faults.next(r)
	if fault.before() {
		s.strike(w, r, fault, reply{})
		return
	}
	c.ignored = fault.Kind == FaultIgnore
	answer := s.answer(c)
	if fault.after() {
		s.strike(w, r, fault, answer)
		return
	}
	s.write(w, r, answer)
}

// now returns the server's time in its own unit, milliseconds.
func (s *Server) now() int64 { return s.config.Now().UnixMilli() }
