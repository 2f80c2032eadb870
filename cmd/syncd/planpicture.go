package main

import "github.com/directory-sync/syncd/sync"

// describePicture says what happens to a picture. Of it there is only a digest.
func describePicture(s sync.Step) string {
	switch {
	case s.Picture.Digest == sync.NoPicture:
		return "picture removed"
	case s.Had == s.Picture.Digest:
		return "picture set again"
	case s.Had != "":
		return "new picture"
	}
	return "picture set"
}

// A filePicture has no byte of the picture.
type filePicture struct {
	Digest string   `json:"digest,omitempty"`
	Key    sync.Key `json:"key,omitempty"`
	Fault  string   `json:"fault,omitempty"`
}

func encodePicture(p *sync.Picture) *filePicture {
	if p == nil {
		return nil
	}
	f := filePicture(*p)
	return &f
}

func decodePicture(f *filePicture) *sync.Picture {
	if f == nil {
		return nil
	}
	p := sync.Picture(*f)
	return &p
}
