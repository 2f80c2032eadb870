package main

import (
	"bufio"
	"fmt"
	"net/url"
	"strings"

	"github.com/directory-sync/syncd/config"
)

// hostOf returns the name of the server as it is to be typed.
func hostOf(c *config.Config) string {
	u, err := url.Parse(c.Mattermost.URL)
	if err != nil || c.Mattermost.Local() { // the configuration was checked
		return "localhost"
	}
	return u.Host
}

// confirmHost asks for the server's name, so that nobody does to everybody on one
// server what they mean for another. What it would do is said with a %s for the
// name.
func (a *app) confirmHost(c *config.Config, confirm, would string) error {
	host := hostOf(c)
	would = fmt.Sprintf(would, host)
	if confirm == "" && a.asks(a.stdin) {
		fmt.Fprintf(a.stderr, "This would %s.\nType the server's name to go on: ", would)
		line, err := bufio.NewReader(a.stdin).ReadString('\n')
		if err != nil {
			return usageError{fmt.Errorf("read the server's name: %w", err)}
		}
		confirm = strings.TrimSpace(line)
	}
	switch {
	case confirm == "":
		return usageError{fmt.Errorf("this would %s: if that is meant, say --confirm %s", would, host)}
	case !strings.EqualFold(confirm, host):
		return usageError{fmt.Errorf("the server is %s, not %q: nothing was done", host, confirm)}
	}
	return nil
}
