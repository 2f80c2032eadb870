package ldapdir

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	stdsync "sync"
)

// maxMessage is the longest message that is taken: a group of 100,000 members
// has 4 MB.
const maxMessage = 16 << 20

// errGoodbye is a server that ends the connection of its own accord (RFC 4511,
// 4.4.1).
var errGoodbye = errors.New("the server said that it closes the connection: its log says why")

// A tap sits between the connection and the library. It takes the entries of a
// search out of the stream and gives them to whoever reads, and lets all else
// pass. A message that does not belong to the search is an error; the first
// error stays.
type tap struct {
	net.Conn
	in  *bufio.Reader
	out []byte // what the library has not read yet
	buf []byte

	mu     stdsync.Mutex
	search int               // id of the search under way, 0 if there is none
	take   func(entry) error // nil: entries go to the library
	spoke  bool              // a whole message came
	most   int               // bytes of a message
	err    error
}

func newTap(c net.Conn) *tap {
	return &tap{Conn: c, in: bufio.NewReaderSize(c, 64<<10), most: maxMessage}
}

// feed makes take get the entries of the searches that follow; nil ends that.
// No search may be under way.
func (t *tap) feed(take func(entry) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take, t.search = take, 0
}

// admit makes messages be taken of so many bytes.
func (t *tap) admit(most int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.most = most
}

// longest returns how many bytes a message may have.
func (t *tap) longest() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.most
}

// broken returns the first error.
func (t *tap) broken() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// heard reports whether the server ever said something.
func (t *tap) heard() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.spoke
}

// Write implements [net.Conn]. The library writes one whole request a call.
func (t *tap) Write(p []byte) (int, error) {
	if id, op, _, err := message(p); err == nil && op == opSearch {
		t.mu.Lock()
		t.search = id
		t.mu.Unlock()
	}
	return t.Conn.Write(p)
}

// Read implements [net.Conn].
func (t *tap) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if err := t.next(); err != nil {
			return 0, t.fail(err)
		}
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

func (t *tap) fail(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
	return t.err
}

// next reads one message, and keeps it for the library unless it is an entry
// that somebody takes.
func (t *tap) next() error {
	if err := t.broken(); err != nil {
		return err
	}
	if err := t.fill(); err != nil {
		return err
	}
	id, op, content, err := message(t.buf)
	if err != nil {
		return err
	}
	if id == 0 {
		return errGoodbye
	}
	t.mu.Lock()
	search, take := t.search, t.take
	t.spoke = true
	t.mu.Unlock()
	if take == nil || search == 0 {
		t.out = t.buf
		return nil
	}
	if id != search {
		return fmt.Errorf("the server answered request %d, not %d: %w", id, search, errBER)
	}
	switch op {
	case opEntry:
		e, err := decodeEntry(content)
		if err != nil {
			return err
		}
		return take(e)
	case opSearchDone, opReference, opIntermediate:
		t.out = t.buf
		return nil
	}
	return fmt.Errorf("the server sent operation %#x in a search: %w", op, errBER)
}

// fill reads one whole message into the buffer. Its length is looked at before
// the buffer grows.
func (t *tap) fill() error {
	head, err := t.in.Peek(2)
	if err != nil {
		return err
	}
	if head[0] != tagSequence {
		return errBER
	}
	if head[1] >= 0x80 {
		if head, err = t.in.Peek(2 + int(head[1]&0x7f)); err != nil {
			return err
		}
	}
	n, size, err := length(head[1:])
	if err != nil {
		return err
	}
	total := 1 + size + n
	if most := t.longest(); total > most {
		return fmt.Errorf("the server sent a message of %d bytes, more than %d", total, most)
	}
	switch {
	case total > maxMessage:
		t.buf = make([]byte, total)
	case cap(t.buf) < total, cap(t.buf) > 2*maxMessage: // one that large is not kept
		t.buf = make([]byte, total, total+total/2)
	}
	t.buf = t.buf[:total]
	_, err = io.ReadFull(t.in, t.buf)
	return err
}
