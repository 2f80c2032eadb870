package sources

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// How large an expression may be.
const (
	maxSource = 4 << 10
	maxNodes  = 1000
)

// The names under which a run's environment holds values. No attribute is
// stored under its bare name, so that an attribute called title or date and the
// function of that name do not meet.
const (
	oneOf  = "@" // + attribute: its value
	allOf  = "*" // + attribute: its values
	theNow = "now"
)

// An expression is ready to be evaluated.
type expression struct {
	path    string
	src     string // as the configuration has it
	program *vm.Program
	bare    string   // the attribute, when the expression is nothing else
	ones    []string // attributes of which it wants one value
	lists   []string // attributes of which it takes all values
}

// attributes returns what the expression reads.
func (e *expression) attributes() []string {
	all := slices.Concat(e.ones, e.lists)
	slices.Sort(all)
	return slices.Compact(all)
}

// newExpression compiles src, whose result must be of the given kind. It
// returns nil when there are faults.
func newExpression(path, src string, want reflect.Kind) (*expression, []Fault) {
	switch {
	case len(src) > maxSource:
		return nil, []Fault{{path, -1, "is longer than 4 KiB", ""}}
	case !utf8.ValidString(src):
		return nil, []Fault{{path, -1, "is not valid UTF-8", ""}}
	}
	rewritten := wordsForOperators(src)
	config := newConfig()
	tree, err := parser.ParseWithConfig(rewritten, config)
	if err != nil {
		return nil, []Fault{faultOf(path, rewritten, err)}
	}
	w := rewriter{path: path, src: src, e: expression{path: path, src: src}}
	tree.Node = w.rewrite(tree.Node)
	if len(w.faults) > 0 {
		return nil, w.faults
	}
	config.WithEnv(w.e.environment())
	program, err := compile(tree, config, want)
	if err != nil {
		return nil, []Fault{faultOf(path, rewritten, err)}
	}
	w.e.program = program
	if id, ok := tree.Node.(*ast.IdentifierNode); ok {
		w.e.bare = strings.TrimPrefix(id.Value, oneOf)
	}
	return &w.e, nil
}

func newConfig() *conf.Config {
	config := conf.CreateNew()
	config.MaxNodes = maxNodes
	config.DisableIfOperator = true
	for name := range config.Builtins {
		config.Disabled[name] = true
		// Without a function of that name the parser looks for a predicate and
		// complains of that, not of the unknown name.
		config.Functions[name] = &builtin.Function{Name: name}
	}
	clear(config.Builtins)
	for _, f := range functions() {
		b := &builtin.Function{Name: f.name, Func: f.call}
		for _, t := range f.types {
			b.Types = append(b.Types, reflect.TypeOf(t).Elem())
		}
		config.Functions[f.name] = b
	}
	return config
}

// environment returns a value of the right type under each name, for the type
// checker.
func (e *expression) environment() map[string]any {
	env := map[string]any{theNow: time.Time{}}
	for _, a := range e.ones {
		env[oneOf+a] = ""
	}
	for _, a := range e.lists {
		env[allOf+a] = []string{}
	}
	return env
}

// compile checks the tree once and makes a program of it. (With visitors the
// library checks a tree twice and lets mistakes inside of calls pass the second
// time, so the tree is rewritten before.)
func compile(tree *parser.Tree, config *conf.Config, want reflect.Kind) (*vm.Program, error) {
	got, err := checker.Check(tree, config)
	if err != nil {
		return nil, err
	}
	if got.Kind() != want {
		return nil, fmt.Errorf("is %s where %s is needed", kindName(got), kindName(wantType(want)))
	}
	if err := optimizer.Optimize(&tree.Node, config); err != nil {
		return nil, err
	}
	return compiler.Compile(tree, config)
}

func wantType(k reflect.Kind) reflect.Type {
	if k == reflect.Bool {
		return reflect.TypeFor[bool]()
	}
	return reflect.TypeFor[string]()
}

// kindName says what sort of value a type is, in an operator's words.
func kindName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[moment]():
		return "a date"
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		return "a list"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Float64:
		return "a number"
	}
	return "of no single type"
}

// faultOf turns an error of the library into a fault. Its positions count
// characters, ours bytes.
func faultOf(path, src string, err error) Fault {
	var at *file.Error
	if !errors.As(err, &at) {
		return Fault{path, 0, plainWords(err.Error()), ""}
	}
	return Fault{path, byteOffset(src, at.From), plainWords(at.Message), ""}
}

func byteOffset(src string, char int) int {
	for i := range src {
		if char <= 0 {
			return i
		}
		char--
	}
	return len(src)
}
