package config

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/directory-sync/syncd/state"
)

const stateFile = "syncd.db"

// readState reads where the state is: a path, the URL of a database, or the URL
// with what belongs to it.
func (c *Config) readState(o *object) {
	const meaning = "file that remembers links and the journal, or a PostgreSQL database where several daemons stand by for each other; under systemd the default is in $STATE_DIRECTORY"
	dir, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":")
	if dir != "" && !o.has("state") {
		c.State.Path = filepath.Join(dir, stateFile)
	}
	if n := o.values["state"]; n != nil && n.Kind != yaml.MappingNode {
		if o.text("state", &c.State.Path, "") && c.State.Path == "" {
			o.fault("state", "the path is empty", "")
		}
		o.place("state", &c.State)
	} else {
		o.nested("state", Key{Type: "path, URL or keys", Default: c.State.Path, Meaning: meaning}, c.readDatabase)
	}
	if !c.State.Shared() {
		c.State.Path = under(o.d.dir, c.State.Path)
	}
}

func (c *Config) readDatabase(o *object) {
	var password Secret
	o.require("url")
	url := ""
	if o.text("url", &url, "URL of the database, without a password: postgres://syncd@db.example.org/syncd. The tables are in the schema syncd unless ?search_path= names another one; TLS is verified unless ?sslmode= says something else or the database is on this machine") {
		c.State.Path = url
	}
	o.secret("password", &password, "password for the database")
	c.State.Lease = state.DefaultLease
	o.duration("lease", &c.State.Lease, [2]time.Duration{time.Second, time.Minute}, "after how long a silent daemon is taken for dead, so that another one takes over")
	if password.ref != nil {
		c.State.Password = password.Resolve
	}
	if o.has("url") {
		o.place("url", &c.State)
		if !c.State.Shared() {
			o.fault("url", "this is no URL of a PostgreSQL database", "write postgres://USER@HOST/DATABASE, or state: PATH for a file")
		}
	}
}

// place checks a URL. It is not shown when it may have a secret in it.
func (o *object) place(key string, p *state.Place) {
	if err := p.Usable(); err != nil {
		o.d.hide(o.values[key])
		o.fault(key, err.Error(), "")
	}
}
