package sync

// LinkedQuery asks for every linked user. It needs no source, so the two reads
// can overlap.
func LinkedQuery(links []Link) Query {
	q := Query{IDs: make([]string, len(links))}
	for i := range links {
		q.IDs[i] = links[i].UserID
	}
	return q
}

// WantedQuery asks for whoever may hold a user name or an e-mail that a plan
// wants to write: those of people who are not linked, and those that differ
// from the linked account's; and the accounts that a run which died may have made. When
// everybody is in step it is empty.
func WantedQuery(r Roster, users []User, links []Link, open []Intent) Query {
	byID := indexUsers(users)
	linked := make(map[Key]*User, len(links))
	for i := range links {
		linked[links[i].Key] = byID[links[i].UserID]
	}
	var q Query
	for i := range r.Identities {
		id := &r.Identities[i]
		if id.Status != Enabled {
			continue
		}
		have := linked[id.Key]
		if v, ok := lacking(id, have, Username); ok {
			q.Usernames = append(q.Usernames, v)
		}
		if v, ok := lacking(id, have, Email); ok {
			q.Emails = append(q.Emails, v)
		}
	}
	for _, o := range open {
		if o.Kind == Create && linked[o.Key] == nil {
			q.Usernames = append(q.Usernames, Canonical(Username, o.To[Username]))
		}
	}
	return q
}

func indexUsers(users []User) map[string]*User {
	byID := make(map[string]*User, len(users))
	for i := range users {
		byID[users[i].ID] = &users[i]
	}
	return byID
}

// Empty reports whether the query names nobody.
func (q Query) Empty() bool { return len(q.IDs)+len(q.Usernames)+len(q.Emails) == 0 }

// lacking returns the value of the field that the account does not have yet.
func lacking(id *Identity, have *User, f Field) (string, bool) {
	if !id.States.Has(f) || id.Profile[f] == "" {
		return "", false
	}
	if have != nil && have.Profile[f] == id.Profile[f] {
		return "", false
	}
	v := Canonical(f, id.Profile[f])
	return v, have == nil || v != Canonical(f, have.Profile[f])
}

// Merge returns the users of both lists, each once.
func Merge(a, b []User) []User {
	if len(b) == 0 {
		return a
	}
	seen := make(map[string]bool, len(a))
	for i := range a {
		seen[a[i].ID] = true
	}
	for _, u := range b {
		if !seen[u.ID] {
			seen[u.ID] = true
			a = append(a, u)
		}
	}
	return a
}
