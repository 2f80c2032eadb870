package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A scraper is a real Prometheus that scrapes one daemon.
type scraper struct {
	url string
	dir string
}

// scrapeEvery is how often it scrapes.
const scrapeEvery = 500 * time.Millisecond

// prometheusConfig waits for a target in a file, so that it is there before
// what it is to see.
const prometheusConfig = `global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s }
rule_files: [RULES]
scrape_configs:
  - job_name: syncd
    scheme: https
    tls_config: { ca_file: CA }
    basic_auth: { username: prometheus, password: letmein }
    file_sd_configs: [{ files: [targets.json], refresh_interval: 1s }]
`

// startPrometheus starts one on a free port, with our rules, in a folder of its
// own.
func startPrometheus(t *testing.T, ca string, flags ...string) *scraper {
	t.Helper()
	program := fromPrometheus(t, "prometheus")
	rules, err := filepath.Abs(filepath.Join(rulesDir, "syncd.rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	text := strings.NewReplacer("RULES", rules, "CA", ca).Replace(prometheusConfig)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "prometheus.log")
	background(t, dir, log, program, append(flags,
		"--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address=127.0.0.1:0")...)
	address := awaitLine(t, log, `msg="Listening on" address=(\S+)`, 1)
	p := &scraper{url: "http://" + address, dir: dir}
	p.await(t, "vector(1)")
	return p
}

// background runs a program until the end of the test, its output in a file.
func background(t *testing.T, dir, log, program string, args ...string) {
	t.Helper()
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		end := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer end.Stop()
		_ = cmd.Wait() // its code is no matter of the test's
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(log), readFile(t, log))
		}
	})
}

// awaitLine waits until a file has a text so many times, and returns the first
// group of the last one.
func awaitLine(t *testing.T, path, pattern string, times int) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(2 * patience); ; time.Sleep(20 * time.Millisecond) {
		found := re.FindAllStringSubmatch(readFile(t, path), -1)
		if len(found) >= times {
			m := found[times-1]
			return m[len(m)-1]
		}
		if time.Now().After(end) {
			t.Fatalf("%s is %d times in %s, want %d", pattern, len(found), path, times)
		}
	}
}

// target gives it something to scrape.
func (p *scraper) target(t *testing.T, address string) {
	t.Helper()
	text := fmt.Sprintf(`[{"targets": [%q]}]`, address)
	if err := os.WriteFile(filepath.Join(p.dir, "targets.new"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(p.dir, "targets.new"), filepath.Join(p.dir, "targets.json")); err != nil {
		t.Fatal(err)
	}
}

// await waits until an expression has a value.
func (p *scraper) await(t *testing.T, expr string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		curves, err := p.ask("query", url.Values{"query": {expr}})
		if err == nil && len(curves) > 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: got %d series, %v", expr, len(curves), err)
		}
	}
}

// A curve is one series: a value for each moment at which there was one.
type curve struct {
	labels map[string]string
	points []point
}

type point struct {
	at    time.Time
	value float64
}

// over asks for an expression over some time.
func (p *scraper) over(expr string, from, to time.Time) ([]curve, error) {
	at := func(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }
	return p.ask("query_range", url.Values{
		"query": {expr}, "start": {at(from)}, "end": {at(to)}, "step": {scrapeEvery.String()},
	})
}

// ask asks the HTTP interface.
func (p *scraper) ask(what string, q url.Values) ([]curve, error) {
	resp, err := http.PostForm(p.url+"/api/v1/"+what, q)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Value  *apiPoint
				Values []apiPoint
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if answer.Status != "success" {
		return nil, fmt.Errorf("%s: %s", q.Get("query"), answer.Error)
	}
	var all []curve
	for _, r := range answer.Data.Result {
		c := curve{labels: r.Metric}
		if r.Value != nil {
			r.Values = append(r.Values, *r.Value)
		}
		for _, s := range r.Values {
			if !math.IsNaN(s.value) { // such as a quantile of nothing, which no panel shows
				c.points = append(c.points, point(s))
			}
		}
		if len(c.points) > 0 {
			all = append(all, c)
		}
	}
	return all, nil
}

// An apiPoint is a point as the HTTP interface writes it: [1700000000.5, "0.25"].
type apiPoint point

// UnmarshalJSON implements [json.Unmarshaler].
func (s *apiPoint) UnmarshalJSON(text []byte) error {
	var pair [2]any
	if err := json.Unmarshal(text, &pair); err != nil {
		return err
	}
	at, _ := pair[0].(float64)
	value, _ := pair[1].(string)
	v, err := strconv.ParseFloat(value, 64)
	s.at, s.value = time.UnixMilli(int64(at*1000)), v
	return err
}
