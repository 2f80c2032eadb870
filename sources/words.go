package sources

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
)

// The language has four operators that people also like to call as functions:
// matches(s, "x") as well as s matches "x". Its parser knows them only between
// two values, so where one stands at the beginning of a value and before a
// parenthesis, its last letter is changed. Positions stay as they are.

func operatorWords() []string { return []string{"matches", "contains", "startsWith", "endsWith"} }

// asWord returns the name under which the operator is a function.
func asWord(operator string) string { return operator[:len(operator)-1] + "_" }

// wordsForOperators rewrites the calls. An expression that cannot be split
// into tokens is returned as it is: the parser says what is wrong.
func wordsForOperators(src string) string {
	tokens, err := lexer.Lex(file.NewSource(src))
	if err != nil {
		return src
	}
	out := []rune(src)
	for i, t := range tokens {
		if t.Kind != lexer.Operator || !slices.Contains(operatorWords(), t.Value) || i+1 == len(tokens) {
			continue
		}
		if tokens[i+1].Is(lexer.Bracket, "(") && startsValue(tokens[:i]) {
			out[t.To-1] = '_'
		}
	}
	return string(out)
}

// startsValue reports whether a value must come after the tokens.
func startsValue(before []lexer.Token) bool {
	for len(before) > 0 && before[len(before)-1].Is(lexer.Operator, "not") {
		before = before[:len(before)-1]
	}
	if len(before) == 0 {
		return true
	}
	last := before[len(before)-1]
	return last.Kind == lexer.Operator || last.Is(lexer.Bracket, "(", "[", "{")
}

// operatorsForWords gives a text the names that were written.
func operatorsForWords(text string) string {
	for _, w := range operatorWords() {
		text = strings.ReplaceAll(text, asWord(w), w)
	}
	return text
}

// plainWords turns a message of the library into one about what was written.
func plainWords(message string) string {
	names := strings.NewReplacer(fnAt, "[n]", fnPick, "first", "sources.moment", "date", "[]string", "list", "token EOF", "end")
	return strings.TrimSpace(names.Replace(operatorsForWords(message)))
}
