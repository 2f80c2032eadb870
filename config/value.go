package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"
)

// scalar returns a single value, nil if the key is absent or holds something
// else.
func (o *object) scalar(key, want string, k Key) *yaml.Node {
	n := o.look(key, k)
	if n != nil && n.Kind != yaml.ScalarNode {
		o.wrong(key, n, want)
		return nil
	}
	return n
}

func (o *object) wrong(key string, n *yaml.Node, want string) {
	meant := ""
	if want == "text" && n.Kind == yaml.ScalarNode {
		meant = "put it into quotes"
	}
	o.fault(key, is(n)+", want "+want, meant)
}

// text reads a string and reports whether there was one.
func (o *object) text(key string, into *string, meaning string) bool {
	n := o.scalar(key, "text", Key{Type: "text", Default: *into, Meaning: meaning})
	switch {
	case n == nil:
		return false
	case n.Tag != "!!str":
		o.wrong(key, n, "text")
		return false
	}
	*into = n.Value
	return true
}

// flag reads true or false.
func (o *object) flag(key string, into *bool, meaning string) {
	n := o.scalar(key, "true or false", Key{Type: "true or false", Default: strconv.FormatBool(*into), Meaning: meaning})
	switch {
	case n == nil:
	case n.Tag != "!!bool":
		o.wrong(key, n, "true or false")
	default:
		*into = strings.EqualFold(n.Value, "true")
	}
}

// A span is what a number may be, both ends included.
type span struct{ least, most float64 }

// whole reads a whole number.
func (o *object) whole(key string, into *int, in span, meaning string) {
	n := o.scalar(key, "a whole number", Key{Type: "whole number", Default: strconv.Itoa(*into), Meaning: meaning})
	if n == nil {
		return
	}
	v, err := strconv.Atoi(n.Value)
	if n.Tag != "!!int" || err != nil {
		o.wrong(key, n, "a whole number")
		return
	}
	if o.within(key, float64(v), in) {
		*into = v
	}
}

// number reads a number.
func (o *object) number(key string, into *float64, in span, meaning string) {
	n := o.scalar(key, "a number", Key{Type: "number", Default: formatNumber(*into), Meaning: meaning})
	if n == nil {
		return
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	if n.Tag != "!!int" && n.Tag != "!!float" || err != nil || math.IsNaN(v) {
		o.wrong(key, n, "a number")
		return
	}
	if o.within(key, v, in) {
		*into = v
	}
}

func formatNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (o *object) within(key string, v float64, in span) bool {
	if v >= in.least && v <= in.most {
		return true
	}
	want := formatNumber(in.least)
	if in.least != in.most {
		want += " to " + formatNumber(in.most)
	}
	o.fault(key, formatNumber(v)+" is out of range, want "+want, "")
	return false
}

// duration reads a length of time between the two given ones.
func (o *object) duration(key string, into *time.Duration, in [2]time.Duration, meaning string) {
	n := o.scalar(key, "a duration", Key{Type: "duration", Default: formatDuration(*into), Meaning: meaning})
	if n == nil {
		return
	}
	v, err := parseDuration(n.Value)
	switch {
	case err != nil:
		o.fault(key, is(n)+", want a duration", "such as 90s, 12h or 7d")
	case v < in[0] || v > in[1]:
		o.fault(key, fmt.Sprintf("%s is out of range, want %s to %s", formatDuration(v), formatDuration(in[0]), formatDuration(in[1])), "")
	default:
		*into = v
	}
}

// choose reads one of the named values.
func choose[E fmt.Stringer](o *object, key string, into *E, all []E, meaning string) {
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.String()
	}
	n := o.scalar(key, "text", Key{Type: strings.Join(names, ", "), Default: (*into).String(), Meaning: meaning})
	if n == nil {
		return
	}
	for i, name := range names {
		if n.Value == name {
			*into = all[i]
			return
		}
	}
	o.unlisted(key, n.Value, names)
}

// choice reads one of the listed words.
func (o *object) choice(key string, into *string, words []string, meaning string) {
	n := o.scalar(key, "text", Key{Type: strings.Join(words, ", "), Default: *into, Meaning: meaning})
	if n == nil {
		return
	}
	for _, word := range words {
		if n.Value == word {
			*into = word
			return
		}
	}
	o.unlisted(key, n.Value, words)
}

func (o *object) unlisted(key, value string, words []string) {
	o.fault(key, fmt.Sprintf("%q is not known, want %s", brief(value), enumerate(words)), didYouMean(value, words))
}

// brief shortens a value for an error.
func brief(s string) string {
	const most = 40
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + cut
	}
	return s
}

// enumerate returns "a, b or c".
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// texts reads a list of strings.
func (o *object) texts(key string, into *[]string, meaning string) {
	n := o.look(key, Key{Type: "list of text", Default: "[" + strings.Join(*into, ", ") + "]", Meaning: meaning})
	if n == nil {
		return
	}
	all := make([]string, 0, len(n.Content))
	for i, one := range o.list(key, n) {
		switch {
		case void(one):
		case one.Kind != yaml.ScalarNode:
			o.d.fault(o.d.at(one), indexed(join(o.path, key), i), is(one)+", want text", "")
		case one.Tag != "!!str":
			o.d.fault(o.d.at(one), indexed(join(o.path, key), i), is(one)+", want text", "put it into quotes")
		default:
			all = append(all, one.Value)
		}
	}
	*into = all
}

// secret reads a reference to a secret.
func (o *object) secret(key string, into *Secret, meaning string) {
	n := o.look(key, Key{Type: "secret", Meaning: meaning})
	if n == nil {
		return
	}
	s, err := parseSecret(n.Value, o.d.dir)
	if n.Kind != yaml.ScalarNode || err != nil {
		o.d.hide(n)
		o.fault(key, "this is no reference to a secret (and is not shown in case it is the secret itself)",
			"write cred:NAME for a systemd credential, file:PATH or env:NAME; a secret that stood here should be replaced by a new one")
		return
	}
	*into = s
}
