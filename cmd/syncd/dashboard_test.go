package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A dashboard is one of Grafana's, with the keys that ours use: any other is
// taken for misspelled.
type dashboard struct {
	UID           string            `json:"uid"`
	Title         string            `json:"title"`
	Description   string            `json:"description"`
	Tags          []string          `json:"tags"`
	SchemaVersion int               `json:"schemaVersion"`
	Version       int               `json:"version"`
	Editable      bool              `json:"editable"`
	GraphTooltip  int               `json:"graphTooltip"`
	Timezone      string            `json:"timezone"`
	Refresh       string            `json:"refresh"`
	Time          map[string]string `json:"time"`
	Links         []map[string]any  `json:"links"`
	Panels        []panel           `json:"panels"`
	Templating    struct {
		List []struct {
			Name       string         `json:"name"`
			Label      string         `json:"label"`
			Type       string         `json:"type"`
			Query      any            `json:"query"`
			Definition string         `json:"definition"`
			Source     *datasource    `json:"datasource"`
			IncludeAll bool           `json:"includeAll"`
			Multi      bool           `json:"multi"`
			AllValue   string         `json:"allValue"`
			Current    map[string]any `json:"current"`
			Refresh    int            `json:"refresh"`
			Sort       int            `json:"sort"`
		} `json:"list"`
	} `json:"templating"`
}

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// A panel is a part of a dashboard.
type panel struct {
	ID          int            `json:"id"`
	Type        string         `json:"type"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	Source      datasource     `json:"datasource"`
	Grid        grid           `json:"gridPos"`
	Targets     []panelQuery   `json:"targets"`
	Options     map[string]any `json:"options"`
	FieldConfig struct {
		Defaults  field `json:"defaults"`
		Overrides []any `json:"overrides"`
	} `json:"fieldConfig"`
}

// A grid is a place: a dashboard is 24 units wide.
type grid struct{ X, Y, W, H int }

type panelQuery struct {
	RefID  string     `json:"refId"`
	Source datasource `json:"datasource"`
	Expr   string     `json:"expr"`
	Legend string     `json:"legendFormat"`
}

// A field says how values look.
type field struct {
	Unit       string            `json:"unit"`
	Min        *float64          `json:"min"`
	Max        *float64          `json:"max"`
	NoValue    string            `json:"noValue"`
	Color      map[string]string `json:"color"`
	Thresholds struct {
		Mode  string `json:"mode"`
		Steps []struct {
			Color string   `json:"color"`
			Value *float64 `json:"value"`
		} `json:"steps"`
	} `json:"thresholds"`
	Custom struct {
		DrawStyle   string            `json:"drawStyle"`
		FillOpacity int               `json:"fillOpacity"`
		LineWidth   int               `json:"lineWidth"`
		ShowPoints  string            `json:"showPoints"`
		Stacking    map[string]string `json:"stacking"`
	} `json:"custom"`
}

// dashboards reads all of them, in the order of their names.
func dashboards(t *testing.T) []dashboard {
	t.Helper()
	files, err := filepath.Glob("../../deploy/grafana/*.json")
	if err != nil || len(files) != 2 {
		t.Fatalf("got %d dashboards, %v, want 2", len(files), err)
	}
	var all []dashboard
	for _, file := range files {
		d := json.NewDecoder(strings.NewReader(readFile(t, file)))
		d.DisallowUnknownFields()
		var board dashboard
		if err := d.Decode(&board); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if got, want := filepath.Base(file), board.UID+".json"; got != want {
			t.Errorf("got file %s, want %s", got, want)
		}
		all = append(all, board)
	}
	return all
}

// TestDashboards looks at all that can be seen without data: places, texts,
// units, and whether queries use what the daemon has.
func TestDashboards(t *testing.T) {
	for _, d := range dashboards(t) {
		ids, titles := make(map[int]bool), make(map[string]bool)
		var taken [24][200]string
		for _, p := range d.Panels {
			at := d.UID + ", " + p.Title
			if ids[p.ID] || titles[p.Title] {
				t.Errorf("%s: there are two with this id or title", at)
			}
			ids[p.ID], titles[p.Title] = true, true
			if p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
				t.Errorf("%s has no description, unit or query", at)
			}
			if !drawable(p.Type) {
				t.Errorf("%s: the kind is %q, which the picture does not know", at, p.Type)
			}
			occupy(t, &taken, p.Grid, at)
			refs := make(map[string]bool)
			for _, q := range p.Targets {
				checkTarget(t, at, q, refs)
			}
		}
	}
}

// occupy takes the place of a panel.
func occupy(t *testing.T, taken *[24][200]string, g grid, by string) {
	t.Helper()
	if g.X < 0 || g.W < 1 || g.H < 1 || g.X+g.W > 24 || g.Y < 0 || g.Y+g.H > 200 {
		t.Errorf("%s is off the board: %+v", by, g)
		return
	}
	for x := g.X; x < g.X+g.W; x++ {
		for y := g.Y; y < g.Y+g.H; y++ {
			if taken[x][y] != "" {
				t.Errorf("%s lies over %s", by, taken[x][y])
				return
			}
			taken[x][y] = by
		}
	}
}

// selector finds a metric with all that stands in its braces.
var selector = regexp.MustCompile(`\b((?:syncd|process|go)_\w+)(\{[^}]*\})?`)

func checkTarget(t *testing.T, at string, q panelQuery, refs map[string]bool) {
	t.Helper()
	if q.RefID == "" || refs[q.RefID] {
		t.Errorf("%s: the query's refId %q is empty or there twice", at, q.RefID)
	}
	refs[q.RefID] = true
	if q.Source.UID != "${datasource}" {
		t.Errorf("%s: the data source is %q, want the one that is chosen", at, q.Source.UID)
	}
	for _, fault := range foreignNames(q.Expr, nil) {
		t.Errorf("%s: %s", at, fault)
	}
	found := selector.FindAllStringSubmatch(q.Expr, -1)
	if len(found) == 0 {
		t.Errorf("%s: no metric in %s", at, q.Expr)
	}
	for _, m := range found {
		if !strings.Contains(m[2], `job=~"$job",instance=~"$instance"`) {
			t.Errorf("%s: %s is not bound to the daemons that are chosen", at, m[1])
		}
	}
}

func drawable(kind string) bool { return kind == "stat" || kind == "timeseries" }
