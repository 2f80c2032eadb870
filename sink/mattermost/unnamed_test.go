package mattermost

import (
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A call for one account that names none is not sent, whatever the call. On
// the server's socket DELETE /users deletes everybody there is.
func TestNoCallWithoutAnID(t *testing.T) {
	sent := 0
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		sent++
		t.Errorf("got %s %s", r.Method, r.URL)
	}))
	defer srv.Close()
	c, err := New(Config{URL: srv.URL, Token: func() (string, error) { return "t", nil }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for _, id := range []string{"", ".", ".."} {
		_, patchErr := c.PatchUser(ctx, id, Patch{})
		_, userErr := c.User(ctx, id)
		_, sessionsErr := c.Sessions(ctx, id)
		_, tokensErr := c.Tokens(ctx, id)
		for i, err := range []error{
			c.EraseUser(ctx, id), c.DeactivateByDelete(ctx, id), c.Deactivate(ctx, id), c.Activate(ctx, id),
			c.SetAuth(ctx, id, "saml", "x"), c.SetPasswordHash(ctx, id, "x"), c.RevokeSessions(ctx, id),
			c.RevokeSession(ctx, id, "x"), c.ResetMFA(ctx, id), c.SetPicture(ctx, id, nil), c.RemovePicture(ctx, id), patchErr, userErr, sessionsErr, tokensErr,
		} {
			if !errors.Is(err, errNoID) {
				t.Errorf("id %q, call %d: got %v, want %v", id, i, err, errNoID)
			}
		}
	}
	for _, path := range []string{"/users", "/users?permanent=true", "/users/", "/users/?permanent=true", "", "/"} {
		q := request{call: callErase, method: http.MethodDelete, path: path, most: smallAnswer, write: true}
		if err := c.tell(ctx, q); !errors.Is(err, errNoID) {
			t.Errorf("DELETE %q: got %v, want %v", path, err, errNoID)
		}
	}
}

// Every DELETE there is goes through put, which puts an id into the path, and
// through do, which looks for it: no other code has a word for it.
func TestWhoMayDelete(t *testing.T) {
	allowed := map[string]int{"write.go": 1, "session.go": 1, "picture.go": 1, "call.go": 1}
	files, err := filepath.Glob("../../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, deeper := range []string{"../*/*.go", "../../cmd/*/*.go", "../../sources/*/*.go"} {
		more, err := filepath.Glob(deeper)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "mmsim") {
			continue
		}
		got, want := deletes(t, path), 0
		if filepath.Base(filepath.Dir(path)) == "mattermost" {
			want = allowed[filepath.Base(path)]
		}
		if got != want {
			t.Errorf("%s: got %d mentions of DELETE, want %d", path, got, want)
		}
	}
}

// deletes counts how often a file says DELETE as a method.
func deletes(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(gotoken.NewFileSet(), path, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		switch x := node.(type) {
		case *ast.SelectorExpr:
			if x.Sel.Name == "MethodDelete" {
				n++
			}
		case *ast.BasicLit:
			if strings.EqualFold(strings.Trim(x.Value, "\"`"), "delete") {
				n++
			}
		}
		return true
	})
	return n
}
