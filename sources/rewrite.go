package sources

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/expr-lang/expr/ast"
	"golang.org/x/text/unicode/norm"
)

// A rewriter turns a parsed expression into the one that is evaluated:
// attributes get their names in the environment, regular expressions and
// layouts are checked, and what the language offers but we do not is a fault.
type rewriter struct {
	path   string
	src    string
	e      expression
	faults []Fault
}

func (w *rewriter) fault(n ast.Node, meant, format string, args ...any) {
	offset := byteOffset(w.src, n.Location().From)
	w.faults = append(w.faults, Fault{w.path, offset, fmt.Sprintf(format, args...), meant})
}

func (w *rewriter) rewrite(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
	case *ast.StringNode:
		n.Value = norm.NFC.String(n.Value)
	case *ast.IdentifierNode:
		return w.attribute(n, n.Value)
	case *ast.UnaryNode:
		n.Node = w.rewrite(n.Node)
	case *ast.ConditionalNode:
		n.Cond, n.Exp1, n.Exp2 = w.rewrite(n.Cond), w.rewrite(n.Exp1), w.rewrite(n.Exp2)
	case *ast.ArrayNode:
		w.rewriteAll(n.Nodes)
	case *ast.BinaryNode:
		return w.binary(n)
	case *ast.MemberNode:
		return w.member(n)
	case *ast.CallNode:
		return w.call(n)
	case *ast.BuiltinNode:
		w.unknown(n, n.Name)
	case *ast.NilNode:
		w.fault(n, "empty(…)", "nil is never met: what is absent is \"\"")
	default:
		w.fault(n, "", "%s is not part of the language here", describe(n))
	}
	return n
}

func (w *rewriter) rewriteAll(nodes []ast.Node) {
	for i := range nodes {
		nodes[i] = w.rewrite(nodes[i])
	}
}

// describe names what the language has and we do not.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.SliceNode:
		return "[from:to]"
	case *ast.MapNode:
		return "a map"
	case *ast.ChainNode:
		return "?."
	case *ast.VariableDeclaratorNode:
		return "let"
	case *ast.SequenceNode:
		return ";"
	}
	return "this"
}

// attribute returns the node that reads one value of an attribute.
func (w *rewriter) attribute(n ast.Node, name string) ast.Node {
	if name == "$env" || name == "" {
		w.fault(n, "", "%q is no attribute", name)
		return n
	}
	if !slices.Contains(w.e.ones, name) {
		w.e.ones = append(w.e.ones, name)
	}
	return placed(n, &ast.IdentifierNode{Value: oneOf + name})
}

// list returns the node that reads all values of an attribute, when n names
// one, and otherwise n rewritten.
func (w *rewriter) list(n ast.Node) ast.Node {
	name, ok := attributeName(n)
	if !ok {
		return w.rewrite(n)
	}
	if !slices.Contains(w.e.lists, name) {
		w.e.lists = append(w.e.lists, name)
	}
	return placed(n, &ast.IdentifierNode{Value: allOf + name})
}

// placed gives the new node the place of the old one.
func placed(old, n ast.Node) ast.Node {
	n.SetLocation(old.Location())
	return n
}

// attributeName returns the attribute that n is: a name, or attr("name").
func attributeName(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value, n.Value != "$env"
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok && callee.Value == "attr" && len(n.Arguments) == 1 {
			if s, ok := n.Arguments[0].(*ast.StringNode); ok {
				return s.Value, s.Value != ""
			}
		}
	}
	return "", false
}

func (w *rewriter) binary(n *ast.BinaryNode) ast.Node {
	switch n.Operator {
	case "..":
		w.fault(n, "", ".. is not part of the language here")
	case "??":
		w.fault(n, "first(a, b)", "?? never takes its right side: what is absent is \"\"")
	case "-":
		left, ok1 := attributeName(n.Left)
		right, ok2 := attributeName(n.Right)
		if ok1 && ok2 {
			w.fault(n, fmt.Sprintf("attr(%q)", left+"-"+right), "text cannot be subtracted")
		}
	case "in":
		n.Left, n.Right = w.rewrite(n.Left), w.list(n.Right)
		return n
	case "matches":
		if _, ok := n.Right.(*ast.StringNode); !ok {
			w.fault(n, "", "matches needs a regular expression in quotes")
		}
	}
	n.Left, n.Right = w.rewrite(n.Left), w.rewrite(n.Right)
	return n
}

