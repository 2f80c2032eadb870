package main

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// A worldKey is the key of a script's world.
type worldKey struct{}

// A world is what is around a script: a server, and programs that run beside
// it.
type world struct {
	server   *mmsim.Server
	web      *httptest.Server
	local    *http.Server // on the local socket
	admin    string       // a token
	ids      map[string]string
	children map[string]*child
	hook     *hookWorld // nil: there is none
}

// placeholder is the address in every configuration until there is a server.
const placeholder = "http://127.0.0.1:8065"

// end stops all that a script started.
func (w *world) end() {
	for _, c := range w.children {
		_ = c.cmd.Process.Kill() // it may have ended by itself
		<-c.gone
	}
	if w.local != nil {
		_ = w.local.Close()
	}
	if w.hook != nil {
		w.hook.end()
	}
	if w.web != nil {
		w.web.CloseClientConnections() // some may hang, as they were told to
		w.web.Close()
	}
}

// A deed is something that is done to a server.
type deed struct {
	least int // arguments
	usage string
	do    func(w *world, ts *testscript.TestScript, args []string)
}

// deeds are what "mattermost" understands.
func deeds() map[string]deed {
	return map[string]deed{
		"start":    {0, "[version=…] [seats=N] [licensed] [licenseseats=N] [mapped=LdapNickname] [claims=EnableGuestAccounts] [verify] [nomail] [nobots] [guests] [erases] [closed] [ratelimit=PERSEC/BURST] [latency=5ms] [socket]", (*world).start},
		"stop":     {0, "", func(w *world, _ *testscript.TestScript, _ []string) { w.web.CloseClientConnections(); w.web.Close() }},
		"group":    {1, "NAME: make a group", func(w *world, _ *testscript.TestScript, args []string) { w.server.AddGroup(args[0]) }},
		"hash":     {2, "NAME END: how the hash ends that an account was given; none: it was given none", (*world).hash},
		"add":      {1, "NAME [email=…] [first=…] [last=…] [auth=SERVICE:DATA] [admin] [bot] [remote] [inactive] [mfa]", (*world).add},
		"pictures": {0, "[FILE]: the digest of each picture that was uploaded, by user name", (*world).pictures},
		"portrait": {2, "NAME FILE: somebody uploads a picture of their own", (*world).portrait},
		"token":    {2, "NAME FILE: a token of an account", (*world).token},
		"users":    {0, "[FILE]: all accounts, sorted", (*world).users},
		"requests": {0, "[FILE]: how many requests of each sort since the last reset", (*world).requests},
		"writes":   {1, "N: so many requests that would change something", (*world).writes},
		"busy":     {1, "N: wait until so many requests would have changed something", (*world).busy},
		"asked":    {1, "METHOD ROUTE: wait until it was asked for", (*world).asked},
		"reset":    {0, "", func(w *world, _ *testscript.TestScript, _ []string) { w.server.ResetCounts() }},
		"fault":    {1, "KIND [create] [method=…] [path=…] [times=N] [after]", (*world).fault},
		"calm":     {0, "", func(w *world, _ *testscript.TestScript, _ []string) { w.server.ClearFaults() }},
		"break":    {0, "", func(w *world, _ *testscript.TestScript, _ []string) { w.server.BreakDatabase(true) }},
		"mend":     {0, "", func(w *world, _ *testscript.TestScript, _ []string) { w.server.BreakDatabase(false) }},
		"login":    {1, "NAME", func(w *world, ts *testscript.TestScript, args []string) { w.server.Login(w.id(ts, args[0])) }},
		"mails":    {0, "[FILE]: all mails that were sent, sorted", (*world).mails},
		"sessions": {2, "NAME N: somebody is signed in so many times", (*world).sessions},
		"tokens":   {2, "NAME N: somebody has so many access tokens that are enabled", (*world).tokens},
		"works":    {2, "FILE yes|no: whether the token in the file is accepted", (*world).works},
		"mfa":      {2, "NAME yes|no: whether somebody has a second factor", (*world).mfa},
		"roles":    {1, "NAME ROLE…: somebody has these roles on the whole server", (*world).roles},
		"channel":  {0, "", (*world).channel},
		"posts":    {0, "[FILE]: what was written into channels", (*world).posts},
		"call":     {3, "METHOD NAME PATH [BODY]: an administrator does something to an account", (*world).call},
	}
}

