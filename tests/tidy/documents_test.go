package tidy_test

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"
)

var documentRules = []rule{
	{
		name: "links in documents lead somewhere", check: links,
		bad: []fstest.MapFS{
			file("README.md", "see [this](docs/none.md)\n"), file("docs/a.md", "see [this](../none/)\n"), file("docs/a.md", "see [this](#nothing)\n"),
			files("docs/a.md", "see [this](b.md#nothing)\n", "docs/b.md", "# Something\n"),
		},
		good: files("README.md", "see [this](docs/a.md#what-it-is), [that](https://example.com/x) and [folder](docs/)\n", "docs/a.md", "# A\n\n## What it is\n\n[up](#a)\n"),
	},
	{
		name: "files that documents name exist", check: namedFiles,
		bad: []fstest.MapFS{
			files("docs/a.md", "it is in `kit/ids/none.go`\n", "kit/ids/a.go", "package ids\n"), file("README.md", "run `tools/none.sh`\n"), files("docs/a.md", "see `kit/none/`\n", "kit/ids/a.go", "package ids\n"),
		},
		good: files("docs/a.md", "in `kit/ids/a.go`, in `services/<x>/a.go`, in `kit/ids` and in `b.md`; at `/v1/a.json`\n", "kit/ids/a.go", "package ids\n", "docs/b.md", "# B\n",
			"services/wallet/README.md", "in `internal/db/a.sql`\n", "services/wallet/internal/db/a.sql", ""),
	},
}

func documents(t *tree) []string {
	return t.find(func(p string) bool { return strings.HasSuffix(p, ".md") })
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```")
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
)

func links(t *tree) []string {
	var problems []string
	for _, p := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(t.text[p], ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			where := p
			if target != "" {
				where = path.Join(path.Dir(p), target)
			}
			switch {
			case !t.has(where):
				problems = append(problems, fmt.Sprintf("%s: the link to %s leads nowhere", p, m[1]))
			case anchor != "" && strings.HasSuffix(where, ".md") && !slices.Contains(anchors(t.text[where]), anchor):
				problems = append(problems, fmt.Sprintf("%s: there is no heading for %s", p, m[1]))
			}
		}
	}
	return problems
}

// anchors are the names that renderers give to headings.
func anchors(text string) []string {
	var names []string
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(strings.TrimSpace(name), " ", "-"))
	}
	return names
}

// named is a path in code quotes: with a folder and an ending that our files have, or a folder with a slash at its end.
var named = regexp.MustCompile("`((?:[\\w.@-]+/)+(?:[\\w.-]+\\.(?:go|md|proto|sql|sh|json|yaml|ts|tsx|mod|txt|html))?)`")

// namedFiles: a path may be meant from the root of the repository or from the document's folder. A path whose first folder exists in neither place
// is not one of ours.
func namedFiles(t *tree) []string {
	var problems []string
	for _, p := range documents(t) {
		for _, m := range named.FindAllStringSubmatch(fenced.ReplaceAllString(t.text[p], ""), -1) {
			name := strings.TrimSuffix(m[1], "/")
			first, _, _ := strings.Cut(name, "/")
			here := path.Dir(p)
			ours := t.has(first) || t.has(path.Join(here, first)) || first == "docs" || first == "tools"
			if ours && !slices.Contains(skipped, first) && !t.has(path.Clean(name)) && !t.has(path.Join(here, name)) {
				problems = append(problems, fmt.Sprintf("%s: names %s, which does not exist", p, m[1]))
			}
		}
	}
	return problems
}
