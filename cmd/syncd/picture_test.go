package main

import (
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// legendLabel holds the legend of a curve's query among its labels.
const legendLabel = "__legend__"

// Sizes of a picture, in pixels. A board is 24 units wide.
const (
	unitWidth  = 54
	unitHeight = 34
	boardHead  = 64
	gap        = 4
	legendLine = 15
)

// A canvas is an SVG while it is drawn.
type canvas struct{ strings.Builder }

func (c *canvas) printf(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

// text writes at a place. The anchor is start, middle or end.
func (c *canvas) text(x, y float64, size int, anchor, fill, weight, text string) {
	c.printf(`<text x="%.1f" y="%.1f" font-size="%d" text-anchor="%s" fill="%s" font-weight="%s">%s</text>`,
		x, y, size, anchor, fill, weight, html.EscapeString(text))
}

// writePicture draws a dashboard with what its queries gave.
func writePicture(t *testing.T, d dashboard, seen map[int][]curve, from, to time.Time) {
	t.Helper()
	bottom := 0
	for _, p := range d.Panels {
		bottom = max(bottom, p.Grid.Y+p.Grid.H)
	}
	width, height := 24*unitWidth, boardHead+bottom*unitHeight
	var c canvas
	c.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="DejaVu Sans, Verdana, sans-serif">`, width, height, width, height)
	c.printf(`<rect width="%d" height="%d" fill="#f4f5f5"/>`, width, height)
	c.text(10, 26, 18, "start", "#1f2328", "bold", d.Title)
	c.text(10, 48, 12, "start", "#57606a", "normal", fmt.Sprintf(
		"%s Drawn by a test from what a Prometheus saw of a real daemon in %.0f s: 59 people are hired and one is held,", d.Description, to.Sub(from).Seconds()))
	c.text(10, 62, 12, "start", "#57606a", "normal", "half an export is refused, the server is out of reach, and then all that was due is done.")
	for _, p := range d.Panels {
		drawPanel(&c, p, seen[p.ID], from, to)
	}
	c.printf("</svg>")
	path := filepath.Join("../../docs/pictures", d.UID+".svg")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(c.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A box is a place on a canvas.
type box struct{ x, y, w, h float64 }

func drawPanel(c *canvas, p panel, curves []curve, from, to time.Time) {
	b := box{float64(p.Grid.X*unitWidth + gap), float64(boardHead + p.Grid.Y*unitHeight + gap), float64(p.Grid.W*unitWidth - 2*gap), float64(p.Grid.H*unitHeight - 2*gap)}
	c.printf(`<rect x="%.0f" y="%.0f" width="%.0f" height="%.0f" rx="3" fill="#ffffff" stroke="#d0d7de"/>`, b.x, b.y, b.w, b.h)
	c.text(b.x+8, b.y+17, 12, "start", "#1f2328", "bold", p.Title)
	if p.Type == "stat" {
		drawStat(c, p, curves, b)
		return
	}
	drawSeries(c, p, curves, b, from, to)
}

// drawStat writes the last value of each curve in the color of its threshold.
func drawStat(c *canvas, p panel, curves []curve, b box) {
	var texts, fills []string
	for _, v := range curves {
		last := v.points[len(v.points)-1].value
		text := format(p.FieldConfig.Defaults.Unit, last)
		switch {
		case p.Options["textMode"] == "name":
			text = legend(v)
		case len(curves) > 1:
			text = legend(v) + " " + text
		}
		texts, fills = append(texts, text), append(fills, threshold(p, last))
	}
	if len(texts) == 0 {
		texts, fills = []string{p.FieldConfig.Defaults.NoValue}, []string{"#57606a"}
	}
	size := 26
	if len(texts) > 1 || len([]rune(texts[0])) > 9 {
		size = 17
	}
	for i, text := range texts {
		y := b.y + b.h/2 + 18 + (float64(i)-float64(len(texts)-1)/2)*24
		c.text(b.x+b.w/2, y, size, "middle", fills[i], "bold", text)
	}
}

// threshold returns the color of a value.
func threshold(p panel, v float64) string {
	name := "text"
	for _, s := range p.FieldConfig.Defaults.Thresholds.Steps {
		if s.Value == nil || v >= *s.Value {
			name = s.Color
		}
	}
	return map[string]string{"green": "#1a7f37", "yellow": "#9a6700", "red": "#cf222e", "text": "#1f2328"}[name]
}

// legend fills a legend's {{label}} with the curve's labels.
func legend(v curve) string {
	text := v.labels[legendLabel]
	for name, value := range v.labels {
		if name == "instance" {
			value = "daemon" // its port says nothing
		}
		text = strings.ReplaceAll(text, "{{"+name+"}}", value)
	}
	return text
}

func palette(i int) string {
	colors := []string{"#0969da", "#cf222e", "#1a7f37", "#9a6700", "#8250df", "#bf3989", "#1b7c83", "#bc4c00", "#57606a", "#4d2d00"}
	return colors[i%len(colors)]
}

// drawSeries draws curves over time, with axes and a legend.
func drawSeries(c *canvas, p panel, curves []curve, b box, from, to time.Time) {
	slices.SortStableFunc(curves, func(a, b curve) int { return strings.Compare(legend(a), legend(b)) })
	rows := legendRows(curves, b.w-16)
	plot := box{b.x + 58, b.y + 28, b.w - 72, b.h - 28 - 22 - float64(len(rows)*legendLine)}
	stacked := p.FieldConfig.Defaults.Custom.Stacking["mode"] == "normal"
	layers := layersOf(curves, stacked)
	low, high := extent(p, layers)
	y := func(v float64) float64 { return plot.y + plot.h - (v-low)/(high-low)*plot.h }
	x := func(t time.Time) float64 {
		return plot.x + float64(t.Sub(from))/float64(to.Sub(from))*plot.w
	}
	for i := range 5 {
		v := low + (high-low)*float64(i)/4
		c.printf(`<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#eaeef2"/>`, plot.x, plot.x+plot.w, y(v), y(v))
		c.text(plot.x-6, y(v)+4, 10, "end", "#57606a", "normal", format(p.FieldConfig.Defaults.Unit, v))
	}
	for at := time.Duration(0); at < to.Sub(from); at += 10 * time.Second {
		px := x(from.Add(at))
		c.printf(`<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#eaeef2"/>`, px, px, plot.y, plot.y+plot.h)
		c.text(px, plot.y+plot.h+14, 10, "middle", "#57606a", "normal", fmt.Sprintf("%.0f s", at.Seconds()))
	}
	for i, l := range slices.Backward(layers) {
		if p.FieldConfig.Defaults.Custom.DrawStyle == "bars" {
			drawBars(c, l, palette(i), x, y, plot.w*float64(scrapeEvery)/float64(to.Sub(from)))
			continue
		}
		drawLine(c, l, palette(i), x, y, stacked)
	}
	for i, row := range rows {
		c.printf(`<g transform="translate(%.1f %.1f)">%s</g>`, b.x+10, b.y+b.h-float64((len(rows)-i)*legendLine)+6, row)
	}
}

// legendRows puts the legends into rows that fit.
func legendRows(curves []curve, width float64) []string {
	var rows []string
	var row strings.Builder
	at := 0.0
	for i, v := range curves {
		name := legend(v)
		w := 18 + 6.4*float64(len([]rune(name)))
		if at > 0 && at+w > width {
			rows = append(rows, row.String())
			row.Reset()
			at = 0
		}
		fmt.Fprintf(&row, `<rect x="%.1f" y="-3" width="10" height="3" fill="%s"/><text x="%.1f" y="2" font-size="10" fill="#1f2328">%s</text>`, at, palette(i), at+14, html.EscapeString(name))
		at += w
	}
	return append(rows, row.String())
}

// A layer is a curve with what it stands on.
type layer struct{ points, base []point }

// layersOf stacks curves, if so asked.
func layersOf(curves []curve, stacked bool) []layer {
	sum := make(map[int64]float64)
	var all []layer
	for _, v := range curves {
		l := layer{}
		for _, p := range v.points {
			base := 0.0
			if stacked {
				base = sum[p.at.UnixMilli()]
				sum[p.at.UnixMilli()] += p.value
			}
			l.points = append(l.points, point{p.at, base + p.value})
			l.base = append(l.base, point{p.at, base})
		}
		all = append(all, l)
	}
	return all
}

// extent returns what the axis reaches over.
func extent(p panel, layers []layer) (low, high float64) {
	high = math.Inf(-1)
	if p.FieldConfig.Defaults.Min != nil {
		low = *p.FieldConfig.Defaults.Min
	}
	for _, l := range layers {
		for _, v := range l.points {
			high = max(high, v.value)
			low = min(low, v.value)
		}
	}
	if p.FieldConfig.Defaults.Max != nil {
		high = max(high, *p.FieldConfig.Defaults.Max)
	}
	if high <= low {
		return low, low + 1
	}
	scale := 1.0
	if p.FieldConfig.Defaults.Unit == "bytes" {
		scale = math.Pow(1024, math.Floor(math.Log(high-low)/math.Log(1024)))
	}
	step := scale * math.Pow(10, math.Floor(math.Log10((high-low)/scale/4)))
	for _, f := range []float64{1, 2, 2.5, 5, 10} {
		if step*f*4 >= high-low {
			return low, low + step*f*4
		}
	}
	return low, high
}

func drawBars(c *canvas, l layer, color string, x func(time.Time) float64, y func(float64) float64, width float64) {
	for i, p := range l.points {
		if top, foot := y(p.value), y(l.base[i].value); foot > top {
			c.printf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, x(p.at)-width/2, top, width, foot-top, color)
		}
	}
}

