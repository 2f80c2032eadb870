package mmsim_test

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// drawn returns a picture of a size in a format.
func drawn(t *testing.T, format string, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch m := image.NewGray(image.Rect(0, 0, width, height)); format {
	case "png":
		err = png.Encode(&b, m)
	case "jpeg":
		err = jpeg.Encode(&b, m, nil)
	case "gif":
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// upload sends a form with one file.
func (w *world) upload(token, who, field, file string) answer {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, _ := form.CreateFormFile(field, "x") // a buffer takes all
	_, _ = part.Write([]byte(file))
	_ = form.Close()
	id := w.ids[who]
	if id == "" {
		id = who
	}
	r := httptest.NewRequestWithContext(w.t.Context(), "POST", "/api/v4/users/"+id+"/image", &b)
	r.Header.Set("Content-Type", form.FormDataContentType())
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return decode(rec.Code, rec.Header(), rec.Body)
}

// These are the answers that a real 5.37 gave to the same pictures.
func TestPictureAnswers(t *testing.T) {
	const limits, broken = "400 api.user.upload_profile_user.check_image_limits", "400 api.user.upload_profile_user.decode"
	jpg, pic := drawn(t, "jpeg", 100, 80), drawn(t, "png", 100, 80)
	both(t, func(t *testing.T, w *world) {
		for name, tt := range map[string]struct{ picture, want string }{
			"png": {pic, "200"}, "jpeg": {jpg, "200"}, "gif": {drawn(t, "gif", 10, 10), "200"}, "padded": {jpg + strings.Repeat("\x00", 9<<20), "200"},
			"wide": {drawn(t, "png", 7681, 100), "200"}, "tall": {drawn(t, "png", 100, 7000), "200"},
			"half a jpeg": {jpg[:300], limits}, "half a png": {pic[:len(pic)/2], broken}, "text": {"this is no picture", limits}, "empty": {"", limits},
			"too large": {drawn(t, "png", 7680, 4321), limits},
		} {
			check(t, name, w.upload(w.admin, "pat", "image", tt.picture).String(), tt.want)
		}
		check(t, "wrong field", w.upload(w.admin, "pat", "picture", pic).String(), "400 api.user.upload_profile_user.no_file")
		check(t, "no form", w.root("POST", "/users/{pat}/image", `{}`).String(), "500 api.user.upload_profile_user.parse")
		check(t, "nobody", w.upload(w.admin, "nobody", "image", pic).String(), "400 invalid_url_param")
		check(t, "no id", w.upload(w.admin, "zz", "image", pic).String(), "400 invalid_url_param")
		check(t, "one's own", w.upload(w.plain, "pat", "image", pic).String(), "200")
		check(t, "another's", w.upload(w.plain, "sam", "image", pic).String(), "403 permissions")
		check(t, "no token", w.upload("", "pat", "image", pic).String(), "401 session_expired")
		check(t, "removed", w.root("DELETE", "/users/{pat}/image", "").String(), "200")
		check(t, "nobody's removed", w.root("DELETE", "/users/{nobody}/image", "").String(), "404 app.user.missing_account.const")
	})
	largest := drawn(t, "png", 7680, 4320)
	check(t, "largest of 11", newWorld(t, mmsim.Config{}).upload("", "pat", "image", largest).status, 401)
	for version, want := range map[string]string{modern: "200", legacy: limits} {
		w := newWorld(t, mmsim.Config{Version: version})
		check(t, version, w.upload(w.admin, "pat", "image", largest).String(), want)
		long := strings.Repeat("\x00", 101<<20)
		check(t, version+", 101 MB", w.upload(w.admin, "pat", "image", long).String(), "413 api.user.upload_profile_user.too_large")
	}
}

// The same picture again is no news to newer servers; without one the time of
// the last is negative there, and not shown by older ones.
func TestPictureTimes(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		old := w.root("GET", "/users/{pat}", "")
		check(t, "at first", old.time("last_picture_update"), 0)
		one, other := drawn(t, "png", 10, 10), drawn(t, "png", 20, 20)
		w.upload(w.admin, "pat", "image", one)
		first := w.root("GET", "/users/{pat}", "")
		if at := first.time("last_picture_update"); at <= 0 || first.time("update_at") != at {
			t.Errorf("got last_picture_update %d, update_at %d", at, first.time("update_at"))
		}
		w.upload(w.admin, "pat", "image", one)
		again := w.root("GET", "/users/{pat}", "").time("last_picture_update")
		if moved := again != first.time("last_picture_update"); moved != strings.HasPrefix(t.Name()[strings.LastIndex(t.Name(), "/")+1:], "5") {
			t.Errorf("the same again: got that it moved %v", moved)
		}
		w.upload(w.admin, "pat", "image", other)
		if now := w.root("GET", "/users/{pat}", "").time("last_picture_update"); now <= again {
			t.Errorf("another: got %d after %d", now, again)
		}
		w.root("PUT", "/users/{pat}/patch", `{"nickname":"x"}`)
		if now := w.root("GET", "/users/{pat}", "").time("last_picture_update"); now <= again {
			t.Errorf("after a patch: got %d", now)
		}
		w.root("DELETE", "/users/{pat}/image", "")
		if now := w.root("GET", "/users/{pat}", "").time("last_picture_update"); now > 0 || (now < 0) != strings.Contains(t.Name(), "11") {
			t.Errorf("removed: got %d", now)
		}
	})
}
