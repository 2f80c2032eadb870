package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

const machineConfig = `version: 1
policy: sync
mattermost:
  url: http://127.0.0.1:8065
  token: cred:mm-token
  timeout: 60s
sources:
  - name: hr
    type: csv
    path: people.csv
    anchor: { attribute: id }
    status: { disabled: state == 'left' }
    mapping: { username: login, email: mail }
schedule: { cron: "@every 10s", jitter: 0s, on_start: sync }
`

const machinePeople = `id,login,mail,state
1,ada,ada@example.org,active
2,bob,bob@example.org,active
3,cy,cy@example.org,active
`

// TestPackageUnderSystemd is the life of an installation on a real systemd: the
// package goes in, the daemon starts, reloads, refuses a broken configuration,
// is found when it is stuck, comes back after a reboot and knows whom it made,
// hands over to the timer, is upgraded and taken away.
func TestPackageUnderSystemd(t *testing.T) {
	if testing.Short() {
		t.Skip("it boots a system")
	}
	needs(t, true, "debootstrap", "systemd-nspawn", "nsenter", "tar")
	m := &machine{root: newDebian(t), server: mmsim.New(mmsim.Config{})}
	defer m.off()
	syncd := m.server.Add(mmsim.User{Username: "syncd", IsBot: true, OwnerID: m.server.Add(mmsim.User{Username: "sysadmin", Email: "it@example.org", Roles: "system_user system_admin"}), Roles: "system_user system_admin"})
	m.boot(t)
	installed(t, m)
	m.write(t, "etc/syncd/syncd.yaml", machineConfig, 0o644)
	m.write(t, "etc/syncd/people.csv", machinePeople, 0o644)
	m.write(t, "etc/syncd/credentials/mm-token", m.server.Token(syncd)+"\n", 0o600)
	for _, part := range []struct {
		name string
		show func(*testing.T, *machine)
	}{
		{"starts", starts}, {"lets root read beside it", beside}, {"logs to the journal", logsToTheJournal}, {"reloads", reloads}, {"refuses a broken configuration", refuses},
		{"is found when it is stuck", starves}, {"comes back after a reboot", reboots}, {"hands over to the timer", handsOver},
		{"is upgraded and taken away", upgraded},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.show(t, m) }) {
			return
		}
	}
}

// debOf builds the package that is tested.
func debOf(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dist")
	output(t, "go", "run", "-C", "../tools", "./dist", "-root", "..", "-out", dir, "-arch", runtime.GOARCH, "-formats", "deb", "-images=false")
	found, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(found) != 1 {
		t.Fatalf("got the packages %v (%v), want one", found, err)
	}
	return found[0]
}

// installed: nothing runs yet, and nothing is in the way of a reboot.
func installed(t *testing.T, m *machine) {
	t.Helper()
	content, err := os.ReadFile(debOf(t))
	if err != nil {
		t.Fatal(err)
	}
	m.write(t, "root/syncd.deb", string(content), 0o644)
	m.do(t, "dpkg", "--install", "/root/syncd.deb")
	if got := m.property(t, "syncd.service", "ActiveState"); got != "inactive" {
		t.Errorf("after the installation the daemon is %s", got)
	}
	m.do(t, "systemd-analyze", "verify", "--man=no", "syncd.service", "syncd-once.service", "syncd.timer")
}

// users returns how many accounts the server has besides the bot and its owner.
func (m *machine) users() int { return len(m.server.Users()) - 2 }

// starts: with READY the unit is active, and its status says how the run went.
func starts(t *testing.T, m *machine) {
	m.do(t, "systemctl", "enable", "--now", "syncd")
	m.await(t, "the status tells of a run", func() bool {
		return strings.Contains(m.property(t, "syncd", "StatusText"), ": in step, 3 people, 0 held; next run ")
	})
	if got := m.users(); got != 3 {
		t.Errorf("got %d accounts, want 3", got)
	}
	if got := m.do(t, "stat", "--format=%U %a", "/var/lib/private/syncd", "/var/lib/private/syncd/syncd.db"); got != "syncd 700\nsyncd 600\n" {
		t.Errorf("what is remembered belongs to %q", got)
	}
	token := strings.TrimSpace(m.do(t, "cat", "/etc/syncd/credentials/mm-token"))
	if out, code := m.try(t, "grep", "-r", token, "/var/lib/private/syncd", "/var/log/journal"); code != 1 {
		t.Errorf("the token is in the state or the journal: %s", out)
	}
}

