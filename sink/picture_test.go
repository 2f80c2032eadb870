package sink_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// drawn returns a picture of a size and a shade of gray.
func drawn(t *testing.T, format string, width, height int, shade uint8) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	var b bytes.Buffer
	err := png.Encode(&b, m)
	if format == "jpeg" {
		b.Reset()
		err = jpeg.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// gallery returns a sink over the server whose source has one picture for
// everybody.
func (p place) gallery(t *testing.T, picture *[]byte) *sink.Sink {
	t.Helper()
	return sink.New(p.client(t, p.url), sink.Config{Pause: time.Millisecond, Picture: func(context.Context, sync.Key) ([]byte, error) {
		if *picture == nil {
			return nil, errors.New("the directory is down")
		}
		return *picture, nil
	}})
}

// portray returns the change that gives an account a picture, or takes it away.
func portray(u sync.User, picture []byte) sync.Change {
	digest := sync.NoPicture
	if picture != nil {
		digest = sync.PictureDigest(picture)
	}
	return sync.Change{User: u, Steps: []sync.Step{{Kind: sync.SetPicture, Picture: sync.Picture{Digest: digest, Key: "test:a"}}}}
}

func TestSetPicture(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		picture := drawn(t, "jpeg", 40, 30, 1)
		s := p.gallery(t, &picture)
		u := p.mustApply(t, s, create(p.person("a")))[0]
		if !u.PictureAt.IsZero() {
			t.Errorf("a new account: got a picture of %v", u.PictureAt)
		}
		first := p.mustApply(t, s, portray(u, picture))[0]
		if first.PictureAt.IsZero() {
			t.Error("got no picture")
		}
		again := p.mustApply(t, s, portray(first, picture))[0]
		if moved := !again.PictureAt.Equal(first.PictureAt); moved != p.old() {
			t.Errorf("the same picture again: got that it is new %v, want %v", moved, p.old())
		}
		picture = drawn(t, "png", 30, 40, 2)
		second := p.mustApply(t, s, portray(again, picture))[0]
		if !second.PictureAt.After(again.PictureAt) {
			t.Errorf("another picture: got that of %v, and the one before is of %v", second.PictureAt, again.PictureAt)
		}
		if found := p.find(t, s, sync.Query{IDs: []string{u.ID}}); !found[0].PictureAt.Equal(second.PictureAt) {
			t.Errorf("read again: got %v, want %v", found[0].PictureAt, second.PictureAt)
		}
		for range 2 {
			if gone := p.mustApply(t, s, portray(second, nil))[0]; !gone.PictureAt.IsZero() {
				t.Errorf("removed: got a picture of %v", gone.PictureAt)
			}
		}
		p.mustApply(t, s, sync.Change{Identity: p.person("b"), Steps: append(create(p.person("b")).Steps, portray(u, picture).Steps...)})
	})
}

func TestPicturesThatAreRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		good := drawn(t, "jpeg", 40, 30, 3)
		picture := good
		s := p.gallery(t, &picture)
		u := p.mustApply(t, s, create(p.person("a")))[0]
		for name, bad := range map[string][]byte{
			"text": []byte("no picture"), "half a JPEG": good[:200], "half a PNG": drawn(t, "png", 40, 30, 4)[:60],
			"too many pixels": drawn(t, "png", 7680, 4321, 5),
		} {
			picture = bad
			r := p.apply(t, s, portray(u, picture))[0]
			if r.Outcome != sync.Held || r.Reason != sync.HoldPicture || !strings.Contains(r.Err.Error(), "api.user.upload_profile_user.") {
				t.Errorf("%s: got %v %v: %v", name, r.Outcome, r.Reason, r.Err)
			}
		}
		picture = good
		long := append(bytes.Clone(good), make([]byte, 3<<20)...) // beyond what else may have a body
		picture = long
		if got := p.mustApply(t, s, portray(u, long))[0]; got.PictureAt.IsZero() {
			t.Error("one of 3 MB: got no picture")
		}
		gone := u
		gone.ID = strings.Repeat("z", 26)
		for _, change := range []sync.Change{portray(gone, picture), portray(gone, nil)} {
			if r := p.apply(t, s, change)[0]; r.Outcome != sync.Held || r.Reason == sync.HoldPicture {
				t.Errorf("nobody: got %v %v: %v", r.Outcome, r.Reason, r.Err)
			}
		}
	})
}

