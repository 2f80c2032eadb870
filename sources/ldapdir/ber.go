package ldapdir

import "errors"

// The parts of the basic encoding rules that LDAP uses (RFC 4511, 5.1): one
// byte tags and definite lengths.
const (
	tagInteger  = 0x02
	tagOctets   = 0x04
	tagEnum     = 0x0a
	tagSequence = 0x30
	tagSet      = 0x31

	opBindDone     = 0x61
	opSearch       = 0x63
	opEntry        = 0x64
	opSearchDone   = 0x65
	opReference    = 0x73
	opExtendedDone = 0x78
	opIntermediate = 0x79
)

var errBER = errors.New("the server sent bytes that are not LDAP")

// element splits off the first element: its tag, its content and what follows.
func element(b []byte) (tag byte, content, rest []byte, err error) {
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return 0, nil, nil, errBER
	}
	n, head, err := length(b[1:])
	if err != nil || len(b)-1-head < n {
		return 0, nil, nil, errBER
	}
	start := 1 + head
	return b[0], b[start : start+n], b[start+n:], nil
}

// length reads a definite length and returns how many bytes it takes.
func length(b []byte) (n, size int, err error) {
	if len(b) == 0 {
		return 0, 0, errBER
	}
	if b[0] < 0x80 {
		return int(b[0]), 1, nil
	}
	size = int(b[0] & 0x7f)
	if size == 0 || size > 4 || len(b) < 1+size {
		return 0, 0, errBER
	}
	for _, c := range b[1 : 1+size] {
		n = n<<8 | int(c)
	}
	return n, 1 + size, nil
}

// want splits off an element that must have the tag.
func want(b []byte, tag byte) (content, rest []byte, err error) {
	got, content, rest, err := element(b)
	if err == nil && got != tag {
		err = errBER
	}
	return content, rest, err
}

// integer reads an integer of one to four bytes.
func integer(b []byte) (int, error) {
	if len(b) == 0 || len(b) > 4 {
		return 0, errBER
	}
	n := int(int8(b[0]))
	for _, c := range b[1:] {
		n = n<<8 | int(c)
	}
	return n, nil
}

// message splits a message into its id and its operation.
func message(b []byte) (id int, op byte, content []byte, err error) {
	body, rest, err := want(b, tagSequence)
	if err != nil || len(rest) > 0 {
		return 0, 0, nil, errBER
	}
	number, rest, err := want(body, tagInteger)
	if err != nil {
		return 0, 0, nil, err
	}
	if id, err = integer(number); err != nil {
		return 0, 0, nil, err
	}
	op, content, _, err = element(rest)
	return id, op, content, err
}
