package sources

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

// now is a Tuesday in the week before Advent.
func now() time.Time { return time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC) }

// textSpec returns a spec whose nickname comes from an expression.
func textSpec(from string) Spec {
	return Spec{
		Source: "hr", Anchor: "id",
		Fields: map[sync.Field]FieldSpec{
			sync.Username: {From: "'anna'"},
			sync.Email:    {From: "'anna@example.org'"},
			sync.Nickname: {From: from, OnEmpty: Clear},
		},
	}
}

func compiled(t testing.TB, spec Spec) *Mapping {
	t.Helper()
	m, faults := Compile(spec)
	if len(faults) > 0 {
		t.Fatalf("got faults %v", faults)
	}
	return m
}

// evaluated returns what an expression gives for a record, or its reject.
func evaluated(t testing.TB, from string, r Record) string {
	t.Helper()
	r["id"] = "1"
	got := compiled(t, textSpec(from)).Map(r, sync.Origin{}, now())
	if got.Reject != nil {
		return "reject: " + got.Reject.Detail
	}
	return got.Identity.Profile[sync.Nickname]
}

func TestText(t *testing.T) {
	record := func() Record {
		return Record{
			"login": "  A.Müller ", "mail": "Anna.M@Example.org", "empty": "", "spaces": " \t", "title": "Dr.", "x-y.z": "odd",
			"groups": []string{"b", "a", "", "a "}, "one": []string{"only"}, "none": []string{}, "uac": "514", "path": "a/b/c",
			"decomposed": "Mu\u0308ller", "cyr": "Щукин Ёлкин Объект", "list": "a; b;c",
		}
	}
	tests := []struct{ from, want string }{
		{"login", "A.Müller"},
		{"absent", ""},
		{"lower(login)", "a.müller"},
		{"upper(login)", "A.MÜLLER"},
		{"title('anna-maria MÜLLER o’neill')", "Anna-Maria Müller O’Neill"},
		{"title(title)", "Dr."},
		{"trim('  a ') + '|'", "a|"},
		{"login | lower() | left(3)", "a.m"},
		{"first(absent, spaces, mail)", "Anna.M@Example.org"},
		{"first(absent, groups)", "a"},
		{"first(absent)", ""},
		{"concat(title, ' ', login)", "Dr. A.Müller"},
		{"title + ' ' + absent + '!'", "Dr. !"},
		{"left('Müller', 2)", "Mü"},
		{"left('Mü', 9) + left('x', -1) + left(absent, 2)", "Mü"},
		{"right('Müller', 5)", "üller"},
		{"right('Mü', 9) + right('x', 0) + right('x', -1)", "Mü"},
		{"replace(mail, '.', '-')", "Anna-M@Example-org"},
		{"replace(mail, '', '-')", "Anna.M@Example.org"},
		{"split(mail, '@')[0]", "Anna.M"},
		{"split(mail, '@')[-1]", "Example.org"},
		{"split(mail, '@')[7] + split(absent, '@')[0] + split('a', '')[0]", "a"},
		{"part(path, '/', 1) + part(path, '/', -1) + part(path, '/', 3)", "bc"},
		{"join(groups, '+')", "a+b"},
		{"join(one, '+') + join(none, '+') + join(absent, '+') + join(title, '+')", "onlyDr."},
		{"join(split(list, ';'), '')", "a bc"},
		{"attr('x-y.z')", "odd"},
		{"one", "only"},
		{"none", ""},
		{"groups", "reject: mapping.nickname.from: attribute groups has several values where one is needed: use first, has or join"},
		{"decomposed == 'Müller' ? 'same' : 'other'", "same"},
		{"decomposed == 'Mu\u0308ller' ? 'same' : 'other'", "same"},
		{"'u' + '\u0308'", "ü"},
		{"translit('Ärger Öl Übel Straße Ægir Œuvre')", "Aerger Oel Uebel Strasse Aegir Oeuvre"},
		{"translit('Åse Øst Łódź Đorđe Þór Þórð İzmir Ğ ı')", "Ase Ost Lodz Dorde Thor Thord Izmir G i"},
		{"translit('José Núñez Čapek Ő ﬁ Ａ')", "Jose Nunez Capek O fi A"},
		{"translit('u\u0308')", "ue"},
		{"translit(cyr)", "Shchukin Yolkin Obekt"},
		{"translit('Їжак Єва Ґудзь')", "Yizhak Yeva Gudz"},
		{"translit('Παπαδόπουλος Ευθύμιος ΟΥΡΑΝΟΣ Ούτε')", "Papadopoulos Eythymios OURANOS Oute"},
		{"translit('山田 a–b O’Neill')", "a-b O'Neill"},
		{"slug('--Anna  Maria_M.ü.ller--')", "anna-maria_m.-.ller"},
		{"slug(' & ')", ""},
		{"slug(translit('Anna Müller (ext.)'))", "anna-mueller-ext."},
		{"has(groups, 'a') ? 'yes' : 'no'", "yes"},
		{"has(groups, 'c') or has(absent, 'a') ? 'yes' : 'no'", "no"},
		{"has(title, 'Dr.') and has(split(list, ';'), 'b') ? 'yes' : 'no'", "yes"},
		{"'a' in groups and not ('c' in groups) and title in ['Dr.', 'Prof.'] ? 'yes' : 'no'", "yes"},
		{"empty(absent) and empty(none) and empty('') and not empty(groups) and not empty(title) ? 'yes' : 'no'", "yes"},
		{"matches(login, '^A\\\\.M') and login matches 'r$' and not matches(absent, '.') ? 'yes' : 'no'", "yes"},
		{"not matches(title, 'x') and title not matches 'x' ? 'yes' : 'no'", "yes"},
		{"title matches ('D') ? 'yes' : 'no'", "yes"},
		{"title contains ('r') and contains(title, 'D') and not contains(title, 'x') ? 'yes' : 'no'", "yes"},
		{"startsWith(title, 'D') and title startsWith 'D' and not startsWith(title, 'r') ? 'yes' : 'no'", "yes"},
		{"endsWith(title, '.') and title endsWith '.' and not endsWith(absent, 'r') ? 'yes' : 'no'", "yes"},
		{"bit(uac, 2) and not bit(uac, 4) and not bit(absent, 2) and bit(6, 2) ? 'yes' : 'no'", "yes"},
		{"bit(title, 2) ? 'yes' : 'no'", "reject: mapping.nickname.from: the value is no whole number (attribute title)"},
		{"len('Mü') == 2 and len(absent) == 0 and len(split(path, '/')) == 3 ? 'yes' : 'no'", "yes"},
		{"past(date(title)) ? 'yes' : 'no'", "reject: mapping.nickname.from: " + errNoDate.Error() + " (attribute title)"},
	}
	for _, test := range tests {
		t.Run(test.from, func(t *testing.T) {
			if got := evaluated(t, test.from, record()); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestDates(t *testing.T) {
	tests := []struct{ expression, value, want string }{
		{"past(date(d))", "2026-11-23", "true"},
		{"past(date(d))", "2026-11-24", "false"}, // the day itself is not over
		{"past(date(d))", "23.11.2026", "true"},
		{"past(date(d))", "3.1.2026", "true"},
		{"past(date(d))", "24.11.2026", "false"},
		{"past(date(d))", "20261123", "true"},
		{"past(date(d))", "2026-11-24T11:59:59Z", "true"},
		{"past(date(d))", "2026-11-24T12:00:00Z", "false"},
		{"past(date(d))", "2026-11-24T12:30:00+01:00", "true"},
		{"past(date(d))", "2026-11-24T12:30:00.5Z", "false"},
		{"past(date(d))", "2026-11-24 11:59", "true"},
		{"past(date(d))", "24.11.2026 12:01:00", "false"},
		{"past(date(d))", "20261124115900Z", "true"},
		{"past(date(d))", "202611241159Z", "true"},
		{"past(date(d))", "202611241201Z", "false"},
		{"past(date(d))", "9999-12-31", "false"},
		{"past(date(d))", "", "false"},
		{"past(date(d))", "11/23/2026", "reject"}, // or the 11th of the 23rd month
		{"past(date(d))", "0000-00-00", "reject"},
		{"past(date(d))", "2026-02-30", "reject"},
		{"past(date(d))", "soon", "reject"},
		{"past(date(d, '01/02/2006'))", "11/23/2026", "true"},
		{"past(date(d, '01/02/2006'))", "11/24/2026", "false"},
		{"past(date(d, '02.01.2006 15h'))", "24.11.2026 11h", "true"},
		{"past(date(d, '02.01.2006'))", "2026-11-23", "reject"},
	}
	for _, test := range tests {
		t.Run(test.expression+" "+test.value, func(t *testing.T) {
			got := evaluated(t, test.expression+" ? 'true' : 'false'", Record{"d": test.value})
			if got, _, _ = strings.Cut(got, ":"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestExpressionFaults(t *testing.T) {
	tests := []struct{ from, want string }{
		{"lowr(login)", "at 0: lowr is no function, did you mean lower?"},
		{"login + xyzzy(login)", "at 8: xyzzy is no function"},
		{"filter(login, true)", "at 0: filter is no function"},
		{"map(login)", "at 0: map is no function"},
		{"now()", "at 0: now is no function"},
		{"ä + lowr(ö) + uper(ü)", "at 5: lowr is no function, did you mean lower?; at 16: uper is no function, did you mean upper?"},
		{"matchs(login, 'x') ? 'a' : 'b'", "at 0: matchs is no function, did you mean matches?"},
		{"login +", "at 6: unexpected end"},
		{"login == 'a", "at 11: literal not terminated"},
		{"", ": has no expression"},
		{"  ", ": has no expression"},
		{"login == 'a'", "at 0: is true or false where text is needed"},
		{"len(login)", "at 0: is a number where text is needed"},
		{"split(login, ',')", "at 0: is a list where text is needed"},
		{"date(login)", "at 0: is a date where text is needed"},
		{"true ? 'a' : 1", "at 0: is of no single type where text is needed"},
		{"lower(1)", "at 6: cannot use int as argument (type string) to call lower"},
		{"lower(upper(1))", "at 12: cannot use int as argument (type string) to call upper"},
		{"lower(login, mail)", "at 0: too many arguments to call lower"},
		{"left(login)", "at 0: not enough arguments to call left"},
		{"first()", "at 0: not enough arguments to call first"},
		{"login[0]", "at 0: cannot use string as argument (type list) to call [n]"},
		{"login[1:2]", "at 5: [from:to] is not part of the language here"},
		{"user.name", `at 5: a value has no part named "name", did you mean attr("user.name")?`},
		{"user.name()", `at 5: a value has no part named "name", did you mean attr("user.name")?`},
		{"user?.name", "at 6: ?. is not part of the language here"},
		{"login ?? mail", `at 6: ?? never takes its right side: what is absent is "", did you mean first(a, b)?`},
		{"login == nil ? 'a' : 'b'", `at 9: nil is never met: what is absent is "", did you mean empty(…)?`},
		{"$env", `at 0: "$env" is no attribute`},
		{"$env['login']", `at 4: a value has no part named "login", did you mean attr("$env.login")?`},
		{"let x = login; x", "at 4: let is not part of the language here"},
		{"'1' in 1..9 ? 'a' : 'b'", "at 8: .. is not part of the language here"},
		{"{a: login}", "at 0: a map is not part of the language here"},
		{"attr(login)", "at 0: attr needs the name of an attribute in quotes"},
		{"attr('')", "at 0: attr needs the name of an attribute in quotes"},
		{"x-y", `at 1: text cannot be subtracted, did you mean attr("x-y")?`},
		{"login - 'a'", "at 6: invalid operation: - (mismatched types string and string)"},
		{"age > 18 ? 'a' : 'b'", "at 4: invalid operation: > (mismatched types string and int)"},
		{"matches(login, '(') ? 'a' : 'b'", "at 15: error parsing regexp: missing closing ): `(`"},
		{"login matches '(' ? 'a' : 'b'", "at 6: error parsing regexp: missing closing ): `(`"},
		{"matches(login, mail) ? 'a' : 'b'", "at 15: matches needs a regular expression in quotes"},
		{"login matches mail ? 'a' : 'b'", "at 6: matches needs a regular expression in quotes"},
		{"past(date(d, 'dd.mm.yyyy')) ? 'a' : 'b'", `at 13: "dd.mm.yyyy" is no layout of a date: write how 2 January 2006, 15:04:05 would look, such as 02.01.2006`},
		{"past(date(d, d)) ? 'a' : 'b'", "at 13: date needs a layout in quotes"},
		{"past(d) ? 'a' : 'b'", "at 5: cannot use string as argument (type date) to call past"},
		{strings.Repeat("(", 5000) + "a" + strings.Repeat(")", 5000), ": is longer than 4 KiB"},
		{"a" + strings.Repeat("+a", 1000), "at 1001: compilation failed: expression exceeds maximum allowed nodes"},
		{"'\xff'", ": is not valid UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.from[:min(40, len(test.from))], func(t *testing.T) {
			m, faults := Compile(textSpec(test.from))
			if m != nil {
				t.Error("got a mapping beside the faults")
			}
			var got []string
			for _, f := range faults {
				got = append(got, strings.TrimSpace(strings.TrimPrefix(f.String(), "mapping.nickname.from")))
			}
			if diff := cmp.Diff(strings.Join(got, "; "), test.want); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
		})
	}
}

// TestNoFunctionMindsAnAbsentValue calls each function with attributes that no
// record has.
func TestNoFunctionMindsAnAbsentValue(t *testing.T) {
	calls := map[string]string{
		"attr": "attr('x')", "memberOf": "memberOf('x')", "lower": "lower(x)", "upper": "upper(x)", "title": "title(x)", "trim": "trim(x)",
		"translit": "translit(x)", "slug": "slug(x)", "first": "first(x, y)", "concat": "concat(x, y)",
		"left": "left(x, 1)", "right": "right(x, 1)", "replace": "replace(x, y, z)",
		"split": "split(x, y)[0]", "part": "part(x, y, 0)", "join": "join(x, y)",
		"len": "len(x) > 0", "empty": "empty(x)", "has": "has(x, y)", "contains": "contains(x, 'a')",
		"startsWith": "startsWith(x, 'a')", "endsWith": "endsWith(x, 'a')", "matches": "matches(x, 'a')",
		"filetime": "past(filetime(x))", "days": "past(days(x))", "smtp": "smtp(x)",
		"flag": "flag(x)", "adminLocked": "adminLocked(x)", "lockedOut": "lockedOut(x)", "passwordExpired": "passwordExpired(x)",
		"bit": "bit(x, 2)", "date": "past(date(x))", "past": "past(date(x, '2006-01-02'))",
	}
	for _, name := range functionNames() {
		call, ok := calls[name]
		if !ok {
			t.Errorf("no call of %s is tried", name)
			continue
		}
		want := ""
		if m, _ := Compile(textSpec(call)); m == nil {
			call, want = call+" ? 'yes' : 'no'", "no"
		}
		if name == "empty" {
			want = "yes"
		}
		if got := evaluated(t, call, Record{}); got != want {
			t.Errorf("%s: got %q, want %q", call, got, want)
		}
	}
}

func TestTextsThatGrow(t *testing.T) {
	r := Record{"a": strings.Repeat("щ", 20000), "b": strings.Repeat("x", 60000)}
	for _, from := range []string{"translit(a)", "replace(b, 'x', 'yy')", "concat(b, b)", "join(split(b, 'x'), 'yy')"} {
		if got := evaluated(t, from, r); !strings.HasPrefix(got, "reject: mapping.nickname.from: "+errGrown.Error()) {
			t.Errorf("%s: got %.80q, want a reject", from, got)
		}
	}
	if got := evaluated(t, "b + b", r); got != "reject: mapping.nickname.from: the value is longer than 64 KiB (attribute b)" {
		t.Errorf("got %.80q, want a reject", got)
	}
}