// A picture that is another one by now, or cannot be had, is left to the next
// run.
func TestPictureThatMoved(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	planned := drawn(t, "png", 4, 4, 1)
	picture := planned
	s := p.gallery(t, &picture)
	u := p.mustApply(t, s, create(p.person("a")))[0]
	sim.ResetCounts()
	for name, now := range map[string][]byte{"another": drawn(t, "png", 4, 4, 2), "none": {}, "error": nil} {
		picture = now
		if r := p.apply(t, s, portray(u, planned))[0]; r.Outcome != sync.Held || r.Reason != sync.HoldPictureMoved {
			t.Errorf("%s: got %v %v: %v", name, r.Outcome, r.Reason, r.Err)
		}
	}
	if r := p.apply(t, p.sink(t), portray(u, planned))[0]; r.Reason != sync.HoldPictureMoved {
		t.Errorf("no source: got %v %v", r.Outcome, r.Reason)
	}
	if n := sim.Writes(); n != 0 {
		t.Errorf("got %d writes, want none", n)
	}
}

// Whatever happens to a request, the picture is there in the end, or gone; and
// what was seen to be done is not done again.
func TestLostAnswersToPictures(t *testing.T) {
	for _, version := range []string{"5.37.0", "11.6.0"} {
		for name, fault := range faults() {
			for _, method := range []string{"POST", "DELETE"} {
				sim, p := simulate(t, mmsim.Config{Version: version})
				p.timeout = 200 * time.Millisecond
				before, picture := drawn(t, "png", 4, 4, 1), drawn(t, "png", 4, 4, 2)
				had := before
				s := p.gallery(t, &had)
				u := p.mustApply(t, s, create(p.person("a")))[0]
				u = p.mustApply(t, s, portray(u, before))[0]
				sim.ResetCounts()
				fault.Method, fault.Path = method, "/image"
				sim.Fault(fault)
				had = picture
				change := portray(u, picture)
				if method == "DELETE" {
					change = portray(u, nil)
				}
				r := p.apply(t, s, change)[0]
				if r.Outcome != sync.Done || r.User.PictureAt.IsZero() != (method == "DELETE") || r.User.PictureAt.Equal(u.PictureAt) {
					t.Errorf("%s, %s %s: got %v %v: %v", version, method, name, r.Outcome, r.Reason, r.Err)
				}
				want := 2
				if strings.HasSuffix(name, ", done") {
					want = 1
				}
				if got := sim.Writes(); got != want {
					t.Errorf("%s, %s %s: got %d writes, want %d", version, method, name, got, want)
				}
			}
		}
	}
}

// A server that says yes and does nothing makes a hold; a proxy that finds the
// picture too large makes one that is remembered.
func TestPictureThatDoesNotShow(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	picture := drawn(t, "png", 4, 4, 1)
	s := p.gallery(t, &picture)
	u := p.mustApply(t, s, create(p.person("a")))[0]
	sim.Fault(mmsim.Fault{Method: "POST", Path: "/image", Kind: mmsim.FaultIgnore})
	if r := p.apply(t, s, portray(u, picture))[0]; r.Outcome != sync.Held || r.Reason != sync.HoldRefused {
		t.Errorf("set: got %v %v: %v", r.Outcome, r.Reason, r.Err)
	}
	u = p.mustApply(t, s, portray(u, picture))[0]
	sim.Fault(mmsim.Fault{Method: "DELETE", Path: "/image", Kind: mmsim.FaultIgnore})
	if r := p.apply(t, s, portray(u, nil))[0]; r.Outcome != sync.Held || r.Reason != sync.HoldRefused {
		t.Errorf("removed: got %v %v: %v", r.Outcome, r.Reason, r.Err)
	}
	p.url = behind(t, sim, "/image", http.StatusRequestEntityTooLarge, "<html>413 Request Entity Too Large</html>")
	if r := p.apply(t, p.gallery(t, &picture), portray(u, picture))[0]; r.Outcome != sync.Held || r.Reason != sync.HoldPicture {
		t.Errorf("too large for a proxy: got %v %v: %v", r.Outcome, r.Reason, r.Err)
	}
}

