// Package syncd_test holds the rules that the whole tree keeps: who may import
// whom, how the two packages named sync live together, and the size and the
// words of what is written here.
package syncd_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/directory-sync/syncd"

// A room is a folder with one duty.
type room struct {
	dir    string   // ending in /... for the rooms below it
	why    string   // the reason for its bounds
	may    []string // what it may import of ours and of others; x/... is x and all below it
	bounds []string // what it may not import of the standard library, with all below it
}

// The rooms, the narrowest first. A package belongs to the first that names
// it.
func rooms() []room {
	return []room{
		{
			dir:    "sync",
			why:    "what decides is pure: the same input gives the same plan, and nothing that can fail is in the way",
			bounds: []string{"net", "os", "io", "log", "sync", "database", "syscall", "runtime", "math/rand", "crypto/rand"},
		},
		{
			dir:    "sources/...",
			why:    "a source reads and maps; it can neither see the other side nor write anything",
			may:    []string{"sync", "sources/...", "github.com/go-ldap/ldap/v3/...", "github.com/jcmturner/gokrb5/v8/client", "github.com/expr-lang/expr/...", "golang.org/x/text/...", "go.uber.org/zap/..."},
			bounds: []string{"database", "net/http"},
		},
		{
			dir:    "sink/mmsim",
			why:    "the simulator must not share a mistake with the client that is tested against it",
			may:    []string{"sync", "golang.org/x/time/...", "go.uber.org/zap/..."},
			bounds: []string{"database"},
		},
		{
			dir:    "sink/mattermost",
			why:    "the client speaks the server's language and knows nothing of people",
			may:    []string{"sync", "golang.org/x/time/...", "github.com/cenkalti/backoff/v5", "go.uber.org/zap/..."},
			bounds: []string{"database"},
		},
		{
			dir:    "sink/...",
			why:    "a sink does what the plan says; it must not learn where people come from or what was remembered",
			may:    []string{"sync", "sink/mattermost", "golang.org/x/time/...", "github.com/cenkalti/backoff/v5", "go.uber.org/zap/..."},
			bounds: []string{"database"},
		},
		{
			dir:    "state",
			why:    "what is remembered depends on the core's values alone, so that it outlives every edge",
			may:    []string{"sync", "modernc.org/sqlite/...", "github.com/jackc/pgx/v5/...", "go.uber.org/zap/..."},
			bounds: []string{"net/http"},
		},
		{
			dir: "state/pgtest",
			why: "it starts another program, and knows nothing of what that is for",
		},
		{
			dir:    "metrics",
			why:    "it shows a report; what it could reach it could come to steer",
			may:    []string{"sync", "github.com/prometheus/client_golang/...", "github.com/prometheus/exporter-toolkit/web"},
			bounds: []string{"database", "os"},
		},
		{
			dir:    "config",
			why:    "it knows the edges' settings, and starts none of them",
			may:    []string{"sync", "sources/...", "sink", "sink/mattermost", "state", "go.yaml.in/yaml/v4/..."},
			bounds: []string{"database"},
		},
		{dir: "deploy", why: "only tests: of what is installed, from the outside"},
		{dir: "cmd/syncd", why: "wiring: the only room that knows all others", may: []string{"..."}},
	}
}

// allows says why the room may not import p, or "".
func (r room) allows(p string) string {
	ours := strings.TrimPrefix(p, module+"/")
	if slices.ContainsFunc(r.may, func(pattern string) bool { return covers(pattern, ours) }) {
		return ""
	}
	if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") {
		return "is not in its list"
	}
	for _, b := range r.bounds {
		if covers(b+"/...", p) {
			return "is out of its bounds"
		}
	}
	return ""
}

// covers reports whether the pattern names p.
func covers(pattern, p string) bool {
	if pattern == "..." {
		return true
	}
	base, below := strings.CutSuffix(pattern, "/...")
	return p == base || below && strings.HasPrefix(p, base+"/")
}

