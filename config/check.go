package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"github.com/directory-sync/syncd/sink/mattermost"
)

// check looks at what only the whole configuration shows.
func (c *Config) check() {
	if list := c.doc.values["sources"]; list != nil && list.Kind == yaml.SequenceNode && len(list.Content) == 0 {
		c.doc.fault(c.doc.find("sources"), "sources", "there is none, want one or more", "")
	}
	c.checkStdin()
	c.checkNames()
	names := make(map[string]int)
	for i := range c.Sources {
		path := indexed("sources", i)
		if first, twice := names[c.Sources[i].Name]; twice && c.Sources[i].Name != "" {
			c.doc.fault(c.doc.find(path+".name"), path+".name", fmt.Sprintf("sources[%d] has this name too", first), "")
		}
		names[c.Sources[i].Name] = i
		c.compile(path, &c.Sources[i])
		c.checkColumns(path, &c.Sources[i])
		c.checkPicture(path, &c.Sources[i])
		c.checkSentinels(path, &c.Sources[i])
	}
}

// checkStdin refuses several sources that would all read standard input.
func (c *Config) checkStdin() {
	first := -1
	for i := range c.Sources {
		switch path := indexed("sources", i) + ".path"; {
		case c.Sources[i].CSV.Path != Stdin:
		case first < 0:
			first = i
		default:
			c.doc.fault(c.doc.find(path), path, fmt.Sprintf("sources[%d] reads standard input, and it can be read once", first), "name a file")
		}
	}
}

// checkNames looks whether the sources are there that are named.
func (c *Config) checkNames() {
	var names []string
	for _, s := range c.Sources {
		names = append(names, s.Name)
	}
	c.checkRevokeOn(names)
	for _, t := range c.Tests {
		if path := t.path + ".source"; t.Source != "" && !slices.Contains(names, t.Source) {
			c.doc.fault(c.doc.find(path), path, fmt.Sprintf("there is no source %q", t.Source), didYouMean(t.Source, names))
		}
	}
}

// checkRevokeOn refuses attributes of a source that is not there. A directory's
// have no colon; a column of the only file may have one.
func (c *Config) checkRevokeOn(names []string) {
	for i, attribute := range c.revokeOn {
		name, _, ok := strings.Cut(attribute, ":")
		if path := indexed("sessions.revoke_on", i); ok && len(names) > 1 && !slices.Contains(names, name) {
			c.doc.fault(c.doc.find(path), path, fmt.Sprintf("there is no source %q", name), didYouMean(name, names))
		}
	}
}

// checkURL refuses an address that would send the token where it does not
// belong.
func checkURL(o *object, m *Mattermost) {
	if isSocket(m.URL) {
		if path, _ := mattermost.SocketPath(m.URL); !filepath.IsAbs(path) {
			o.fault("url", "the path of the socket must begin with a slash", "such as unix:/var/tmp/mattermost_local.socket")
		}
		return
	}
	u, err := url.Parse(m.URL)
	if err != nil || u.Hostname() == "" || strings.Contains(m.URL, "@") { // there may be a password in it
		o.d.hide(o.values["url"])
	}
	switch {
	case err != nil:
		o.fault("url", "this is no address", "such as https://chat.example.org")
	case u.User != nil:
		o.fault("url", "the address must not contain a user or password", "put the token into token:")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		o.fault("url", "the address is not complete", "such as https://chat.example.org")
	case u.RawQuery != "" || u.Fragment != "" || u.Opaque != "":
		o.fault("url", "the address must not contain ? or #", "such as https://chat.example.org")
	case u.Scheme == "http" && !m.AllowHTTP && !loopback(u.Hostname()):
		o.fault("url", "the token would be sent without encryption", "use https or set allow_http: true")
	}
}

// Local reports whether the server is asked over the socket of its local mode.
func (m Mattermost) Local() bool { return isSocket(m.URL) }

func isSocket(address string) bool {
	_, local := mattermost.SocketPath(address)
	return local
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

func checkListen(o *object, listen string) {
	_, port, err := net.SplitHostPort(listen)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		o.fault("listen", "this is no address and port", "such as 127.0.0.1:9494")
	}
}
