package mmsim

import "strings"

// supported are the locales that the server has texts for.
const supported = " bg de en en-AU es fa fr hu it ja ko nl pl pt-BR ro ru sv tr uk vi zh-CN zh-TW "

// languages are the two-letter codes of ISO 639.
const languages = " aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv" +
	" dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it" +
	" iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb" +
	" nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss" +
	" st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "

// isSupported reports whether the server has texts for a locale.
func isSupported(locale string) bool {
	return locale != "" && !strings.Contains(locale, " ") && strings.Contains(supported, " "+locale+" ")
}

// parsesLocale reports whether a user's locale may be stored. It need not be
// one that the server has texts for, and may be empty.
func parsesLocale(locale string) bool {
	if locale == "" {
		return true
	}
	language, region, has := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	if len(locale) > 5 || has && len(region) != 2 || !alphanumeric(language+region) {
		return false
	}
	if len(language) == 3 { // there are thousands of them
		return true
	}
	return len(language) == 2 && strings.Contains(languages, " "+strings.ToLower(language)+" ")
}
