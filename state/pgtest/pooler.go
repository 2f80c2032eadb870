package pgtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	stdsync "sync"
	"sync/atomic"
)

// A Pooler stands before a server, as PgBouncer does: it takes no parameter at
// the start that it does not know. A mixed one has a single connection to the
// server, and whoever has a transaction to make gets it for that long.
type Pooler struct {
	dir    string
	server string // its socket
	listen net.Listener
	mixed  bool
	mute   atomic.Bool
	count  atomic.Int64 // what clients have sent after their start
	most   atomic.Int64 // of it, what is passed on; 0: all

	one   stdsync.Mutex // whose turn it is
	conn  net.Conn      // the single connection
	hello []byte        // what the server said when it was made
}

// Pool starts a pooler; mixed is transaction mode, the other is session mode. The
// caller owes a Stop.
func (s *Server) Pool(mixed bool) (*Pooler, error) {
	dir, err := os.MkdirTemp("", "syncd-pooler-")
	if err != nil {
		return nil, err
	}
	p := &Pooler{dir: dir, server: s.Socket(), mixed: mixed}
	if p.listen, err = net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432")); err != nil {
		return nil, err
	}
	go p.accept()
	return p, nil
}

// URL returns the place of a state in its own schema, through the pooler.
func (p *Pooler) URL(schema string) string {
	return "postgres://syncd@/postgres?default_query_exec_mode=simple_protocol&connect_timeout=1&host=" + p.dir + "&search_path=" + schema
}

// Mute lets nothing through any more, and says so to nobody.
func (p *Pooler) Mute() { p.mute.Store(true) }

// MuteAfter mutes the pooler once clients have sent so many messages.
func (p *Pooler) MuteAfter(messages int) { p.most.Store(int64(messages)) }

// full reports whether no more messages of clients' are passed on.
func (p *Pooler) full() bool { return p.most.Load() > 0 && p.count.Add(1) > p.most.Load() }

// Stop takes no more connections.
func (p *Pooler) Stop() error {
	_ = p.listen.Close()
	p.one.Lock()
	defer p.one.Unlock()
	if p.conn != nil {
		_ = p.conn.Close()
	}
	return os.RemoveAll(p.dir)
}

func (p *Pooler) accept() {
	for {
		client, err := p.listen.Accept()
		if err != nil {
			return
		}
		go func() {
			defer client.Close()
			_ = p.serve(client) // the client sees that it ended
		}()
	}
}

func (p *Pooler) serve(client net.Conn) error {
	var size [4]byte
	if _, err := io.ReadFull(client, size[:]); err != nil {
		return err
	}
	start := make([]byte, binary.BigEndian.Uint32(size[:])-4)
	if _, err := io.ReadFull(client, start); err != nil {
		return err
	}
	if name := unknown(start); name != "" {
		_, err := client.Write(message('E', fmt.Sprintf("SFATAL\x00VFATAL\x00C08P01\x00Munsupported startup parameter: %s\x00\x00", name)))
		return err
	}
	start = append(size[:], start...)
	if p.mixed {
		return p.mix(client, start)
	}
	server, _, err := p.connect(start, client)
	if err != nil {
		return err
	}
	defer server.Close()
	go func() {
		_ = p.pass(server, client, p.mute.Load)
		_ = client.Close()
	}()
	return p.pass(client, server, func() bool { return p.full() || p.mute.Load() })
}

// unknown returns a parameter that a pooler does not take.
func unknown(start []byte) string {
	known := []string{"user", "database", "client_encoding", "datestyle", "timezone", "standard_conforming_strings", "application_name"}
	words := bytes.Split(start[4:], []byte{0})
	for i := 0; i+1 < len(words) && len(words[i]) > 0; i += 2 {
		if name := string(bytes.ToLower(words[i])); !slices.Contains(known, name) {
			return name
		}
	}
	return ""
}

// connect makes a connection to the server. What that says goes to the client too.
func (p *Pooler) connect(start []byte, client io.Writer) (server net.Conn, hello []byte, err error) {
	if server, err = net.Dial("unix", p.server); err != nil {
		return nil, nil, err
	}
	if _, err = server.Write(start); err != nil {
		return nil, nil, err
	}
	var said bytes.Buffer
	for last := byte(0); last != 'Z'; {
		m, err := receive(server)
		if err != nil {
			return nil, nil, err
		}
		last = m[0]
		said.Write(m) // never fails
		if _, err := client.Write(m); err != nil {
			return nil, nil, err
		}
	}
	return server, said.Bytes(), nil
}

// pass passes messages on, but for those that are lost.
func (p *Pooler) pass(from, to net.Conn, lost func() bool) error {
	for {
		m, err := receive(from)
		if err != nil {
			return err
		}
		if lost() {
			continue
		}
		if _, err := to.Write(m); err != nil {
			return err
		}
	}
}

// mix gives a client the one connection for each of its transactions.
func (p *Pooler) mix(client net.Conn, start []byte) error {
	if err := p.greet(client, start); err != nil {
		return err
	}
	mine := false
	defer func() {
		if mine { // an open transaction: no test leaves one
			p.one.Unlock()
		}
	}()
	for {
		m, err := receive(client)
		if err != nil || m[0] == 'X' {
			return err
		}
		if !mine {
			p.one.Lock()
			mine = true
		}
		if _, err := p.conn.Write(m); err != nil {
			return err
		}
		for m[0] == 'Q' || m[0] == 'S' { // what is answered until the server is ready
			answer, err := receive(p.conn)
			if err != nil {
				return err
			}
			ready := answer[0] == 'Z'
			if ready && answer[5] == 'I' {
				p.one.Unlock()
				mine = false
			}
			if _, err := client.Write(answer); err != nil {
				return err
			}
			if ready {
				break
			}
		}
	}
}

// greet tells a client what the server told the first one.
func (p *Pooler) greet(client net.Conn, start []byte) (err error) {
	p.one.Lock()
	defer p.one.Unlock()
	if p.conn == nil {
		p.conn, p.hello, err = p.connect(start, io.Discard)
		if err != nil {
			return err
		}
	}
	_, err = client.Write(p.hello)
	return err
}

// receive reads one message, with its head.
func receive(from io.Reader) ([]byte, error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	m := append(head, make([]byte, binary.BigEndian.Uint32(head[1:])-4)...)
	_, err := io.ReadFull(from, m[5:])
	return m, err
}

func message(kind byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(text)+4)), text...)
}