// mattermostCommand does something to the server.
func mattermostCommand(ts *testscript.TestScript, w *world, args []string) {
	want(ts, args, 1, "mattermost DEED ARG…")
	d, ok := deeds()[args[0]]
	if !ok || args[0] != "start" && w.server == nil {
		ts.Fatalf("mattermost: there is no server, or no deed %q", args[0])
	}
	want(ts, args[1:], d.least, "mattermost "+args[0]+" "+d.usage)
	d.do(w, ts, args[1:])
}

// options reads KEY=VALUE arguments. A key alone is "true".
func options(ts *testscript.TestScript, args []string, known ...string) map[string]string {
	got := make(map[string]string)
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !slices.Contains(known, key) {
			ts.Fatalf("%q is not one of %v", key, known)
		}
		if !ok {
			value = "true"
		}
		got[key] = value
	}
	return got
}

func atoi(ts *testscript.TestScript, s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

// start starts a server with an administrator, who owns a bot, whose token is
// syncd's.
func (w *world) start(ts *testscript.TestScript, args []string) {
	o := options(ts, args, "version", "seats", "licensed", "licenseseats", "mapped", "guests", "verify", "nomail", "closed", "erases", "ratelimit", "latency", "socket", "ldappictures", "samlwithldap", "claims", "nobots")
	c := mmsim.Config{
		Version: o["version"], SeatLimit: atoi(ts, o["seats"]), Licensed: o["licensed"] != "", LicenseSeats: atoi(ts, o["licenseseats"]), GuestAccounts: o["guests"] != "",
		RequireEmailVerification: o["verify"] != "", NoMail: o["nomail"] != "", NoBots: o["nobots"] != "", ClosedServer: o["closed"] != "", EraseUsers: o["erases"] != "",
		LDAPPictures: o["ldappictures"] != "", SAMLWithLDAP: o["samlwithldap"] != "",
	}
	if o["mapped"] != "" {
		c.Settings = map[string]string{"Enable" + o["mapped"][:4]: "true", o["mapped"] + "AttributeSet": "true"}
	}
	if o["claims"] != "" {
		c.Settings = map[string]string{o["claims"]: "true"} // whatever is so
	}
	if o["seats"] == "" {
		c.SeatLimit = -1
	}
	if perSec, burst, ok := strings.Cut(o["ratelimit"], "/"); ok {
		c.RateLimit = &mmsim.RateLimit{PerSec: atoi(ts, perSec), MaxBurst: atoi(ts, burst), VaryByUser: true}
	}
	if o["latency"] != "" {
		var err error
		c.Latency, err = time.ParseDuration(o["latency"])
		ts.Check(err)
	}
	w.open(c)
	ts.Setenv("MM_URL", w.web.URL)
	ts.Setenv("MM_HOST", strings.TrimPrefix(w.web.URL, "http://"))
	ts.Check(os.WriteFile(ts.MkAbs("token"), []byte(w.server.Token(w.ids["syncd"])+"\n"), 0o600))
	if o["socket"] != "" {
		replaceInYAML(ts, placeholder, w.listen(ts))
		return
	}
	replaceInYAML(ts, placeholder, w.web.URL)
}

// listen opens the server's local socket and returns its address.
func (w *world) listen(ts *testscript.TestScript) string {
	path := ts.MkAbs("mm.sock")
	l, err := net.Listen("unix", path)
	ts.Check(err)
	w.local = &http.Server{Handler: w.server.Local()}
	go func() { _ = w.local.Serve(l) }() // ends with the script
	return "unix:" + path
}

// replaceInYAML puts an address into every configuration.
func replaceInYAML(ts *testscript.TestScript, placeholder, address string) {
	files, err := filepath.Glob(ts.MkAbs("*.yaml"))
	ts.Check(err)
	for _, file := range files {
		text := strings.ReplaceAll(ts.ReadFile(file), placeholder, address)
		ts.Check(os.WriteFile(file, []byte(text), 0o600))
	}
}

// open makes the server and who is always there.
func (w *world) open(c mmsim.Config) {
	w.server = mmsim.New(c)
	w.web = httptest.NewServer(w.server)
	admin := w.server.Add(mmsim.User{Username: "sysadmin", Email: "it@example.org", Roles: "system_user system_admin"})
	bot := w.server.Add(mmsim.User{Username: "syncd", Roles: "system_user system_admin", IsBot: true, OwnerID: admin})
	w.ids = map[string]string{"sysadmin": admin, "syncd": bot}
	w.admin = w.server.Token(admin)
}

// id returns the id of an account by its user name, now or when it was added.
func (w *world) id(ts *testscript.TestScript, name string) string {
	for _, u := range w.server.Users() {
		if u.Username == name {
			return u.ID
		}
	}
	if w.ids[name] == "" {
		ts.Fatalf("there is no account %q", name)
	}
	return w.ids[name]
}

// add makes an account.
func (w *world) add(ts *testscript.TestScript, args []string) {
	o := options(ts, args[1:], "email", "first", "last", "position", "auth", "admin", "bot", "remote", "inactive", "mfa")
	u := mmsim.User{
		Username: args[0], Email: o["email"], FirstName: o["first"], LastName: o["last"], Position: o["position"],
		IsBot: o["bot"] != "", RemoteID: o["remote"], MFA: o["mfa"] != "",
	}
	u.AuthService, u.AuthData, _ = strings.Cut(o["auth"], ":")
	if o["admin"] != "" {
		u.Roles = "system_user system_admin"
	}
	if o["bot"] != "" {
		u.OwnerID = w.ids["sysadmin"]
	}
	if o["inactive"] != "" {
		u.DeleteAt = time.Now().UnixMilli()
	}
	w.ids[args[0]] = w.server.Add(u)
}

func (w *world) token(ts *testscript.TestScript, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(w.server.Token(w.id(ts, args[0]))), 0o600))
}

