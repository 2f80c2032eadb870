package ldapdir

// An entry is one search result while it is in the buffer: none of its bytes
// may be kept.
type entry struct {
	dn    []byte
	attrs []byte // the content of the attribute list
}

// decodeEntry checks an entry's form to its last byte (RFC 4511, 4.5.2), so
// that reading it cannot fail later.
func decodeEntry(b []byte) (entry, error) {
	dn, rest, err := want(b, tagOctets)
	if err != nil {
		return entry{}, err
	}
	attrs, rest, err := want(rest, tagSequence)
	if err != nil || len(rest) > 0 {
		return entry{}, errBER
	}
	e := entry{dn, attrs}
	return e, e.each(func([]byte, []byte) error { return nil })
}

// each calls do with the name and the encoded values of each attribute.
func (e entry) each(do func(name, values []byte) error) error {
	for b := e.attrs; len(b) > 0; {
		attr, rest, err := want(b, tagSequence)
		if err != nil {
			return err
		}
		name, values, err := want(attr, tagOctets)
		if err != nil {
			return err
		}
		values, tail, err := want(values, tagSet)
		if err != nil || len(tail) > 0 {
			return errBER
		}
		if err := eachValue(values, func([]byte) {}); err != nil {
			return err
		}
		if err := do(name, values); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

// eachValue calls do with each value of a set.
func eachValue(values []byte, do func(value []byte)) error {
	for len(values) > 0 {
		v, rest, err := want(values, tagOctets)
		if err != nil {
			return err
		}
		do(v)
		values = rest
	}
	return nil
}
