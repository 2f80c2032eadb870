package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	stdsync "sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// A hookWorld is a webhook that somebody else runs.
type hookWorld struct {
	web *httptest.Server
	log string // where what it gets is written

	mu   stdsync.Mutex
	mode string
	free chan struct{} // closed at the end, for whoever hangs
}

func webhook(ts *testscript.TestScript, w *world, args []string) {
	want(ts, args, 1, "webhook start|hang|fail|mend")
	if args[0] == "start" {
		w.hook = &hookWorld{log: ts.MkAbs("hook.log"), free: make(chan struct{})}
		w.hook.web = httptest.NewServer(w.hook)
		ts.Check(os.WriteFile(w.hook.log, nil, 0o600))
		ts.Check(os.WriteFile(ts.MkAbs("hook"), []byte(w.hook.web.URL+"/hooks/very-secret\n"), 0o600))
		return
	}
	w.hook.mu.Lock()
	defer w.hook.mu.Unlock()
	w.hook.mode = args[0]
}

// ServeHTTP writes down what comes.
func (h *hookWorld) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	mode := h.mode
	if f, err := os.OpenFile(h.log, os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
		fmt.Fprintf(f, "%s %s %s\n", mode, r.Method, strings.ReplaceAll(string(body), "\n", " "))
		_ = f.Close()
	}
	h.mu.Unlock()
	switch mode {
	case "hang":
		select {
		case <-h.free:
		case <-r.Context().Done():
		}
	case "fail":
		http.Error(w, `{"id":"web.incoming_webhook.invalid.app_error","message":"very-secret"}`, http.StatusBadRequest)
	}
}

func (h *hookWorld) end() {
	close(h.free)
	h.web.CloseClientConnections()
	h.web.Close()
}

// channel makes a channel; its id is $CHANNEL, and in the file syncd.yaml in
// place of 26 zeros.
func (w *world) channel(ts *testscript.TestScript, _ []string) {
	replaceInYAML(ts, strings.Repeat("0", 26), w.server.AddChannel())
}

func (w *world) posts(ts *testscript.TestScript, args []string) {
	var lines []string
	for _, p := range w.server.Posts() {
		lines = append(lines, strings.ReplaceAll(p.Message, "\n", " "))
	}
	report(ts, args, lines)
}
