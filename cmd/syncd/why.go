package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sources/ldapdir"
	"github.com/directory-sync/syncd/state"
)

// why says of what kind an error is, in words of the program's own: the text of
// an error may name a person, a path or a server, and not everybody who sees a
// page or a channel may. "" if there is no error.
func why(err error) string {
	if err == nil {
		return ""
	}
	kinds := []struct {
		is  func(error) bool
		say string
	}{
		{isA[*state.HeldError], "another syncd holds the state"},
		{isA[*tls.CertificateVerificationError], "a certificate is not trusted"},
		{isOne(mattermost.ErrUnauthorized), "the server does not accept the token"},
		{isOne(mattermost.ErrForbidden, sink.ErrNotAdmin), "the token may not do this"},
		{isOne(sink.ErrGaveUp), "one change after the other failed"},
		{isA[*ldapdir.BindError], "the directory does not let syncd sign in"},
		{isA[*ldapdir.SearchError], "the directory refuses the search"},
		{isA[*net.DNSError], "a name does not resolve"},
		{isOne(syscall.ECONNREFUSED), "nobody listens there"},
		{isOne(syscall.ENOSPC), "the disk is full"},
		{isOne(fs.ErrNotExist), "a file is not there"},
		{isOne(fs.ErrPermission), "syncd has no right to it"},
		{isOne(context.DeadlineExceeded, os.ErrDeadlineExceeded), "there was no answer in time"},
		{isOne(mattermost.ErrUnavailable), "the server does not answer as it should"},
		{isOne(io.ErrUnexpectedEOF, syscall.ECONNRESET), "the connection broke off"},
	}
	for _, k := range kinds {
		if k.is(err) {
			return k.say
		}
	}
	if strings.HasPrefix(err.Error(), "panic: ") {
		return "syncd itself broke"
	}
	return "the log says why"
}

func isA[E error](err error) bool { return errors.As(err, new(E)) }

func isOne(targets ...error) func(error) bool {
	return func(err error) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
	}
}
