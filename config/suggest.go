package config

import (
	"fmt"

	"github.com/directory-sync/syncd/sources"
)

// didYouMean returns the question to ask about a word that is not known, or ""
// when none of the known words is near.
func didYouMean(word string, known []string) string {
	return ask(sources.Nearest(word, known))
}

func ask(meant string) string {
	if meant == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %s?", meant)
}
