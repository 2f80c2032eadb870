package sync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
)

// NoPicture is the digest of a picture that is not there, where a source has
// looked. The empty digest says that nobody looked.
const NoPicture = "none"

// A Picture is what a source says of a person's picture, without its bytes. The
// zero value says nothing: the source has no pictures, or they were not read
// this time.
type Picture struct {
	Digest string // [PictureDigest] of the bytes, NoPicture, or ""
	Key    Key    // of the record that has it: who is to be asked for the bytes
	Fault  string // why the picture cannot be used; Digest may be "" then
}

// PictureDigest returns a digest of a picture's bytes by which it is known
// again: 32 digits.
func PictureDigest(picture []byte) string {
	sum := sha256.Sum256(picture)
	return hex.EncodeToString(sum[:16])
}

// Shot returns the picture, the zero one if the source has not looked for it.
func (id *Identity) Shot() Picture {
	if id.Picture == nil {
		return Picture{}
	}
	return *id.Picture
}

// stated reports whether a source has looked for the picture.
func (p Picture) stated() bool { return p.Digest != "" || p.Fault != "" }

// merge returns the picture of somebody of whom another source states another
// one: the first that is there counts, and none only where no source has any.
func (p Picture) merge(other Picture) Picture {
	if !p.stated() || p.Digest == NoPicture && other.stated() {
		return other
	}
	return p
}

// ErrPicture is the error of a picture that cannot be had, where nothing is wrong
// with the source as such.
var ErrPicture = errors.New("the picture cannot be used")

// A Gallery is a source that has pictures.
type Gallery interface {
	// ReadPictures is Read, with the picture of everybody stated.
	ReadPictures(ctx context.Context) (Snapshot, error)

	// Pictures opens the pictures of the people with the keys.
	Pictures(ctx context.Context, keys []Key) (Pictures, error)
}

// Pictures are the pictures of some people. They are not for use by several
// goroutines at the same time.
type Pictures interface {
	// Picture returns the bytes of somebody's picture as it is now, no more than
	// the source is to take of one; nil for somebody who has none.
	Picture(ctx context.Context, key Key) ([]byte, error)

	Close() error
}

// portray gives the account the picture that the source has, where that is not
// the one that syncd gave it last, and takes back the one that syncd gave it
// where no source has one any more. Whoever is known to a source that was not
// read is held before it comes to this.
func portray(in brief, p *person) []Note {
	s, flaw := p.portrait()
	if s.Kind == StepNone && flaw == "" {
		return nil
	}
	if why := in.keepsPicture(p, s); why != "" {
		return []Note{p.pictureNote(WarnPictureLocked, why)}
	}
	if flaw != "" {
		return []Note{p.pictureNote(WarnPicture, flaw)}
	}
	p.insertPicture(s)
	return nil
}

func (p *person) pictureNote(r Reason, detail string) Note {
	return Note{Key: p.key, Username: p.change().Username(), Reason: r, Detail: detail}
}

// keepsPicture says why the server would not carry out the step, or "". What
// comes from its own directory it lets nobody replace, but remove.
func (in brief) keepsPicture(p *person, s Step) string {
	if no := in.Facts.Cannot[SetPicture]; no != "" {
		return no
	}
	if service := p.serviceThen(); in.Facts.OwnPictures[service] && s.Picture.Digest != NoPicture {
		return "the server has its own pictures of people who sign in with " + service
	}
	return ""
}

// unportrayed takes the picture out of what is due for somebody who signs in as
// before after all.
func (in brief) unportrayed(p *person) []Note {
	i := slices.IndexFunc(p.steps, func(s Step) bool { return s.Kind == SetPicture })
	if i < 0 || in.keepsPicture(p, p.steps[i]) == "" {
		return nil
	}
	n := p.pictureNote(WarnPictureLocked, in.keepsPicture(p, p.steps[i]))
	p.steps = slices.Delete(p.steps, i, i+1)
	return []Note{n}
}

// portrait returns the step that is due for the picture, if one is, or why it
// cannot be used.
func (p *person) portrait() (s Step, flaw string) {
	pic, link := p.identity.Shot(), p.link
	switch {
	case pic.Fault != "":
		return s, pic.Fault
	case pic.Digest == "":
	case pic.Digest == NoPicture:
		return p.unportray(), ""
	case pic.Digest == link.PictureRefused:
		return s, "the server refused it before, and it is still the same picture"
	case pic.Digest == link.Picture && p.user != nil && p.user.PictureAt.Equal(link.PictureAt):
	default:
		return Step{Kind: SetPicture, Picture: pic, Had: link.Picture}, ""
	}
	return s, ""
}

// unportray returns the step that takes the picture back that syncd gave the
// account. One that came there by other hands is the person's own.
func (p *person) unportray() (s Step) {
	switch link := p.link; {
	case link.Picture == "", p.user == nil:
	case !p.user.PictureAt.Equal(link.PictureAt):
		if len(p.steps) > 0 {
			return s // a later run forgets it
		}
		l := p.own()
		l.Picture, l.PictureAt = "", Link{}.PictureAt
	default:
		return Step{Kind: SetPicture, Picture: p.identity.Shot(), Had: link.Picture}
	}
	return s
}

// insertPicture puts the step last, but before one that makes an administrator:
// from then on the account may be out of reach, also for the run that goes on
// where one died.
func (p *person) insertPicture(s Step) {
	raise := func(s Step) bool { return s.Kind == SetRole && s.Role == Admin }
	if i := slices.IndexFunc(p.steps, raise); i >= 0 {
		p.steps = slices.Insert(p.steps, i, s)
		return
	}
	p.steps = append(p.steps, s)
}

// removesPicture reports whether the change takes a picture away.
func (c Change) removesPicture() bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool { return s.Kind == SetPicture && s.Picture.Digest == NoPicture })
}

// pictured returns the link after the step that set a picture.
func (l Link) pictured(s Step, u User) Link {
	l.Picture, l.PictureAt, l.PictureRefused = s.Picture.Digest, u.PictureAt, ""
	if s.Picture.Digest == NoPicture {
		l.Picture, l.PictureAt = "", Link{}.PictureAt
	}
	return l
}

// PicturesPending reports whether a run that read pictures left one to the next
// run to be read again: a call failed, or the picture could not be read as it
// was planned.
func (r Report) PicturesPending() bool {
	return slices.ContainsFunc(r.Results, func(res Result) bool {
		left := res.Change.Steps[min(res.Done, len(res.Change.Steps)):]
		due := slices.ContainsFunc(left, func(s Step) bool { return s.Kind == SetPicture })
		return due && (res.Outcome == Failed || res.Outcome == Skipped || res.Outcome == Held && res.Reason == HoldPictureMoved)
	})
}
