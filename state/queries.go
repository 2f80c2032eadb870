package state

// All SQL of links and runs but the schema, in one place. PostgreSQL gets it by
// way of dialect.go.

const (
	selectVersion = `SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id a, pragma_user_version v`

	countLinks  = `SELECT count(*) FROM links`
	selectLinks = `SELECT key, user_id, since, how, left_since, left_cause, deactivated_for,
		revoke_due, stamp, auth_data, asked_email, asked_email_at, join_value, others, unit, owes, tokens_off,
		picture, picture_at, picture_refused FROM links ORDER BY key`
	upsertLink = `INSERT INTO links (key, user_id, since, how, left_since, left_cause, deactivated_for,
		revoke_due, stamp, auth_data, asked_email, asked_email_at, join_value, others, unit, owes, tokens_off,
		picture, picture_at, picture_refused)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET user_id = excluded.user_id, since = excluded.since,
		how = excluded.how, left_since = excluded.left_since, left_cause = excluded.left_cause,
		deactivated_for = excluded.deactivated_for, revoke_due = excluded.revoke_due,
		stamp = excluded.stamp, auth_data = excluded.auth_data,
		asked_email = excluded.asked_email, asked_email_at = excluded.asked_email_at,
		join_value = excluded.join_value, others = excluded.others, unit = excluded.unit, owes = excluded.owes,
		tokens_off = excluded.tokens_off, picture = excluded.picture,
		picture_at = excluded.picture_at, picture_refused = excluded.picture_refused`
	deleteLink = `DELETE FROM links WHERE key = ? AND user_id = ?`
	scrubSteps = `UPDATE journal SET username = '', new_username = '', before = '{}', after = '{}', error = '', open = 0
		WHERE key = ?1 OR user_id = ?2 AND user_id <> ''`
	selectLinkOfUser = `SELECT key FROM links WHERE user_id = ?`
	selectLinkOfKey  = `SELECT count(*) FROM links WHERE key = ?`

	insertRun = `INSERT INTO runs (id, command, instance, source, started_at, released) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO NOTHING RETURNING n`
	endDeadRuns = `UPDATE runs SET ended = 'broken', error = ? WHERE ended = ''`
	finishRun   = `UPDATE runs SET finished_at = ?, ended = ?, people_read = ?, counts = ?, refused = ?,
		digest = ?, error = ? WHERE n = ?`
	selectRuns = `SELECT id, command, instance, source, started_at, finished_at, ended, counts, refused,
		digest, error FROM runs`
	runsNewest     = selectRuns + ` ORDER BY n DESC LIMIT ?`
	runByID        = selectRuns + ` WHERE id = ?`
	insertRead     = `INSERT INTO reads (source, run, people, filled, pictures) VALUES (?, ?, ?, ?, ?)`
	selectLastRead = `SELECT people, filled FROM reads WHERE source = ? ORDER BY run DESC LIMIT 1`
	forgetPictures = `UPDATE reads SET pictures = 0`
	selectPictures = `SELECT max(r.started_at) FROM reads d JOIN runs r ON r.n = d.run WHERE d.source = ? AND d.pictures = 1`

	insertAccepted = `INSERT INTO accepted (digest, run, at) VALUES (?, ?, ?)`
	pruneAccepted  = `DELETE FROM accepted WHERE n < (SELECT max(n) FROM accepted)`
	selectAccepted = `SELECT digest FROM accepted ORDER BY n DESC LIMIT 1`

	// How many people each sort of change happened to, in the order of the sorts
	// of the core. What nobody knows the outcome of counts.
	selectSpent = `SELECT
		count(DISTINCT CASE WHEN kind = 'create' AND instr(released, ',create,') = 0 THEN key END),
		count(DISTINCT CASE WHEN leaves AND instr(released, ',deactivate,') = 0 THEN key END),
		count(DISTINCT CASE WHEN leaves AND cause = 'absent' AND instr(released, ',deactivate_absent,') = 0 THEN key END),
		count(DISTINCT CASE WHEN kind = 'reactivate' AND instr(released, ',reactivate,') = 0 THEN key END),
		count(DISTINCT CASE WHEN kind = 'patch' AND instr(released, ',patch,') = 0 THEN key END),
		count(DISTINCT CASE WHEN kind = 'patch' AND after ->> 'username' IS NOT NULL AND instr(released, ',change_username,') = 0 THEN key END),
		count(DISTINCT CASE WHEN kind = 'patch' AND after ->> 'email' IS NOT NULL AND instr(released, ',change_email,') = 0 THEN key END),
		count(DISTINCT CASE WHEN kind = 'migrate_auth' AND instr(released, ',migrate_auth,') = 0 THEN key END),
		count(DISTINCT CASE WHEN kind = 'revoke_sessions' AND cause = '' AND instr(released, ',revoke_sessions,') = 0
			AND NOT EXISTS (SELECT 1 FROM journal m WHERE m.run = s.run AND m.key = s.key AND m.kind IN ('migrate_auth', 'set_role')) THEN key END),
		count(DISTINCT CASE WHEN kind = 'erase' AND instr(released, ',erase,') = 0 THEN key END),
		count(DISTINCT CASE WHEN kind = 'set_role' AND instr(released, ',change_role,') = 0 AND (after ->> 'role' = 'admin'
			OR NOT EXISTS (SELECT 1 FROM journal m WHERE m.run = s.run AND m.key = s.key AND m.kind = 'create')) THEN key END),
		count(DISTINCT CASE WHEN kind = 'set_picture' AND after ->> 'picture' = 'none' AND instr(released, ',remove_picture,') = 0 THEN key END)
		FROM (SELECT j.run, j.key, j.kind, j.cause, j.after, r.released,
			j.kind = 'deactivate' OR j.kind = 'revoke_sessions' AND j.cause <> '' AS leaves
			FROM journal j JOIN runs r ON r.n = j.run
			WHERE r.started_at >= CAST(?1 AS BIGINT) - 86400000 AND r.n <> ?2
			AND (j.outcome = 'done' OR j.open = 1) AND coalesce(j.ended_at, j.intended_at) >= ?1) s`

	insertStep = `INSERT INTO journal (run, seq, key, step, user_id, username, new_username, kind, cause,
		before, after, intended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	recordStep = `UPDATE journal SET outcome = ?, reason = ?, error = ?, ended_at = ?, open = ?,
		user_id = CASE WHEN user_id = '' THEN ? ELSE user_id END
		WHERE run = ? AND key = ? AND step = ?`
	skipSteps = `UPDATE journal SET outcome = 'skipped', ended_at = ?, open = 0
		WHERE run = ? AND key = ? AND outcome = ''`
	settleStep    = `UPDATE journal SET open = 0 WHERE run = ? AND seq = ?`
	selectEarlier = `SELECT j.run, j.seq, j.key, j.kind FROM journal j
		WHERE j.open = 1 AND j.run < ? ORDER BY j.run, j.seq`
	selectOpen = `SELECT r.id, j.key, j.user_id, j.kind, j.cause, j.before, j.after, j.intended_at
		FROM journal j JOIN runs r ON r.n = j.run
		WHERE j.open = 1 AND j.run <> ? ORDER BY j.run, j.seq`

	selectEntries = `SELECT r.id, j.seq, j.intended_at, j.ended_at, j.key, j.user_id, j.username, j.kind,
		j.cause, j.before, j.after, j.outcome, j.reason, j.error
		FROM journal j JOIN runs r ON r.n = j.run`
	entriesOfRun = `r.id = ?`
	// Somebody is found under the names of now and of then.
	entriesOfWho = `j.key IN (SELECT ?1
		UNION SELECT key FROM links WHERE user_id = ?1
		UNION SELECT key FROM journal WHERE user_id = ?1 AND user_id <> ''
		UNION SELECT key FROM journal WHERE username = ?2 AND username <> ''
		UNION SELECT key FROM journal WHERE new_username = ?2 AND new_username <> '')`
	entriesLater = ` WHERE j.run > (SELECT n FROM runs WHERE id = ?1)
		AND j.key IN (SELECT key FROM journal WHERE run = (SELECT n FROM runs WHERE id = ?1))`
	entriesOrder = ` ORDER BY j.run DESC, j.seq LIMIT ?`

	pruneEntries = `DELETE FROM journal WHERE open = 0 AND run IN
		(SELECT n FROM runs WHERE started_at < ? AND n <> ?)`
	pruneRuns = `DELETE FROM runs WHERE started_at < ? AND n <> ?
		AND n NOT IN (SELECT run FROM journal)
		AND n NOT IN (SELECT max(run) FROM reads GROUP BY source)`
)