// drawLine draws a line that ends where there are no values.
func drawLine(c *canvas, l layer, color string, x func(time.Time) float64, y func(float64) float64, filled bool) {
	for start := 0; start < len(l.points); {
		end := start + 1
		for end < len(l.points) && l.points[end].at.Sub(l.points[end-1].at) <= 2*scrapeEvery {
			end++
		}
		var line, foot strings.Builder
		for i := start; i < end; i++ {
			fmt.Fprintf(&line, "%.1f,%.1f ", x(l.points[i].at), y(l.points[i].value))
		}
		for i := end - 1; i >= start; i-- {
			fmt.Fprintf(&foot, "%.1f,%.1f ", x(l.base[i].at), y(l.base[i].value))
		}
		if filled {
			c.printf(`<polygon points="%s%s" fill="%s" fill-opacity="0.25"/>`, line.String(), foot.String(), color)
		}
		c.printf(`<polyline points="%s" fill="none" stroke="%s" stroke-width="1.6"/>`, strings.TrimSpace(line.String()), color)
		start = end
	}
}

// format writes a value as Grafana does, more or less.
func format(unit string, v float64) string {
	switch unit {
	case "percentunit":
		return plain(v*100) + " %"
	case "s":
		return seconds(v)
	case "bytes":
		return scaled(v, 1024, []string{" B", " KiB", " MiB", " GiB"})
	case "reqps":
		return plain(v) + " req/s"
	}
	return scaled(v, 1000, []string{"", " K", " M", " G"})
}

// plain writes a number with up to three digits that count.
func plain(v float64) string {
	if math.Abs(v) >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func scaled(v, by float64, names []string) string {
	i := 0
	for math.Abs(v) >= by && i < len(names)-1 {
		v /= by
		i++
	}
	return plain(v) + names[i]
}

func seconds(v float64) string {
	switch a := math.Abs(v); {
	case a == 0:
		return "0 s"
	case a < 1:
		return plain(v*1000) + " ms"
	case a < 120:
		return plain(v) + " s"
	case a < 2*3600:
		return plain(v/60) + " min"
	case a < 48*3600:
		return plain(v/3600) + " h"
	case a < 730*86400:
		return plain(v/86400) + " days"
	}
	return plain(v/86400/365) + " years"
}
