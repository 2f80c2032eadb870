package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// boardReport is a plan as it comes before a change board: refused, with
// somebody in every group, and values that are long.
func boardReport() sync.Report {
	var r sync.Report
	r.Started = time.Date(2026, 11, 24, 14, 15, 0, 0, time.UTC)
	user := func(name string) sync.User {
		u := sync.User{ID: "u-" + name, Active: true, Auth: sync.Auth{Service: "email"}}
		u.Profile[sync.Username], u.Profile[sync.Email] = name, name+"@example.org"
		return u
	}
	link := func(n int, id string) sync.Link {
		return sync.Link{Key: sync.Key(fmt.Sprintf("ad:3b2118e2-f39c-40ec-af57-%012d", n)), UserID: id}
	}
	var hire sync.Identity
	hire.Profile[sync.Username], hire.Profile[sync.Email] = "zoe.maes", "zoe.maes@subsidiary-with-a-long-name.example.org"
	hire.Profile[sync.FirstName], hire.Profile[sync.LastName] = "Zoë", "Maes"
	p := &r.Plan
	p.Changes = append(p.Changes, sync.Change{Identity: hire, Link: link(1, ""), Steps: []sync.Step{{
		Kind: sync.Create, Set: sync.SetOf(sync.Username, sync.Email, sync.FirstName, sync.LastName), To: hire.Profile, Auth: sync.Auth{Service: "saml"}}}})
	from := user("ingrid.solberg")
	to := from.Profile
	to[sync.Username], to[sync.LastName], to[sync.Position] = "ingrid.dahl", "Dahl", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
	p.Changes = append(p.Changes, sync.Change{User: from, Link: link(2, from.ID), Steps: []sync.Step{
		{Kind: sync.Patch, Set: sync.SetOf(sync.Username, sync.LastName, sync.Position), From: from.Profile, To: to}}})
	moved := user("oskar.nilsson")
	p.Changes = append(p.Changes, sync.Change{User: moved, Link: link(3, moved.ID), Steps: []sync.Step{
		{Kind: sync.MigrateAuth, Was: moved.Auth, Auth: sync.Auth{Service: "saml"}}, {Kind: sync.Revoke}}})
	for i := range 12 {
		u := user(fmt.Sprintf("leaver.%02d", i))
		p.Changes = append(p.Changes, sync.Change{User: u, Link: link(10+i, u.ID), Steps: []sync.Step{{Kind: sync.Deactivate, Cause: sync.CauseAbsent}}})
	}
	p.Pending = []sync.Pending{{Link: link(4, "u4"), User: user("liam.byrne"), Cause: sync.CauseAbsent, Due: r.Started.AddDate(0, 0, 7)}}
	p.Held = []sync.Hold{{Change: sync.Change{User: user("nadia.rahman"), Link: link(5, "u5")}, Reason: sync.HoldIncomplete,
		Detail: "people.csv, line 29: mapping.email.from: e-mail is not an address (attribute mail)"}}
	p.Notes = []sync.Note{{Key: link(6, "").Key, Username: "sven", Field: sync.LastName, Reason: sync.WarnLocked, Detail: "the person signs in with ldap"}}
	p.Unchanged, p.Managed, p.Strangers, p.Mails = 12345, 404, 27, 1
	r.Sources = []sync.SourceReport{{Name: "ad", Read: 12358, Receipt: sync.Receipt{Server: "ldaps://dc1.headquarters.example.org:636"}}}
	r.Facts = sync.Facts{Version: "11.6.0", Users: 12431, ActiveUsers: 422, SeatLimit: 500}
	r.Verdict.Checks = []sync.Check{
		{Reason: sync.RefuseDeactivate, Planned: 12, Allowed: 10, Of: 404, Percent: 10}, {Reason: sync.RefuseCreate, Planned: 1, Allowed: 100, OK: true},
		{Reason: sync.RefuseShrink, Source: "ad", Planned: 1300, Allowed: 1200, Of: 13658},
	}
	return r
}

// browser finds one, or skips the test where none is and nobody insists.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no Chromium: tools/needs.sh installs it")
	}
	t.Skip("no Chromium: tools/needs.sh installs it")
	return ""
}

// browse runs the browser on a page and returns what it prints.
func browse(t *testing.T, url string, flags ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", "--force-color-profile=srgb",
		"--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		"--user-data-dir=" + t.TempDir(), "--virtual-time-budget=5000",
	}, flags...)
	cmd := exec.CommandContext(ctx, browser(t), append(args, url)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &errs)
	}
	return out.String()
}

