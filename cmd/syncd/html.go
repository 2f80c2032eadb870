package main

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed sheet.html
var sheetHTML string

// sheetTemplate returns the page that a sheet becomes. It escapes whatever comes
// from people.
func sheetTemplate() (*template.Template, error) {
	return template.New("sheet").Funcs(template.FuncMap{
		"number": number, "clean": clean, "minute": func() string { return minute },
	}).Parse(sheetHTML)
}

// writeHTML writes a sheet as one page that needs nothing else: no script, no
// font, no picture.
func writeHTML(w io.Writer, s sheet) error {
	t, err := sheetTemplate()
	if err != nil {
		return err
	}
	return t.Execute(w, s)
}
