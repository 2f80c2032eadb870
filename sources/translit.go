package sources

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// translit writes s in ASCII. German umlauts and ligatures become two letters,
// other letters lose their marks, Cyrillic and Greek are written as passports
// and road signs commonly do. What has no form in ASCII is dropped, so a name in
// another script may come out empty. Who needs å as aa replaces it beforehand.
func translit(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	last := rune(0)
	for _, r := range norm.NFC.String(s) {
		if isUpsilon(r) && unicode.ToLower(last) == 'ο' {
			r = vowelU(r)
		}
		writeASCII(&b, r)
		last = r
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isUpsilon(r rune) bool {
	r = unicode.ToLower(r)
	return r == 'υ' || r == 'ύ'
}

// vowelU returns what an upsilon after an omicron sounds like: together they
// are one vowel.
func vowelU(upsilon rune) rune {
	if unicode.IsUpper(upsilon) {
		return 'U'
	}
	return 'u'
}

func writeASCII(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf {
		b.WriteRune(r)
		return
	}
	if t, ok := spelling(r); ok {
		b.WriteString(t)
		return
	}
	// NFKD splits off marks and opens ligatures, wide letters and odd spaces.
	for _, d := range norm.NFKD.String(string(r)) {
		if d < utf8.RuneSelf {
			b.WriteRune(d)
		} else if t, ok := spelling(d); ok {
			b.WriteString(t)
		}
	}
}

// spelling returns the ASCII form of a letter that does not fall apart into an
// ASCII letter and marks.
func spelling(r rune) (string, bool) {
	lower := unicode.ToLower(r)
	t, ok := letter(lower)
	if !ok || lower == r || t == "" {
		return t, ok
	}
	return strings.ToUpper(t[:1]) + t[1:], true
}

func letter(r rune) (string, bool) {
	if t, ok := latin(r); ok {
		return t, true
	}
	switch {
	case r >= 'а' && r <= 'я':
		return [...]string{
			"a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p",
			"r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya",
		}[r-'а'], true
	case r >= 'ѐ' && r <= 'џ':
		return [...]string{
			"e", "yo", "dj", "g", "ye", "dz", "i", "yi", "j", "lj", "nj", "c", "k", "i", "u", "dz",
		}[r-'ѐ'], true
	case r == 'ґ':
		return "g", true
	case r >= 'α' && r <= 'ω':
		return [...]string{
			"a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l", "m", "n", "x", "o", "p",
			"r", "s", "s", "t", "y", "f", "ch", "ps", "o",
		}[r-'α'], true
	}
	return "", false
}

func latin(r rune) (string, bool) {
	switch r {
	case 'ä', 'æ', 'ǽ', 'ǣ':
		return "ae", true
	case 'ö', 'œ':
		return "oe", true
	case 'ü':
		return "ue", true
	case 'ß':
		return "ss", true
	case 'þ':
		return "th", true
	case 'ø', 'ǿ':
		return "o", true
	case 'ł':
		return "l", true
	case 'đ', 'ð':
		return "d", true
	case 'ħ':
		return "h", true
	case 'ı':
		return "i", true
	case 'ŋ':
		return "n", true
	case 'ŧ':
		return "t", true
	case 'ĸ':
		return "k", true
	case 'ə':
		return "e", true
	case '‐', '‑', '‒', '–', '—', '−':
		return "-", true
	case '‘', '’', 'ʼ', 'ʹ', '´':
		return "'", true
	}
	return "", false
}

// slug writes s in lower case with the letters, digits and signs that a user
// name may have. Whatever else stands between them becomes one dash; there is
// none at the ends.
func slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_') {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// title writes the first letter of each word in upper case and the others in
// lower case. Words end at white space, dash and apostrophe.
func title(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		was := start
		start = unicode.IsSpace(r) || r == '-' || r == '\'' || r == '’'
		if was {
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	}, s)
}