// report writes lines to a file, or prints them.
func report(ts *testscript.TestScript, args []string, lines []string) {
	text := strings.Join(append(lines, ""), "\n")
	if len(args) > 0 {
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
		return
	}
	_, err := ts.Stdout().Write([]byte(text))
	ts.Check(err)
}

// users lists all accounts.
func (w *world) users(ts *testscript.TestScript, args []string) { report(ts, args, w.list()) }

func (w *world) pictures(ts *testscript.TestScript, args []string) {
	var lines []string
	for _, u := range w.server.Users() {
		if u.Picture != "" {
			lines = append(lines, u.Username+" "+u.Picture[:8])
		}
	}
	report(ts, args, lines)
}

func (w *world) list() []string {
	var lines []string
	for _, u := range w.server.Users() {
		status, auth := "active", "email"
		if u.DeleteAt != 0 {
			status = "inactive"
		}
		if u.AuthService != "" {
			auth = u.AuthService + ":" + u.AuthData
		}
		line := fmt.Sprintf("%s %s %s %s", u.Username, u.Email, status, auth)
		for _, text := range []string{u.FirstName, u.LastName, u.Position} {
			line += " " + strings.ReplaceAll(cmp.Or(text, "-"), " ", "_")
		}
		lines = append(lines, line)
	}
	return lines
}

// requests lists how often what was asked for.
func (w *world) requests(ts *testscript.TestScript, args []string) {
	var lines []string
	counts := w.server.Requests()
	for _, route := range slices.Sorted(maps.Keys(counts)) {
		lines = append(lines, fmt.Sprintf("%d %s", counts[route], route))
	}
	report(ts, args, lines)
}