// frame is a page that looks at another one in a frame of a width: how wide its
// content is, how small its letters are, how much its colors differ, and what
// it loads.
const frame = `<!DOCTYPE html><title>x</title><iframe src="/page" style="border:0;width:%dpx;height:2000px"></iframe><pre id="out"></pre>
<script>
const f = document.querySelector("iframe");
f.onload = () => {
  const d = f.contentDocument, w = f.contentWindow;
  const light = c => { const v = c.match(/[\d.]+/g).slice(0, 3).map(x => (x /= 255) <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4); return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const c = w.getComputedStyle(e).backgroundColor; if (c !== "rgba(0, 0, 0, 0)") return c; } return "rgb(255, 255, 255)"; };
  let contrast = 21, letters = 100, worst = "";
  for (const e of d.body.querySelectorAll("*")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const s = w.getComputedStyle(e), a = light(s.color), b = light(ground(e)), c = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (c < contrast) { contrast = c; worst = e.tagName + " " + e.className; }
    letters = Math.min(letters, parseFloat(s.fontSize));
  }
  document.getElementById("out").textContent = ["width=" + d.documentElement.scrollWidth, "contrast=" + contrast.toFixed(1) + " of " + worst,
    "letters=" + letters, "loads=" + w.performance.getEntriesByType("resource").length, "scripts=" + d.scripts.length,
    "ground=" + (light(w.getComputedStyle(d.body).backgroundColor) > 0.5 ? "light" : "dark"), "people=" + d.querySelectorAll(".people > li").length].join("\n");
};
</script>`

// TestHTMLInABrowser opens the page in a real browser, as wide as a phone and as
// a desk, in light and in dark. SYNCD_SHOTS names a folder for pictures of it.
func TestHTMLInABrowser(t *testing.T) {
	browser(t)
	a := &app{config: defaultConfig, environment: systemEnvironment()}
	var page bytes.Buffer
	if err := writeHTML(&page, a.sheetOf("hq", boardReport(), planFlags{out: "tuesday.json"})); err != nil {
		t.Fatal(err)
	}
	var asked []string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		width := 0
		switch _, err := fmt.Sscanf(r.URL.Path, "/frame/%d", &width); {
		case err == nil:
			fmt.Fprintf(w, frame, width)
		case r.URL.Path == "/page":
			_, _ = w.Write(page.Bytes())
		case r.URL.Path != "/favicon.ico":
			asked = append(asked, r.URL.Path)
		}
	}))
	defer web.Close()
	for _, width := range []int{390, 1200} {
		for _, ground := range []string{"light", "dark"} {
			name := fmt.Sprintf("%d-%s", width, ground)
			scheme := "--blink-settings=preferredColorScheme=" + map[string]string{"light": "1", "dark": "0"}[ground]
			got := browse(t, fmt.Sprintf("%s/frame/%d", web.URL, width), scheme, "--dump-dom", "--window-size=1400,2200")
			for _, want := range []string{fmt.Sprintf("width=%d\n", width), "loads=0\n", "scripts=0\n", "ground=" + ground + "\n", "people=18"} {
				if !strings.Contains(got, want) {
					t.Errorf("%s: the browser does not say %q: %s", name, want, regexp.MustCompile(`(?s)<pre.*</pre>`).FindString(got))
				}
			}
			var contrast, letters float64
			_, err := fmt.Sscanf(got[strings.Index(got, "contrast="):], "contrast=%f", &contrast)
			if err != nil || contrast < 4.5 {
				t.Errorf("%s: a text has too little contrast, %s, %v", name, got[strings.Index(got, "contrast="):], err)
			}
			if _, err := fmt.Sscanf(got[strings.Index(got, "letters="):], "letters=%f", &letters); err != nil || letters < 12 {
				t.Errorf("%s: got letters of %g px, %v", name, letters, err)
			}
			picture(t, web.URL+"/page", name, width, scheme)
		}
	}
	if len(asked) > 0 {
		t.Errorf("the page asks for %v", asked)
	}
}

// picture takes a picture of the page, which must not be blank.
func picture(t *testing.T, url, name string, width int, scheme string) {
	t.Helper()
	dir := os.Getenv("SYNCD_SHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	path := filepath.Join(dir, name+".png")
	browse(t, url, scheme, fmt.Sprintf("--window-size=%d,1600", width), "--screenshot="+path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	shot, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if n := colorsOf(shot); n < 20 {
		t.Errorf("%s: the picture has %d colors", name, n)
	}
}

func colorsOf(shot image.Image) int {
	seen := make(map[[3]uint32]bool)
	for y := shot.Bounds().Min.Y; y < shot.Bounds().Max.Y; y += 3 {
		for x := shot.Bounds().Min.X; x < shot.Bounds().Max.X; x += 3 {
			r, g, b, _ := shot.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	return len(seen)
}
