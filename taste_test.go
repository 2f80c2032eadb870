package syncd_test

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// What a reader can take in at once.
const (
	maxFile     = 400 // lines
	maxFunction = 60
)

// TestSizes: a function fits a screen, a file an hour. Tests are tables, and
// may be longer.
func TestSizes(t *testing.T) {
	for _, f := range production(t) {
		if n := f.fset.File(f.syntax.Pos()).LineCount(); n >= maxFile {
			t.Errorf("%s has %d lines; below %d is asked for", f.path, n, maxFile)
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.fset.Position(fn.End()).Line - f.line(fn) + 1; n > maxFunction {
				t.Errorf("%s: %s has %d lines; at most %d are asked for", f.at(fn), fn.Name.Name, n, maxFunction)
			}
		}
	}
}

// TestWords: the words that say nothing are no names of types, packages or
// files.
func TestWords(t *testing.T) {
	empty := []string{"manager", "service", "handler", "helper", "helpers", "util", "utils", "common",
		"engine", "entity", "item", "process", "data", "info"}
	for _, f := range tree(t) {
		names := append(strings.Split(strings.TrimSuffix(path.Base(f.path), ".go"), "_"), f.syntax.Name.Name)
		for _, d := range f.syntax.Decls {
			if gen, ok := d.(*ast.GenDecl); ok && gen.Tok == token.TYPE {
				names = append(names, declared(d)...)
			}
		}
		for _, name := range names {
			for _, w := range words(name) {
				if slices.Contains(empty, w) {
					t.Errorf("%s: %s has the word %s, which says nothing", f.path, name, w)
				}
			}
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && strings.EqualFold(id.Name, "dryrun") {
				t.Errorf("%s: %s: a dry run is no flag, it is stopping early", f.at(n), id.Name)
			}
			return true
		})
	}
}

// words splits a name in camel case: "HTTPHandler" is http and handler.
func words(name string) []string {
	var all []string
	start, runes := 0, []rune(name)
	for i := 1; i <= len(runes); i++ {
		if i == len(runes) ||
			unicode.IsUpper(runes[i]) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			all = append(all, strings.ToLower(string(runes[start:i])))
			start = i
		}
	}
	return all
}

func TestWordsOfAName(t *testing.T) {
	tests := map[string][]string{
		"HTTPHandler": {"http", "handler"}, "userItem": {"user", "item"}, "Database": {"database"},
		"data": {"data"}, "ID": {"id"}, "UserID": {"user", "id"}, "x": {"x"},
	}
	for name, want := range tests {
		if got := words(name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestNothingOnImport: nothing happens because a package is imported, and no
// note says that something is left to do.
func TestNothingOnImport(t *testing.T) {
	for _, f := range tree(t) {
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: an init runs whether or not its importer wants it", f.at(fn))
			}
		}
		for _, group := range f.syntax.Comments {
			for _, c := range group.List {
				for _, mark := range []string{"TO" + "DO", "FIX" + "ME", "XX" + "X"} {
					if strings.Contains(c.Text, mark) {
						t.Errorf("%s: %s: an issue is the place for it", f.at(c), mark)
					}
				}
			}
		}
	}
}

// TestDocs: each package says what it promises, each exported name what it is.
func TestDocs(t *testing.T) {
	documented := make(map[string]bool)
	for _, f := range production(t) {
		documented[f.dir] = documented[f.dir] || f.syntax.Doc != nil
		for _, d := range f.syntax.Decls {
			for _, name := range undocumented(d) {
				t.Errorf("%s: %s has no sentence", f.at(d), name)
			}
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: the package does not say what it promises", dir)
		}
	}
}

// undocumented returns the exported names of a declaration that have no
// comment, be it their own, at the end of their line or that of their group.
func undocumented(d ast.Decl) []string {
	var all []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
			all = append(all, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			var names []*ast.Ident
			own := false
			switch s := s.(type) {
			case *ast.TypeSpec:
				names, own = []*ast.Ident{s.Name}, s.Doc != nil || s.Comment != nil
			case *ast.ValueSpec:
				names, own = s.Names, s.Doc != nil || s.Comment != nil
			}
			for _, n := range names {
				if n.IsExported() && !own && d.Doc == nil {
					all = append(all, n.Name)
				}
			}
		}
	}
	return all
}

// receiver returns the name of the type that a method is of.
func receiver(d *ast.FuncDecl) string {
	switch x := d.Recv.List[0].Type.(type) {
	case *ast.StarExpr:
		if id, ok := x.X.(*ast.Ident); ok {
			return id.Name
		}
	case *ast.Ident:
		return x.Name
	}
	return ""
}

func production(t *testing.T) []source {
	t.Helper()
	return slices.DeleteFunc(tree(t), func(f source) bool { return f.test })
}
