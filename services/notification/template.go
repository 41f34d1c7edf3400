package notification

import (
	"embed"
	"errors"
	"html"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed templates/*.txt
var templateFiles embed.FS

// mail is a rendered message.
type mail struct {
	subject, text, html string
}

// letter is one template with the variables it needs.
type letter struct {
	subject, body *template.Template
	needs         []string
}

var (
	variable = regexp.MustCompile(`\{\{\.([a-z_]+)\}\}`)
	letters  = parseLetters()
	link     = regexp.MustCompile(`https?://[^\s<]+`)
)

// parseLetters reads the embedded templates: a Subject line, an empty line, paragraphs.
func parseLetters() map[string]letter {
	names, err := fs.Glob(templateFiles, "templates/*.txt")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	out := map[string]letter{}
	for _, file := range names {
		raw, err := templateFiles.ReadFile(file)
		if err != nil {
			panic(err) // listed by the line above
		}
		name := strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".txt")
		head, body, ok := strings.Cut(string(raw), "\n\n")
		subject, isSubject := strings.CutPrefix(head, "Subject: ")
		if !ok || !isSubject {
			panic("template " + name + " does not begin with a subject and an empty line")
		}
		parse := func(text string) *template.Template {
			return template.Must(template.New(name).Option("missingkey=error").Parse(text))
		}
		l := letter{subject: parse(subject), body: parse(strings.TrimSpace(body) + "\n")}
		for _, m := range variable.FindAllStringSubmatch(string(raw), -1) {
			if !slices.Contains(l.needs, m[1]) {
				l.needs = append(l.needs, m[1])
			}
		}
		out[name] = l
	}
	return out
}

// checkLetter says whether a template exists and has what it needs. Errors: TEMPLATE_UNKNOWN, VARIABLE_MISSING.
func checkLetter(name string, variables map[string]string) error {
	l, ok := letters[name]
	if !ok {
		return templateUnknown(name)
	}
	for _, need := range l.needs {
		if variables[need] == "" {
			return variableMissing(need)
		}
	}
	return nil
}

// render fills a template. Values cannot add header lines, markup or templates of their own.
func render(name string, variables map[string]string) (mail, error) {
	l, ok := letters[name]
	if !ok {
		return mail{}, templateUnknown(name)
	}
	var subject, body strings.Builder
	if err := errors.Join(l.subject.Execute(&subject, variables), l.body.Execute(&body, variables)); err != nil {
		return mail{}, err
	}
	m := mail{subject: strings.Join(strings.Fields(subject.String()), " "), text: body.String()}
	var page strings.Builder
	page.WriteString(`<!doctype html><html lang="en"><body style="font:16px/1.5 sans-serif;max-width:36em;margin:2em auto;padding:0 1em">`)
	for paragraph := range strings.SplitSeq(strings.TrimSpace(m.text), "\n\n") {
		safe := html.EscapeString(paragraph)
		safe = link.ReplaceAllString(safe, `<a href="$0">$0</a>`)
		page.WriteString("<p>" + strings.ReplaceAll(safe, "\n", "<br>") + "</p>")
	}
	page.WriteString("</body></html>")
	m.html = page.String()
	return m, nil
}
