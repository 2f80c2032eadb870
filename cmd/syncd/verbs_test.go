package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for what must come.
const patience = 60 * time.Second

// A child is a program that runs beside a script.
type child struct {
	cmd  *exec.Cmd
	gone chan struct{}
}

// spawn starts a program beside the script.
func spawn(ts *testscript.TestScript, w *world, args []string) {
	want(ts, args, 2, "spawn NAME PROGRAM ARG…")
	log, err := os.Create(ts.MkAbs(args[0] + ".log"))
	ts.Check(err)
	defer log.Close()
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), log, log
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "SYNCD_CONFIG", "NOTIFY_SOCKET", "WATCHDOG_USEC"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	ts.Check(cmd.Start())
	c := &child{cmd, make(chan struct{})}
	w.children[args[0]] = c
	go func() {
		_ = cmd.Wait() // its code is in the state
		close(c.gone)
	}()
}

func (w *world) child(ts *testscript.TestScript, name string) *child {
	c := w.children[name]
	if c == nil {
		ts.Fatalf("nothing runs by the name %q", name)
	}
	return c
}

// sendSignal sends a signal to a child.
func sendSignal(ts *testscript.TestScript, w *world, args []string) {
	want(ts, args, 2, "signal NAME HUP|TERM|INT|KILL")
	signals := map[string]syscall.Signal{
		"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL,
	}
	ts.Check(w.child(ts, args[0]).cmd.Process.Signal(signals[args[1]]))
}

// waitEnd waits until a child ends, and looks at its code.
func waitEnd(ts *testscript.TestScript, w *world, args []string) {
	want(ts, args, 2, "ended NAME N")
	c := w.child(ts, args[0])
	select {
	case <-c.gone:
	case <-time.After(patience):
		ts.Fatalf("%s does not end:\n%s", args[0], ts.ReadFile(args[0]+".log"))
	}
	delete(w.children, args[0])
	if got := strconv.Itoa(c.cmd.ProcessState.ExitCode()); got != args[1] {
		ts.Fatalf("got exit code %s, want %s\n%s", got, args[1], ts.ReadFile(args[0]+".log"))
	}
}

// exitcode runs a program and looks at its code.
func exitcode(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 2, "exitcode N PROGRAM ARG…")
	got, err := 0, ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("got exit code %d, want %s", got, args[0])
	}
	if args[1] == "syncd" && !slices.Contains(args, "json") && !slices.Contains(args, "completion") {
		fits(ts, ts.ReadFile("stdout"))
	}
}

// colors are what terminals take for colors.
var colors = regexp.MustCompile("\x1b\\[[0-9;]*m")

// fits wants lines of at most 80 columns. A single word may be longer: it
// cannot be broken.
func fits(ts *testscript.TestScript, text string) {
	for line := range strings.Lines(colors.ReplaceAllString(text, "")) {
		line = strings.TrimRight(line, "\n")
		if n := len([]rune(line)); n > pipeWidth && len(strings.Fields(line)) > 1 {
			ts.Fatalf("a line has %d columns: %s", n, line)
		}
	}
}

// says looks for something in the last output, wherever its lines break.
func says(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 1, "says REGEXP")
	re, err := regexp.Compile(args[0])
	ts.Check(err)
	if text := strings.Join(strings.Fields(ts.ReadFile("stdout")), " "); !re.MatchString(text) {
		ts.Fatalf("it does not say %s: %s", args[0], text)
	}
}

// people writes so many people as CSV. Fewer are the first of more.
func people(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 3, "people N > FILE")
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[len(args)-1]), []byte(crowd(n)), 0o600))
}

// crowd returns people as CSV.
func crowd(n int) string {
	first := []string{"Zoë", "Björn", "Anaïs", "Łukasz", "O'Neil", "Ann, Marie", "Đorđe", "Jean \"JJ\"", "Li", "Þóra"}
	last := []string{"Müller-Lüdenscheidt", "García y Vega", "Åkesson", "van der Berg", "Nguyễn", "Ó Briain", "Smith"}
	random := rand.New(rand.NewPCG(1, 1))
	pick := func(names []string) string {
		return `"` + strings.ReplaceAll(names[random.IntN(len(names))], `"`, `""`) + `"`
	}
	var b strings.Builder
	b.WriteString("id,login,mail,first,last,title,state,signin\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,person.%d,person.%d@example.org,%s,%s,Clerk,active,email\n", 1000+i, i, i, pick(first), pick(last))
	}
	return b.String()
}

// edit replaces a text in a file.
func edit(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 3, "edit FILE OLD NEW")
	text := ts.ReadFile(args[0])
	unquote := strings.NewReplacer(`\n`, "\n", `\t`, "\t")
	old, text2 := unquote.Replace(args[1]), unquote.Replace(args[2])
	if n := strings.Count(text, old); n != 1 {
		ts.Fatalf("%q is %d times in %s, want once", old, n, args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, old, text2, 1)), 0o600))
}

// masks are what differs from run to run.
var masks = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	{regexp.MustCompile(`\d{8}T\d{6}Z-[0-9a-f]{4}`), "<run>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?`), "<time>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`), "<time>"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "<address>"},
	{regexp.MustCompile(`\b[ybndrfg8ejkmcpqxot1uwisza345h769]{26}\b`), "<id>"},
	{regexp.MustCompile(`sha256:[0-9a-f]{64}`), "<digest>"},
	{regexp.MustCompile(`"took_ms": [0-9]+`), `"took_ms": "<ms>"`},
}

// mask prints a file without what differs from run to run.
func mask(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 1, "mask FILE")
	text := ts.ReadFile(args[0])
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.mask)
	}
	_, err := io.WriteString(ts.Stdout(), text)
	ts.Check(err)
}

// await waits until a file says something.
func await(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 2, "await FILE REGEXP [NAME]")
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		text, _ := os.ReadFile(ts.MkAbs(args[0])) // it may not be there yet
		found := re.FindSubmatch(text)
		switch {
		case found != nil && len(args) > 2:
			ts.Setenv(args[2], string(found[1]))
			return
		case found != nil:
			return
		case time.Now().After(end):
			ts.Fatalf("%s never says %s:\n%s", args[0], args[1], text)
		}
	}
}

// fetch gets a page.
func fetch(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 2, "fetch STATUS URL")
	client := http.Client{Timeout: patience}
	resp, err := client.Get(args[1])
	ts.Check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if got := strconv.Itoa(resp.StatusCode); got != args[0] {
		ts.Fatalf("got status %s, want %s\n%s", got, args[0], text)
	}
	_, err = ts.Stdout().Write(text)
	ts.Check(err)
}
