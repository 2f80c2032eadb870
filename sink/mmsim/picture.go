package mmsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
)

// setPicture is POST /users/{id}/image. A real server keeps a small PNG of the
// picture; here its digest stands for it.
func setPicture(c *call) (reply, *failure) {
	if !c.admin() && !c.self() {
		return reply{}, forbidden()
	}
	picture, failed := c.formFile("image")
	if failed != nil {
		return reply{}, failed
	}
	u := c.lookUp(c.arg)
	if u == nil {
		return reply{}, badURL("user_id")
	}
	if own := u.AuthService == "ldap" || u.AuthService == "saml" && c.config.SAMLWithLDAP; own && c.config.LDAPPictures {
		return reply{}, refusePicture(http.StatusConflict, "login_provider_attribute_set", "The picture is that of the directory.")
	}
	if failed := c.rules.checkPicture(picture); failed != nil {
		return reply{}, failed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	row := *c.users.byID[c.arg]
	digest := pictureDigest(picture)
	if c.ignored || row.Picture == digest && c.rules.samePicture {
		return ok()
	}
	row.UpdateAt = c.after(row.UpdateAt)
	row.Picture, row.LastPictureUpdate = digest, row.UpdateAt
	c.users.put(&row)
	return ok()
}

// removePicture is DELETE /users/{id}/image: it puts the default one there.
func removePicture(c *call) (reply, *failure) {
	if !c.admin() && !c.self() {
		return reply{}, forbidden()
	}
	if c.lookUp(c.arg) == nil {
		return reply{}, noAccount()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ignored {
		return ok()
	}
	row := *c.users.byID[c.arg]
	row.UpdateAt = c.after(row.UpdateAt)
	row.Picture, row.LastPictureUpdate = "", 0
	if c.rules.samePicture {
		row.LastPictureUpdate = -row.UpdateAt
	}
	c.users.put(&row)
	return ok()
}

func pictureDigest(picture []byte) string {
	sum := sha256.Sum256(picture)
	return hex.EncodeToString(sum[:16])
}

// refusePicture returns a failure of an upload.
func refusePicture(status int, why, message string) *failure {
	return refuse(status, "api.user.upload_profile_user."+why+".app_error", "%s", message)
}

// formFile returns the first file of a form under a name.
func (c *call) formFile(name string) ([]byte, *failure) {
	bad := refusePicture(http.StatusInternalServerError, "parse", "The form cannot be read.")
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, bad
	}
	for parts := multipart.NewReader(bytes.NewReader(c.body), params["boundary"]); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, refusePicture(http.StatusBadRequest, "no_file", "There is no file under 'image'.")
		}
		if err != nil {
			return nil, bad
		}
		if part.FormName() != name || part.FileName() == "" {
			continue
		}
		file, err := io.ReadAll(part)
		if err != nil {
			return nil, bad
		}
		return file, nil
	}
}

// checkPicture looks at a picture as the server does: what is no picture at all
// is refused like one with too many pixels.
func (r rules) checkPicture(picture []byte) *failure {
	var config image.Config
	var decode func(io.Reader) (image.Image, error)
	err := image.ErrFormat
	switch {
	case bytes.HasPrefix(picture, []byte("\xff\xd8")):
		config, err = jpeg.DecodeConfig(bytes.NewReader(picture))
		decode = jpeg.Decode
	case bytes.HasPrefix(picture, []byte("\x89PNG\r\n\x1a\n")):
		config, err = png.DecodeConfig(bytes.NewReader(picture))
		decode = png.Decode
	case bytes.HasPrefix(picture, []byte("GIF8")):
		config, err = gif.DecodeConfig(bytes.NewReader(picture))
		decode = gif.Decode
	}
	if err != nil || config.Width*config.Height > r.maxPixels {
		return refusePicture(http.StatusBadRequest, "check_image_limits", "The picture has too many pixels.")
	}
	if _, err := decode(bytes.NewReader(picture)); err != nil {
		return refusePicture(http.StatusBadRequest, "decode", "The picture cannot be decoded.")
	}
	return nil
}
