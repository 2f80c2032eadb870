package main

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed sheet.html
var sheetHTML string

// writeHTML writes a sheet as one page that needs nothing else: no script, no
// font, no picture. The template escapes whatever comes from people.
func writeHTML(w io.Writer, s sheet) error {
	t, err := template.New("sheet").Funcs(template.FuncMap{
		"number": number, "clean": clean, "minute": func() string { return minute },
	}).Parse(sheetHTML)
	if err != nil {
		return err
	}
	return t.Execute(w, s)
}
