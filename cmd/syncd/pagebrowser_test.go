package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// TestPageInABrowser opens the pages in a real browser, under the headers that
// the daemon sends, as wide as a phone and as a desk, in light and in dark. In
// each: no wider than the screen, letters and contrast that can be read, nothing
// loaded, no script, and nothing that the policy had to stop. SYNCD_SHOTS names a
// folder for pictures.
func TestPageInABrowser(t *testing.T) {
	browser(t)
	all := scenes()
	served := make(map[string]http.Handler)
	for name, sc := range all {
		served[name] = sc.page(t)
	}
	web := httptest.NewServer(framed(served))
	defer web.Close()
	phone := map[string]string{"never": "dark", "refused": "light", "hidden": "dark", "server": "dark", "healthy": "light"}
	for name, ground := range phone {
		lookAt(t, web.URL, name, "", 360, ground)
	}
	for name, ground := range map[string]string{"refused": "dark", "source": "light"} {
		lookAt(t, web.URL, name, "", 1200, ground)
	}
	lookAt(t, web.URL, "refused", "runs/"+earlier(4)[3].ID, 360, "light")
	lookAt(t, web.URL, "refused", "plan", 360, "dark")
	lookAt(t, web.URL, "hidden", "plan", 1200, "light")
	lookAt(t, web.URL, "hidden", "none", 360, "light")
}

// framed serves each scene below its name, and frames to look at them through.
// The policy stays, but for letting a frame of the test hold the page.
func framed(served map[string]http.Handler) http.Handler {
	mux := http.NewServeMux()
	for name, s := range served {
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.ServeHTTP(frameable{w}, r)
		})))
	}
	mux.HandleFunc("/frame/{width}/{path...}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		width := 0
		fmt.Sscan(r.PathValue("width"), &width)
		fmt.Fprintf(w, strings.Replace(frame, "/page", "/"+r.PathValue("path"), 1), width)
	})
	return mux
}

type frameable struct{ http.ResponseWriter }

func (f frameable) WriteHeader(status int) {
	h := f.Header()
	h.Del("X-Frame-Options")
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "frame-ancestors 'none'", "frame-ancestors 'self'", 1))
	f.ResponseWriter.WriteHeader(status)
}

func lookAt(t *testing.T, web, name, path string, width int, ground string) {
	t.Helper()
	at := fmt.Sprintf("page-%s-%d-%s", strings.Trim(name+"-"+regexp.MustCompile(`[^a-z]+`).ReplaceAllString(path, ""), "-"), width, ground)
	scheme := "--blink-settings=preferredColorScheme=" + map[string]string{"light": "1", "dark": "0"}[ground]
	got := browse(t, fmt.Sprintf("%s/frame/%d/%s/%s", web, width, name, path), scheme, "--dump-dom", "--window-size=1400,2200")
	facts := regexp.MustCompile(`(?s)<pre id="out">(.*)</pre>`).FindStringSubmatch(got)
	if facts == nil {
		t.Errorf("%s: the browser says nothing of it: %s", at, got)
		return
	}
	for _, want := range []string{fmt.Sprintf("width=%d\n", width), "loads=0\n", "scripts=0\n", "ground=" + ground + "\n"} {
		if !strings.Contains(facts[1], want) {
			t.Errorf("%s: the browser does not say %q: %s", at, want, facts[1])
		}
	}
	var contrast, letters float64
	for _, line := range strings.Split(facts[1], "\n") {
		fmt.Sscanf(line, "contrast=%f", &contrast)
		fmt.Sscanf(line, "letters=%f", &letters)
	}
	if contrast < 4.5 || letters < 12 {
		t.Errorf("%s: it is hard to read: %s", at, facts[1])
	}
	picture(t, web+"/"+name+"/"+path, at, width, scheme)
}