func TestArrows(t *testing.T) {
	met := make(map[string]bool)
	for _, f := range tree(t) {
		i := slices.IndexFunc(rooms(), func(r room) bool { return covers(r.dir, f.dir) })
		if i < 0 {
			if f.dir != "." || !f.test {
				t.Errorf("%s: no room is named %s; DESIGN and this table say which there are", f.path, f.dir)
			}
			continue
		}
		met[rooms()[i].dir] = true
		if f.test {
			continue
		}
		for _, imp := range f.syntax.Imports {
			if why := rooms()[i].allows(importPath(imp)); why != "" {
				t.Errorf("%s: imports %s, which %s: %s", f.at(imp), importPath(imp), why, rooms()[i].why)
			}
		}
	}
	for _, r := range rooms() {
		if !met[r.dir] {
			t.Errorf("room %s is empty", r.dir)
		}
	}
}

// TestRoomsAreThere names each room of this version, so that none is lost or
// moved unnoticed.
func TestRoomsAreThere(t *testing.T) {
	got := make(map[string]bool)
	for _, f := range tree(t) {
		if !f.test {
			got[f.dir] = true
		}
	}
	want := []string{"cmd/syncd", "config", "metrics", "sink", "sink/mattermost", "sink/mmsim",
		"sources", "sources/csvfile", "sources/ldapdir", "state", "state/pgtest", "sync"}
	if all := slices.Sorted(maps.Keys(got)); !slices.Equal(all, want) {
		t.Errorf("got the rooms\n%s\nwant\n%s", all, want)
	}
}

// TestArrowsBite sees to it that the table refuses what it is there to refuse.
func TestArrowsBite(t *testing.T) {
	tests := []struct{ dir, path string }{
		{"sync", "os"}, {"sync", "io"}, {"sync", "io/fs"}, {"sync", "net/http"}, {"sync", "log/slog"}, {"sync", "sync"},
		{"sync", "sync/atomic"}, {"sync", "go.uber.org/zap"}, {"sync", module + "/sources"},
		{"sources", module + "/sink"}, {"sources/csvfile", module + "/state"}, {"sources/csvfile", module + "/config"},
		{"sources", "github.com/robfig/cron/v3"}, {"sources", "github.com/prometheus/client_golang/prometheus"},
		{"sink", module + "/sources"}, {"sink", module + "/sink/mmsim"}, {"sink/mmsim", module + "/sink/mattermost"},
		{"sink/mattermost", module + "/sink"}, {"sink/mattermost", "github.com/prometheus/client_golang/prometheus"},
		{"state", module + "/sink"}, {"state", module + "/config"}, {"metrics", "go.uber.org/zap"}, {"metrics", module + "/state"},
		{"config", module + "/cmd/syncd"}, {"config", module + "/metrics"}, {"config", "github.com/robfig/cron/v3"},
		{"config", "go.yaml.in/yaml/v4x"},
	}
	for _, tt := range tests {
		i := slices.IndexFunc(rooms(), func(r room) bool { return covers(r.dir, tt.dir) })
		if i < 0 || rooms()[i].allows(tt.path) == "" {
			t.Errorf("%s may import %s", tt.dir, tt.path)
		}
	}
}

// TestCoreIsPure: what no import shows. Time comes in as a value, and results
// do not depend on who was faster.
func TestCoreIsPure(t *testing.T) {
	for _, f := range tree(t) {
		if f.dir != "sync" || f.test {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt, *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
				t.Errorf("%s: the core has no concurrency", f.at(n))
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "After", "Sleep", "Local"}, n.Sel.Name) {
					t.Errorf("%s: time.%s: the core reads no clock", f.at(n), n.Sel.Name)
				}
			}
			return true
		})
	}
}

