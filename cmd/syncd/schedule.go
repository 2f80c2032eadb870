package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/directory-sync/syncd/config"
)

// A schedule says when the daemon runs.
type schedule struct {
	cron   cron.Schedule
	loc    *time.Location
	jitter time.Duration
}

// shortest is how close to each other two runs may be.
const shortest = 10 * time.Second

// parseSchedule reads a cron expression. The parser of the library panics on
// some texts and takes others for what nobody meant, so what it makes of the
// text is looked at.
func parseSchedule(c config.Schedule, now time.Time) (s schedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = schedule{}, fmt.Errorf("%q is no cron expression", c.Cron)
		}
	}()
	if strings.Contains(c.Cron, "TZ=") {
		return s, errors.New("the time zone goes into schedule.timezone")
	}
	parsed, err := cron.ParseStandard(c.Cron)
	if err != nil {
		return s, fmt.Errorf("%q is no cron expression: %w", c.Cron, err)
	}
	if every, ok := strings.CutPrefix(c.Cron, "@every "); ok {
		if d, err := time.ParseDuration(every); err == nil && d < shortest {
			return s, fmt.Errorf("%q is too often: want %s or more", c.Cron, shortest)
		}
	}
	s = schedule{parsed, c.Location, c.Jitter}
	if parsed.Next(now.In(s.loc)).IsZero() {
		return s, fmt.Errorf("%q never comes: no year has such a day", c.Cron)
	}
	return s, nil
}

// checkSchedule is what the configuration cannot see of its schedule.
func (a *app) checkSchedule(c *config.Config) config.Errors {
	faults := a.checkCron(c, "schedule.cron", c.Schedule)
	for i, t := range c.Notify {
		faults = append(faults, a.checkCron(c, fmt.Sprintf("notify[%d].digest", i), digestSchedule(c, t))...)
	}
	return faults
}

func (a *app) checkCron(c *config.Config, key string, s config.Schedule) config.Errors {
	if strings.TrimSpace(s.Cron) == "" { // told already, or there is none
		return nil
	}
	if s.Location == nil { // told as well, but the expression may be wrong besides
		s.Location = time.UTC
	}
	if _, err := parseSchedule(s, a.now()); err != nil {
		return config.Errors{c.Fault(key, err.Error(), "")}
	}
	return nil
}

// next returns when the next run begins. The jitter keeps many daemons from
// asking at the same moment.
func (s schedule) next(now time.Time) time.Time {
	at := s.cron.Next(now.In(s.loc))
	if s.jitter > 0 {
		at = at.Add(rand.N(s.jitter))
	}
	return at
}

// warning says what is odd about the schedule, or "". Between one and three a
// clock may be put forward or back, so a run is left out or made twice.
func (s schedule) warning() string {
	spec, ok := s.cron.(*cron.SpecSchedule)
	const allHours = 1<<24 - 1
	if !ok || s.loc == time.UTC || spec.Hour&allHours == allHours || spec.Hour&(1<<1|1<<2) == 0 {
		return ""
	}
	return "between 01:00 and 03:00 a run is skipped or made twice when the clocks change; another hour avoids that"
}