// Whose pictures the server has itself is known before anything is tried. One
// that does not show its settings says what it tells clients; nobody asks it
// where no source has pictures.
func TestOwnPictures(t *testing.T) {
	all := mmsim.Config{LDAPPictures: true, SAMLWithLDAP: true}
	licensed := all
	licensed.Licensed = true
	for name, tt := range map[string]struct {
		config     mmsim.Config
		portrays   bool
		refused    bool
		ldap, saml bool
	}{
		"none":                 {mmsim.Config{SAMLWithLDAP: true}, true, false, false, false},
		"LDAP alone":           {mmsim.Config{LDAPPictures: true}, true, false, true, false},
		"both":                 {all, true, false, true, true},
		"no pictures wanted":   {all, false, false, false, false},
		"as clients are told":  {licensed, true, true, true, false},
		"clients are not told": {all, true, true, false, false},
	} {
		for _, version := range []string{"5.37.0", "11.6.0"} {
			tt.config.Version, tt.config.SeatLimit = version, -1
			sim, p := simulate(t, tt.config)
			if tt.refused {
				p.url = behind(t, sim, "/api/v4/config", http.StatusForbidden, `{"id":"api.context.permissions.app_error","message":"No."}`)
			}
			s := sink.New(p.client(t, p.url), sink.Config{Portrays: tt.portrays})
			facts, err := s.Facts(t.Context())
			if err != nil || facts.OwnPictures["ldap"] != tt.ldap || facts.OwnPictures["saml"] != tt.saml || facts.OwnPictures[sync.AuthEmail] {
				t.Errorf("%s, %s: got %v, %v", version, name, facts.OwnPictures, err)
			}
			if asked := sim.Requests()["GET /config"] > 0; asked != (tt.portrays && !tt.refused) {
				t.Errorf("%s, %s: got that the server was asked: %v", version, name, asked)
			}
			if tt.portrays && !tt.refused {
				p.checkOwnPictures(t, facts)
			}
		}
	}
}

// behind returns the address of a proxy before a server. It answers the requests
// whose path ends as given by itself.
func behind(t *testing.T, sim *mmsim.Server, path string, code int, body string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, path) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body) // a client that is gone reads nothing
			return
		}
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// checkOwnPictures holds the facts to what becomes of uploads, and of removals,
// which no server refuses.
func (p place) checkOwnPictures(t *testing.T, facts sync.Facts) {
	t.Helper()
	picture := drawn(t, "png", 4, 4, 1)
	s := p.gallery(t, &picture)
	for _, service := range []string{sync.AuthEmail, "ldap", "saml", "gitlab"} {
		who := p.person(service)
		if service != sync.AuthEmail {
			who.Auth = sync.Auth{Service: service, Data: service}
		}
		u := p.mustApply(t, s, create(who))[0]
		r := p.apply(t, s, portray(u, picture))[0]
		if own := r.Outcome == sync.Held && r.Reason == sync.HoldRefused; own != facts.OwnPictures[service] || !own && r.Outcome != sync.Done {
			t.Errorf("%s, %s: got %v %v: %v, and the server said it has its own: %v", p.version, service, r.Outcome, r.Reason, r.Err, facts.OwnPictures[service])
		}
		p.mustApply(t, s, portray(r.User, nil))
	}
}
