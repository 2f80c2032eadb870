package main

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// drawing returns a small picture of one shade of gray.
func drawing(shade uint8, format string) []byte {
	m := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range m.Pix {
		m.Pix[i] = color.Gray{Y: shade}.Y
	}
	var b bytes.Buffer
	if format == ".png" {
		_ = png.Encode(&b, m) // a buffer takes all
	} else {
		_ = jpeg.Encode(&b, m, nil)
	}
	return b.Bytes()
}

// draw makes a picture. A name with .b64 behind it gets it in the form that an
// LDIF file has.
func draw(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 2, "draw FILE SHADE [SIZE]")
	name, coded := strings.CutSuffix(args[0], ".b64")
	b := drawing(uint8(atoi(ts, args[1])), filepath.Ext(name))
	if len(args) > 2 {
		b = append(b, make([]byte, max(0, atoi(ts, args[2])-len(b)))...)
	}
	if coded {
		b = []byte(base64.StdEncoding.EncodeToString(b))
	}
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o700))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// shorten cuts a file off.
func shorten(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 2, "shorten FILE N")
	ts.Check(os.Truncate(ts.MkAbs(args[0]), int64(atoi(ts, args[1]))))
}

// portrait uploads a picture as the administrator, past the network.
func (w *world) portrait(ts *testscript.TestScript, args []string) {
	picture, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("image", "x")
	ts.Check(err)
	_, err = part.Write(picture)
	ts.Check(err)
	ts.Check(form.Close())
	r := httptest.NewRequest("POST", "/api/v4/users/"+w.id(ts, args[0])+"/image", &b)
	r.Header.Set("Authorization", "Bearer "+w.admin)
	r.Header.Set("Content-Type", form.FormDataContentType())
	answer := httptest.NewRecorder()
	if w.server.ServeHTTP(answer, r); answer.Code != 200 {
		ts.Fatalf("picture: %d %s", answer.Code, answer.Body)
	}
}