func (w *world) writes(ts *testscript.TestScript, args []string) {
	if got := strconv.Itoa(w.server.Writes()); got != args[0] {
		ts.Fatalf("got %s write requests, want %s: %v", got, args[0], w.server.Requests())
	}
}

func (w *world) busy(ts *testscript.TestScript, args []string) {
	for end := time.Now().Add(patience); w.server.Writes() < atoi(ts, args[0]); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			ts.Fatalf("got only %d write requests", w.server.Writes())
		}
	}
}

func (w *world) asked(ts *testscript.TestScript, args []string) {
	route := strings.Join(args, " ")
	for end := time.Now().Add(patience); w.server.Requests()[route] == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			ts.Fatalf("%s is never asked for: %v", route, w.server.Requests())
		}
	}
}

// hash compares the hash of somebody's password.
func (w *world) hash(ts *testscript.TestScript, args []string) {
	id := w.id(ts, args[0])
	for _, u := range w.server.Users() {
		if u.ID == id && !strings.HasSuffix(cmp.Or(u.PasswordHash, "none"), args[1]) {
			ts.Fatalf("got the hash %q", u.PasswordHash)
		}
	}
}

// mails lists the mails that the server has sent.
func (w *world) mails(ts *testscript.TestScript, args []string) {
	var lines []string
	for _, m := range w.server.Mails() {
		lines = append(lines, m.Kind+" "+m.To)
	}
	slices.Sort(lines)
	report(ts, args, lines)
}

// fault makes requests go wrong.
func (w *world) fault(ts *testscript.TestScript, args []string) {
	kinds := map[string]mmsim.FaultKind{
		"none": mmsim.FaultNone, "toomany": mmsim.FaultTooMany, "error": mmsim.FaultError, "gateway": mmsim.FaultGateway, "cut": mmsim.FaultCut,
		"hang": mmsim.FaultHang, "reset": mmsim.FaultReset, "ignore": mmsim.FaultIgnore,
	}
	kind, ok := kinds[args[0]]
	if !ok {
		ts.Fatalf("there is no fault %q", args[0])
	}
	o := options(ts, args[1:], "create", "method", "path", "times", "after")
	if o["create"] != "" { // what begins alike goes well
		o["method"], o["path"] = "POST", "/users"
		for _, path := range []string{"/users/ids", "/users/usernames", "/users/password", "/sessions"} {
			w.server.Fault(mmsim.Fault{Method: "POST", Path: path, Times: 1 << 20})
		}
	}
	w.server.Fault(mmsim.Fault{
		Kind: kind, Method: o["method"], Path: o["path"], Times: atoi(ts, o["times"]), After: o["after"] != "",
	})
}

// sessions counts how often somebody is signed in.
func (w *world) sessions(ts *testscript.TestScript, args []string) {
	text := w.ask(ts, "GET", "/users/"+w.id(ts, args[0])+"/sessions", "")
	if got := strconv.Itoa(strings.Count(text, `"token"`)); got != args[1] {
		ts.Fatalf("got %s sessions of %s, want %s: %s", got, args[0], args[1], text)
	}
}

// roles compares the roles of an account, in the server's order.
func (w *world) roles(ts *testscript.TestScript, args []string) {
	id := w.id(ts, args[0])
	for _, u := range w.server.Users() {
		if want := strings.Join(args[1:], " "); u.ID == id && u.Roles != want {
			ts.Fatalf("%s has the roles %q, want %q", args[0], u.Roles, want)
		}
	}
}

func (w *world) call(ts *testscript.TestScript, args []string) {
	w.ask(ts, args[0], "/users/"+w.id(ts, args[1])+args[2], strings.Join(args[3:], ""))
}

// ask asks the server as the administrator, past its network.
func (w *world) ask(ts *testscript.TestScript, method, path, body string) string {
	r := httptest.NewRequest(method, "/api/v4"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.admin)
	answer := httptest.NewRecorder()
	w.server.ServeHTTP(answer, r)
	if answer.Code/100 != 2 {
		ts.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
	}
	return answer.Body.String()
}
