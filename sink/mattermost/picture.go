package mattermost

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
)

// SetPicture gives an account a picture, which the server makes a small PNG of.
// Of the same picture again newer servers take no notice.
func (c *Client) SetPicture(ctx context.Context, id string, picture []byte) error {
	q := put(callSetPicture, id, "/image", nil)
	q.method = http.MethodPost
	var err error
	if q.raw, q.kind, err = form(picture); err != nil {
		return fmt.Errorf("mattermost: %s: encode the request: %w", q.call, err)
	}
	return c.tell(ctx, q)
}

// RemovePicture gives an account the server's default picture.
func (c *Client) RemovePicture(ctx context.Context, id string) error {
	q := put(callRemovePicture, id, "/image", nil)
	q.method = http.MethodDelete
	return c.tell(ctx, q)
}

// form returns a picture as the part of a form, and the form's type.
func form(picture []byte) ([]byte, string, error) {
	var b bytes.Buffer
	b.Grow(len(picture) + 1024)
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("image", "picture")
	if err != nil {
		return nil, "", err
	}
	if _, err := part.Write(picture); err != nil {
		return nil, "", err
	}
	err = w.Close()
	return b.Bytes(), w.FormDataContentType(), err
}

// RefusesPicture reports whether an answer is about the picture itself, so that
// the same one will be refused again.
func RefusesPicture(err error) bool {
	for _, why := range []string{"check_image_limits", "decode", "too_large"} {
		if Has(err, "api.user.upload_profile_user."+why) {
			return true
		}
	}
	return false
}
