package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// check looks at what only the whole configuration shows.
func (c *Config) check() {
	if list := c.doc.values["sources"]; list != nil && list.Kind == yaml.SequenceNode && len(list.Content) != 1 {
		c.doc.fault(c.doc.find("sources"), "sources", fmt.Sprintf("%d sources, want exactly one for now", len(list.Content)), "")
	}
	names := make(map[string]int)
	for i := range c.Sources {
		path := indexed("sources", i)
		if first, twice := names[c.Sources[i].Name]; twice && c.Sources[i].Name != "" {
			c.doc.fault(c.doc.find(path+".name"), path+".name", fmt.Sprintf("sources[%d] has this name too", first), "")
		}
		names[c.Sources[i].Name] = i
		c.compile(path, &c.Sources[i])
		c.checkColumns(path, &c.Sources[i])
	}
}

// checkURL refuses an address that would send the token where it does not
// belong.
func checkURL(o *object, m *Mattermost) {
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
