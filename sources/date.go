package sources

import (
	"errors"
	"strings"
	"time"
)

// A moment is what the function date returns. It is no time.Time, because a
// day must be told from its first instant: who is employed until the 24th is
// still employed on that day.
type moment struct {
	at  time.Time // zero: no date
	day bool      // only the day is known
}

var errNoDate = errors.New("the value is no date in a known form; give the form as in date(x, \"02.01.2006\")")

// layouts are the forms that can only be read in one way. 01/02/2006 is not
// among them: half of the world reads it the other way round.
func layouts() []string {
	return []string{
		"2006-01-02", "2.1.2006", "20060102", "2006/01/02",
		time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700",
		"2.1.2006 15:04:05", "2.1.2006 15:04", "20060102150405Z0700", "200601021504Z0700", "20060102150405.0Z0700",
	}
}

// date reads a date, in UTC unless the text says otherwise.
func date(s string, forms []string) (moment, error) {
	if s == "" {
		return moment{}, nil
	}
	for _, form := range forms {
		if t, err := time.Parse(form, s); err == nil {
			return moment{t, !hasHour(form)}, nil
		}
	}
	return moment{}, errNoDate
}

func hasHour(layout string) bool {
	return strings.Contains(layout, "15") || strings.Contains(layout, "03") || strings.Contains(layout, "3:04")
}

// past reports whether the moment is over. No date is never past.
func past(m moment, now time.Time) bool {
	if m.at.IsZero() {
		return false
	}
	if m.day {
		return !now.Before(m.at.AddDate(0, 0, 1))
	}
	return m.at.Before(now)
}

// layoutFault says what is wrong with a layout, or "".
func layoutFault(layout string) string {
	probe := time.Date(2026, time.November, 24, 17, 48, 59, 0, time.UTC)
	back, err := time.Parse(layout, probe.Format(layout))
	if err != nil || back.Year() != 2026 || back.YearDay() != probe.YearDay() {
		return "is no layout of a date: write how 2 January 2006, 15:04:05 would look, such as 02.01.2006"
	}
	return ""
}
