package tidy_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing/fstest"
)

const (
	maxFile     = 600
	maxTestFile = 1000
	maxFunction = 70
)

var sizeRules = []rule{
	{
		name: "files are at most 600 lines, tests 1000", check: fileSizes,
		bad: []fstest.MapFS{
			file("kit/ids/a.go", "package ids\n"+strings.Repeat("\n", maxFile)),
			file("kit/ids/a_test.go", "package ids\n"+strings.Repeat("\n", maxTestFile)),
			file("web/app/a.tsx", strings.Repeat("\n", maxFile+1)),
		},
		good: files("kit/ids/a.go", "package ids\n"+strings.Repeat("\n", maxFile-1), "gen/go/a.pb.go", "package av1\n"+strings.Repeat("\n", maxFile)),
	},
	{
		name: "functions are at most 70 lines", check: functionSizes,
		bad: []fstest.MapFS{
			file("kit/ids/a.go", "package ids\n\nfunc f() {\n"+strings.Repeat("\n", maxFunction)+"}\n"),
			file("kit/ids/a_test.go", "package ids\n\nfunc f() {\n"+strings.Repeat("\n", maxFunction)+"}\n"),
			file("kit/ids/a_test.go", "package ids\n\nfunc f() {\n\tt.Run(\"a\", func() {\n"+strings.Repeat("\n", maxFunction)+"})\n}\n"),
		},
		good: files("kit/ids/a.go", "package ids\n\nfunc f() {\n"+strings.Repeat("\n", maxFunction-2)+"}\n",
			"kit/ids/a_test.go", "package ids\n\nfunc f() {\n\tt.Run(\"a\", func() {\n"+strings.Repeat("\n", 50)+"})\n\tt.Run(\"b\", func() {\n"+strings.Repeat("\n", 50)+"})\n}\n"),
	},
}

// fileSizes leaves out protos: a contract is one file per service, most of it comments, and splitting it would hide RPCs from their reader.
func fileSizes(t *tree) []string {
	kinds := []string{".go", ".sql", ".sh", ".ts", ".tsx", ".js", ".css", ".html"}
	var problems []string
	for _, p := range t.find(func(p string) bool { return slices.Contains(kinds, path.Ext(p)) && !t.generated(p) }) {
		limit := maxFile
		if isTest(p) || strings.Contains(path.Base(p), ".test.") {
			limit = maxTestFile
		}
		if n := strings.Count(t.text[p], "\n"); n > limit {
			problems = append(problems, fmt.Sprintf("%s: %d lines, at most %d", p, n, limit))
		}
	}
	return problems
}

// functionSizes counts without the doc comment, as a reader sees the code. In tests each subtest counts for itself and not for the test around it.
func functionSizes(t *tree) []string {
	var problems []string
	for _, p := range t.goFiles() {
		for _, d := range t.trees[p].Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			total := t.span(f.Type, f)
			if isTest(p) {
				for _, sub := range subtests(f) {
					n := t.span(sub, sub)
					total -= n - 1
					if n > maxFunction {
						problems = append(problems, fmt.Sprintf("%s: a subtest of %d lines, at most %d", t.at(sub), n, maxFunction))
					}
				}
			}
			if total > maxFunction {
				problems = append(problems, fmt.Sprintf("%s: %s has %d lines, at most %d", t.at(f), f.Name.Name, total, maxFunction))
			}
		}
	}
	return problems
}

// span is how many lines there are from the beginning of one node to the end of another.
func (t *tree) span(from, to ast.Node) int {
	return t.fset.Position(to.End()).Line - t.fset.Position(from.Pos()).Line + 1
}

// subtests are the outermost function literals given to a call of Run.
func subtests(f *ast.FuncDecl) []ast.Node {
	var found []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		s, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || s.Sel.Name != "Run" || len(call.Args) != 2 {
			return true
		}
		if lit, ok := call.Args[1].(*ast.FuncLit); ok {
			found = append(found, lit)
			return false
		}
		return true
	})
	return found
}