// TestTwoPackagesNamedSync: ours is bare and in the last group, the standard
// one is stdsync, in production and in tests.
func TestTwoPackagesNamedSync(t *testing.T) {
	for _, f := range tree(t) {
		last := 0 // line of the last import that is not ours
		for _, imp := range f.syntax.Imports {
			if !isOurs(importPath(imp)) {
				last = max(last, f.line(imp))
			}
		}
		for _, imp := range f.syntax.Imports {
			switch p := importPath(imp); {
			case p == "sync" && (imp.Name == nil || imp.Name.Name != "stdsync"):
				t.Errorf("%s: the standard sync is imported as stdsync, so that sync is always ours", f.at(imp))
			case p != "sync" && imp.Name != nil && imp.Name.Name == "stdsync":
				t.Errorf("%s: stdsync is the standard sync, not %s", f.at(imp), p)
			case isOurs(p) && imp.Name != nil && imp.Name.Name != "_":
				t.Errorf("%s: ours are imported without another name", f.at(imp))
			case isOurs(p) && (f.line(imp) < last || f.line(imp) == last+1):
				t.Errorf("%s: ours are the last group of imports, after an empty line", f.at(imp))
			}
		}
	}
}

// TestNoStandardName: with a name in both, goimports could pick the wrong
// package.
func TestNoStandardName(t *testing.T) {
	standard := exported(t, strings.TrimSpace(run(t, "go", "list", "-f", "{{.Dir}}", "sync")))
	if !slices.Contains(standard, "WaitGroup") {
		t.Fatalf("the standard sync has no WaitGroup, so this is not it: %s", standard)
	}
	for _, name := range exported(t, "sync") {
		if slices.Contains(standard, name) {
			t.Errorf("sync exports %s, as the standard package does", name)
		}
	}
}

// TestPackageNames: no room takes the name of a standard package or of one we
// depend on.
func TestPackageNames(t *testing.T) {
	taken := make(map[string]string)
	for p := range strings.FieldsSeq(run(t, "go", "list", "std")) {
		if !strings.Contains(p, "internal") && !strings.HasPrefix(p, "vendor/") {
			taken[baseName(p)] = p
		}
	}
	for _, f := range tree(t) {
		for _, imp := range f.syntax.Imports {
			if p := importPath(imp); !isOurs(p) && strings.Contains(p, ".") {
				taken[baseName(p)] = p
			}
		}
	}
	delete(taken, "sync")    // DESIGN 3 says why, and how it is lived with
	delete(taken, "metrics") // runtime/metrics: the Prometheus client reads it for us
	for _, f := range tree(t) {
		if p, ok := taken[f.syntax.Name.Name]; ok {
			t.Errorf("%s: package %s has the name of %s", f.path, f.syntax.Name.Name, p)
		}
	}
}

// baseName returns the name of a package as its path has it, without a
// version.
func baseName(p string) string {
	base := path.Base(p)
	if _, err := strconv.Atoi(strings.TrimPrefix(base, "v")); err == nil && strings.HasPrefix(base, "v") {
		base = path.Base(path.Dir(p))
	}
	return base
}

func isOurs(p string) bool { return strings.HasPrefix(p, module+"/") }

func importPath(imp *ast.ImportSpec) string {
	p, _ := strconv.Unquote(imp.Path.Value) // the parser has seen that it is a string
	return p
}

// exported returns the exported top-level names of the package in dir.
func exported(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, d := range parse(t, file).syntax.Decls {
			all = append(all, slices.DeleteFunc(declared(d), func(name string) bool { return !ast.IsExported(name) })...)
		}
	}
	return all
}

// declared returns the names that a top-level declaration makes, methods not
// among them.
func declared(d ast.Decl) []string {
	var all []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			all = append(all, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				all = append(all, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					all = append(all, n.Name)
				}
			}
		}
	}
	return all
}

// A source is one Go file of the tree.
type source struct {
	path, dir string
	test      bool
	fset      *token.FileSet
	syntax    *ast.File
}

func (s source) at(n ast.Node) string { return s.fset.Position(n.Pos()).String() }
func (s source) line(n ast.Node) int  { return s.fset.Position(n.Pos()).Line }

// tree returns every Go file of the module, whatever system it is for.
func tree(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name()[0] == '.' || d.Name() == "testdata" || name == "tools"):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(name, ".go"):
			all = append(all, parse(t, name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func parse(t *testing.T, name string) source {
	t.Helper()
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	slash := filepath.ToSlash(name)
	return source{slash, path.Dir(slash), strings.HasSuffix(name, "_test.go"), fset, syntax}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	return string(out)
}
