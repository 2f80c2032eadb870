package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

//go:embed page.html
var pageHTML string

// Bounds of one look at a page.
const (
	lookers  = 8 // at a time
	lookTime = 10 * time.Second
)

// A past is what the pages read of the journal.
type past interface {
	Runs(ctx context.Context, limit int) ([]state.Run, error)
	Run(ctx context.Context, id string) (state.Run, bool, error)
	Entries(ctx context.Context, f state.Filter) ([]state.Entry, error)
}

// A statusPage shows people how the daemon is doing: the overview at /, the last
// plan at /plan, a run at /runs/ID. Nothing on it can write: it answers GET and
// HEAD, has no form and no script, and asks for nothing else.
type statusPage struct {
	*app
	board    *board
	past     past
	personal bool // whoever looks has signed in, and may see people
	mux      *http.ServeMux
	pages    *template.Template
	sheets   *template.Template
	seats    chan struct{}
}

func (a *app) newStatusPage(b *board, p past, personal bool) (*statusPage, error) {
	s := &statusPage{app: a, board: b, past: p, personal: personal, mux: http.NewServeMux(), seats: make(chan struct{}, lookers)}
	var err error
	s.pages, err = template.New("page").Funcs(template.FuncMap{
		"number": number, "clean": clean, "minute": func(t time.Time) string { return t.UTC().Format(minute) },
		"ago": func(t time.Time) string { return distance(t, a.now()) },
	}).Parse(pageHTML)
	if err != nil {
		return nil, err
	}
	if s.sheets, err = sheetTemplate(); err != nil {
		return nil, err
	}
	s.mux.HandleFunc("GET /{$}", s.overview)
	s.mux.HandleFunc("GET /plan", s.plan)
	s.mux.HandleFunc("GET /runs/{id}", s.run)
	s.mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { s.missing(w, r, "There is no such page.") })
	return s, nil
}

// ServeHTTP implements [http.Handler]. A look is bounded in time, and so is how
// many there are at once: none of them may slow down a run.
func (s *statusPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guardPage(w.Header())
	select {
	case s.seats <- struct{}{}:
		defer func() { <-s.seats }()
	default:
		http.Error(w, "too many people look at once", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), lookTime)
	defer cancel()
	s.mux.ServeHTTP(w, r.WithContext(ctx))
}

// guardPage forbids a browser all that the pages do not need.
func guardPage(h http.Header) {
	h.Set("Content-Security-Policy", policyFor(""))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// policyFor allows a page its own style, by its digest, and nothing else.
func policyFor(page string) string {
	policy := "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	_, rest, ok := strings.Cut(page, "<style>")
	if style, _, whole := strings.Cut(rest, "</style>"); ok && whole {
		sum := sha256.Sum256([]byte(style))
		policy += "; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return policy
}

// show writes a page, whole or not at all. The style comes before anything that
// people can have a part in, so its digest is that of the program's own.
func (s *statusPage) show(w http.ResponseWriter, status int, t *template.Template, name string, page any) {
	var text bytes.Buffer
	if err := t.ExecuteTemplate(&text, name, page); err != nil {
		s.log.Error("page not made", zap.String("page", name), zap.Error(err))
		http.Error(w, "the page could not be made: the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policyFor(text.String()))
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // a client that left needs no answer
}

func (s *statusPage) overview(w http.ResponseWriter, r *http.Request) {
	runs, err := s.past.Runs(r.Context(), runsCharted)
	if err != nil {
		s.log.Warn("the page cannot read the journal", zap.Error(err))
	}
	s.show(w, http.StatusOK, s.pages, "overview", s.overviewOf(s.board.look(), runs, err))
}

func (s *statusPage) plan(w http.ResponseWriter, r *http.Request) {
	b := s.board.look()
	if b.Sheet == nil {
		s.missing(w, r, "There is no plan yet since the daemon was started.")
		return
	}
	shown := *b.Sheet
	shown.Became = becameOf(*b.Plan)
	if b.Plan.Run != "" && b.Plan.End != sync.Refused && b.Plan.End != sync.Observed {
		shown.Commands = nil // it is carried out
	}
	if !s.personal {
		shown = shown.hidden(*b.Plan)
	}
	s.show(w, http.StatusOK, s.sheets, "sheet", shown)
}

func (s *statusPage) run(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	run, ok, err := s.past.Run(r.Context(), id)
	switch {
	case err != nil:
		s.log.Warn("the page cannot read the journal", zap.Error(err))
		s.fault(w, r, http.StatusInternalServerError, "The journal could not be read: the log says why.")
		return
	case !ok:
		s.missing(w, r, "The journal has no such run.")
		return
	}
	var steps []state.Entry
	if s.personal {
		if steps, err = s.past.Entries(r.Context(), state.Filter{Run: id, Limit: stepsShown + 1}); err != nil {
			s.log.Warn("the page cannot read the journal", zap.Error(err))
		}
	}
	s.show(w, http.StatusOK, s.pages, "run", s.runOf(run, steps, err))
}

func (s *statusPage) missing(w http.ResponseWriter, r *http.Request, text string) {
	s.fault(w, r, http.StatusNotFound, text)
}

func (s *statusPage) fault(w http.ResponseWriter, r *http.Request, status int, text string) {
	root := "./" + strings.Repeat("../", max(0, strings.Count(r.URL.Path, "/")-1))
	s.show(w, status, s.pages, "fault", faultView{s.frame("syncd", root), text})
}

// becameOf says what became of a plan.
func becameOf(told story) string {
	switch {
	case told.Run == "":
		return "It was only planned: nothing of it is done."
	case told.End == sync.Refused:
		return fmt.Sprintf("Run %s was refused: nothing of it is done.", told.Run)
	case told.End == sync.Observed:
		return fmt.Sprintf("Run %s only observed: nothing of it is done.", told.Run)
	}
	return fmt.Sprintf("Run %s carried it out and ended as %s.", told.Run, words(told.End))
}