// member turns list[n] into a call that does not mind an n beyond the list.
func (w *rewriter) member(n *ast.MemberNode) ast.Node {
	property, isName := n.Property.(*ast.StringNode)
	if isName {
		meant := ""
		if id, ok := n.Node.(*ast.IdentifierNode); ok {
			meant = fmt.Sprintf("attr(%q)", id.Value+"."+property.Value)
		}
		w.fault(n, meant, "a value has no part named %q", property.Value)
		return n
	}
	return w.callOf(n, fnAt, w.rewrite(n.Node), w.rewrite(n.Property))
}

func (w *rewriter) callOf(place ast.Node, name string, args ...ast.Node) ast.Node {
	callee := placed(place, &ast.IdentifierNode{Value: name})
	return placed(place, &ast.CallNode{Callee: callee, Arguments: args})
}

func (w *rewriter) call(n *ast.CallNode) ast.Node {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return w.rewrite(n.Callee)
	}
	switch callee.Value {
	case "attr":
		return w.attr(n)
	case "memberOf":
		return w.memberOf(n)
	}
	if !slices.Contains(functionNames(), operatorsForWords(callee.Value)) {
		w.unknown(n, callee.Value)
		return n
	}
	for i, a := range n.Arguments {
		n.Arguments[i] = w.argument(callee.Value, i, a)
	}
	if callee.Value == "past" {
		n.Arguments = append(n.Arguments, placed(n, &ast.IdentifierNode{Value: theNow}))
	}
	return n
}

func (w *rewriter) attr(n *ast.CallNode) ast.Node {
	name, ok := attributeName(n)
	if !ok {
		w.fault(n, "", "attr needs the name of an attribute in quotes")
		return n
	}
	return w.attribute(n, name)
}

// memberOf reads whether the person is in a group. What is in a group is the
// source's business: it says so by an attribute that no directory has.
func (w *rewriter) memberOf(n *ast.CallNode) ast.Node {
	name := ""
	if len(n.Arguments) == 1 {
		if s, ok := n.Arguments[0].(*ast.StringNode); ok {
			name = norm.NFC.String(s.Value)
		}
	}
	if name == "" {
		w.fault(n, "", "memberOf needs the name of a group in quotes")
		return placed(n, &ast.BoolNode{})
	}
	return placed(n, &ast.BinaryNode{
		Operator: "!=", Left: w.attribute(n, GroupAttribute(name)), Right: placed(n, &ast.StringNode{}),
	})
}

// argument rewrites an argument of a call as the function wants it.
func (w *rewriter) argument(name string, i int, a ast.Node) ast.Node {
	switch {
	case name == "first":
		if _, ok := attributeName(a); ok {
			return w.callOf(a, fnPick, w.list(a))
		}
	case i == 0 && (name == "has" || name == "join" || name == "empty" || name == "smtp"):
		return w.list(a)
	case i == 1 && name == asWord("matches"):
		return w.pattern(a)
	case i == 1 && name == "date":
		return w.layout(a)
	}
	return w.rewrite(a)
}

// pattern compiles a regular expression at load.
func (w *rewriter) pattern(n ast.Node) ast.Node {
	s, ok := n.(*ast.StringNode)
	if !ok {
		w.fault(n, "", "matches needs a regular expression in quotes")
		return placed(n, &ast.ConstantNode{})
	}
	re, err := regexp.Compile(norm.NFC.String(s.Value))
	if err != nil {
		w.fault(n, "", "%v", err)
	}
	return placed(n, &ast.ConstantNode{Value: re})
}

// layout checks the form of a date at load.
func (w *rewriter) layout(n ast.Node) ast.Node {
	s, ok := n.(*ast.StringNode)
	if !ok {
		w.fault(n, "", "date needs a layout in quotes")
		return placed(n, &ast.ConstantNode{})
	}
	if message := layoutFault(s.Value); message != "" {
		w.fault(n, "", "%q %s", s.Value, message)
	}
	return placed(n, &ast.ConstantNode{Value: []string{s.Value}})
}

func (w *rewriter) unknown(n ast.Node, name string) {
	w.fault(n, Nearest(name, functionNames()), "%s is no function", name)
}

// functionNames returns what can be called, as it is written.
func functionNames() []string {
	names := []string{"attr", "memberOf"}
	for _, f := range functions() {
		if f.name != fnAt && f.name != fnPick {
			names = append(names, operatorsForWords(f.name))
		}
	}
	return names
}
