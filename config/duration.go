package config

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var errDuration = errors.New("no duration")

// parseDuration reads what [time.ParseDuration] reads, with days in front:
// "90s", "12h", "7d", "1d12h". There is no sign and no bare number.
func parseDuration(s string) (time.Duration, error) {
	var days time.Duration
	if head, rest, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseUint(head, 10, 32)
		if err != nil || n > 100*365 {
			return 0, errDuration
		}
		if days, s = time.Duration(n)*day, rest; s == "" {
			return days, nil
		}
	}
	if strings.ContainsAny(s, "+-") || !strings.ContainsAny(s, "hmsuµn") {
		return 0, errDuration
	}
	d, err := time.ParseDuration(s)
	if err != nil || d > 100*365*day {
		return 0, errDuration
	}
	return days + d, nil
}

// formatDuration is the inverse of parseDuration, in as few units as can be.
func formatDuration(d time.Duration) string {
	if d >= 2*day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
