package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/sync"
)

// Wishes are what a person says on the command line for one run. The zero value
// says nothing, as in the daemon.
type wishes struct {
	adopt    sync.FieldSet // take over accounts with the same of these
	who      []string      // keys or user names of people whose account may look like another's
	only     bool          // plan nothing but adoptions
	split    []sync.Key    // people who are not whom a join value says
	pictures bool          // read pictures now, whenever they were read last
	attended bool          // the person looks at the outcome
	bulk     *bulkWish     // have the server move everybody to another sign-in, and plan nothing else
}

// A wishList is the flags by which wishes are said.
type wishList struct {
	adopt, who, split []string
	pictures          bool
}

func (l *wishList) flags(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&l.adopt, "adopt", nil, "take over accounts that exist, by `email`; username is a weak proof: see who it would be with plan first")
	l.whoFlag(cmd)
	cmd.Flags().StringArrayVar(&l.split, "split", nil, "the person with this `KEY` is not whom a join value says, and stands alone")
	cmd.Flags().BoolVar(&l.pictures, "pictures", false, "read the pictures now, although pictures.every has not passed")
	offer(cmd, "adopt", adoptions())
}

func (l *wishList) whoFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&l.who, "who", nil, "take over the account of this `PERSON` (key or user name), although it is an administrator's or guest's, was somebody else's, has another e-mail domain or another sign-in")
}

// read returns the wishes. They are a person's.
func (l *wishList) read() (wishes, error) {
	w := wishes{attended: true, who: l.who, pictures: l.pictures}
	for _, name := range l.adopt {
		f, ok := sync.ParseField(name)
		if !ok || f != sync.Username && f != sync.Email {
			return w, usageError{fmt.Errorf("--adopt %q: want username, email or both", name)}
		}
		w.adopt |= sync.SetOf(f)
	}
	for _, k := range l.split {
		w.split = append(w.split, sync.Key(k))
	}
	return w, nil
}

// words are the flags that say the wishes again.
func (w wishes) words() []string {
	var words []string
	if w.adopt != 0 {
		words = append(words, "--adopt "+w.adopt.String())
	}
	for _, who := range w.who {
		words = append(words, "--who "+shellWord(who))
	}
	for _, k := range slices.Sorted(slices.Values(w.split)) {
		words = append(words, "--split "+shellWord(string(k)))
	}
	if w.pictures {
		words = append(words, "--pictures")
	}
	return words
}

// command returns the name under which programs get the report: that of the
// command, or of adopt, which is one of them with less.
func (w wishes) command(name string) string {
	if w.only {
		return "adopt"
	}
	return name
}