// beside: root works by hand beside the daemon, and does not take the state
// away from it.
func beside(t *testing.T, m *machine) {
	plan := m.do(t, "syncd", "plan")
	if !strings.Contains(plan, "3 unchanged") {
		t.Errorf("the plan does not say that all is well:\n%s", plan)
	}
	m.await(t, "root makes a run of its own", func() bool {
		_, code := m.try(t, "syncd", "sync")
		return code == 0 // or 8, while the daemon is at it
	})
	runs := strings.Count(m.journal(t), "run in step")
	m.await(t, "the daemon still writes", func() bool { return strings.Count(m.journal(t), "run in step") > runs })
	if got := m.do(t, "find", "/var/lib/private/syncd", "!", "-user", "syncd"); got != "" {
		t.Errorf("these are no longer the daemon's: %s", got)
	}
}

// logsToTheJournal: with priorities, and without a second time.
func logsToTheJournal(t *testing.T, m *machine) {
	m.logged(t, "syncd", `msg="run ended"`, 1)
	found := false
	for line := range strings.Lines(m.do(t, "journalctl", "-b", "_COMM=syncd", "-o", "json", "--no-pager")) {
		var e struct {
			Message  string `json:"MESSAGE"`
			Priority string `json:"PRIORITY"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		found = found || strings.Contains(e.Message, `msg="run ended"`) && e.Priority == "6"
		if strings.HasPrefix(e.Message, "<") || strings.HasPrefix(e.Message, "time=") {
			t.Errorf("the line has what the journal has itself: %s", e.Message)
		}
	}
	if !found {
		t.Error("no line tells at priority 6 that the run ended")
	}
}

// reloads: systemctl reload takes over what is right.
func reloads(t *testing.T, m *machine) {
	pid := m.property(t, "syncd", "MainPID")
	m.write(t, "etc/syncd/syncd.yaml", strings.Replace(machineConfig, "timeout: 60s", "timeout: 50s", 1), 0o644)
	m.do(t, "systemctl", "reload", "syncd")
	m.logged(t, "syncd", `msg="configuration reloaded"`, 1)
	if got := m.property(t, "syncd", "MainPID"); got != pid {
		t.Errorf("the reload made process %s of %s", got, pid)
	}
	m.await(t, "the unit is active", func() bool { return m.property(t, "syncd", "ActiveState") == "active" })
}

// refuses: a reload fails and the daemon goes on; a start fails for good, and
// is not tried again.
func refuses(t *testing.T, m *machine) {
	m.write(t, "etc/syncd/syncd.yaml", strings.Replace(machineConfig, "policy:", "polciy:", 1), 0o644)
	if out, code := m.try(t, "systemctl", "reload", "syncd"); code == 0 {
		t.Errorf("the reload of a broken configuration succeeds: %s", out)
	}
	if got := m.property(t, "syncd", "ActiveState"); got != "active" {
		t.Errorf("after a reload that was refused the daemon is %s", got)
	}
	if _, code := m.try(t, "systemctl", "restart", "syncd"); code == 0 {
		t.Error("the daemon starts with a broken configuration")
	}
	for name, want := range map[string]string{"ActiveState": "failed", "SubState": "failed", "ExecMainStatus": "78", "NRestarts": "0"} {
		if got := m.property(t, "syncd", name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	errors := m.do(t, "journalctl", "-b", "_COMM=syncd", "-p", "err", "-o", "cat", "--no-pager")
	if !strings.Contains(errors, "syncd.yaml:2:1") {
		t.Errorf("the errors of the journal do not say where the mistake is:\n%s", errors)
	}
	m.write(t, "etc/syncd/syncd.yaml", machineConfig, 0o644)
	m.do(t, "systemctl", "start", "syncd")
}

// starves: a run in which nothing comes in is ended by the watchdog, and the
// daemon starts again.
func starves(t *testing.T, m *machine) {
	m.write(t, "etc/systemd/system/syncd.service.d/test.conf", "[Service]\nWatchdogSec=5s\nRestartSec=100ms\n", 0o644)
	m.do(t, "systemctl", "daemon-reload")
	m.do(t, "systemctl", "restart", "syncd")
	m.await(t, "a run under the short watchdog", func() bool { return strings.Contains(m.property(t, "syncd", "StatusText"), "in step") })
	m.server.Fault(mmsim.Fault{Kind: mmsim.FaultHang, Times: 1})
	m.await(t, "the watchdog ends it", func() bool { n, err := strconv.Atoi(m.property(t, "syncd", "NRestarts")); return err == nil && n > 0 })
	m.logged(t, "syncd", "Watchdog timeout", 1)
	m.server.ClearFaults()
	m.await(t, "a run after that", func() bool { return strings.Contains(m.property(t, "syncd", "StatusText"), "in step") })
	if got := m.property(t, "syncd", "NRestarts"); got != "1" {
		t.Errorf("it was started again %s times, want once: a run that goes on is not stuck", got)
	}
}

// reboots: what is remembered is still there.
func reboots(t *testing.T, m *machine) {
	runs := strings.Count(m.journal(t), "run in step")
	m.server.ResetCounts()
	m.reboot(t)
	m.await(t, "a run after the reboot", func() bool {
		return strings.Contains(m.property(t, "syncd", "StatusText"), ": in step, 3 people, 0 held")
	})
	if got := strings.Count(m.journal(t), "run in step"); got <= runs {
		t.Errorf("got %d runs in step after the reboot, want more than the %d of before", got, runs)
	}
	if m.users() != 3 || m.server.Writes() != 0 {
		t.Errorf("got %d accounts and %d writes after the reboot, want 3 and none", m.users(), m.server.Writes())
	}
}

// journal returns what the daemon remembers to have done.
func (m *machine) journal(t *testing.T) string {
	t.Helper()
	return m.do(t, "syncd", "journal", "-o", "text", "--limit", "1000")
}

// handsOver: one run of the timer's has the same user, state and secrets.
func handsOver(t *testing.T, m *machine) {
	m.do(t, "systemctl", "disable", "--now", "syncd")
	m.write(t, "etc/syncd/people.csv", machinePeople+"4,dee,dee@example.org,active\n", 0o644)
	m.do(t, "systemctl", "start", "syncd-once")
	if got := m.users(); got != 4 {
		t.Errorf("got %d accounts, want 4", got)
	}
	m.do(t, "systemctl", "enable", "--now", "syncd.timer")
	if got := m.property(t, "syncd.timer", "ActiveState"); got != "active" {
		t.Errorf("the timer is %s", got)
	}
	m.do(t, "systemctl", "disable", "--now", "syncd.timer")
}

// upgraded: what runs goes on with the new program; who goes leaves what is
// remembered behind.
func upgraded(t *testing.T, m *machine) {
	m.do(t, "systemctl", "start", "syncd")
	pid := m.property(t, "syncd", "MainPID")
	m.do(t, "dpkg", "--install", "/root/syncd.deb")
	if got := m.property(t, "syncd", "MainPID"); got == pid || got == "0" {
		t.Errorf("after the upgrade process %s runs, before it was %s", got, pid)
	}
	m.do(t, "dpkg", "--remove", "syncd")
	if got := m.property(t, "syncd", "ActiveState"); got != "inactive" {
		t.Errorf("after the removal the daemon is %s", got)
	}
	m.do(t, "test", "-f", "/var/lib/private/syncd/syncd.db")
	m.do(t, "test", "-f", "/etc/syncd/syncd.yaml")
}
