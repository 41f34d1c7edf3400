package tidy_test

import (
	"fmt"
	"go/ast"
	"regexp"
	"strconv"
	"strings"
	"testing/fstest"
)

var testRules = []rule{
	{
		name: "tests use require and no mocks", check: testLibraries,
		bad: []fstest.MapFS{
			file("kit/ids/a_test.go", "package ids\n\nimport _ \"github.com/stretchr/testify/assert\"\n"),
			file("kit/ids/a_test.go", "package ids\n\nimport _ \"github.com/stretchr/testify/mock\"\n"),
			file("kit/ids/a.go", "package ids\n\nimport _ \"go.uber.org/mock/gomock\"\n"),
		},
		good: file("kit/ids/a_test.go", "package ids\n\nimport _ \"github.com/stretchr/testify/require\"\n"),
	},
	{
		name: "tests do not wait by the clock", check: sleeps,
		bad: []fstest.MapFS{
			file("kit/ids/a_test.go", "package ids\n\nfunc TestA() {\n\ttime.Sleep(time.Second)\n}\n"),
			file("kit/ids/a_test.go", "package ids\n\nfunc TestA() {\n\tfor {\n\t\tgo func() { time.Sleep(time.Second) }()\n\t}\n}\n"),
		},
		good: file("kit/ids/a_test.go", "package ids\n\nfunc wait() {\n\tfor !done() {\n\t\ttime.Sleep(time.Millisecond)\n\t}\n}\n"),
	},
	{
		name: "tests are skipped only by a documented variable", check: skips,
		bad: []fstest.MapFS{
			files("kit/ids/a_test.go", "package ids\n\nfunc TestA(t *testing.T) { t.Skip(\"later\") }\n"),
			files("kit/ids/a_test.go", "package ids\n\nfunc TestA(t *testing.T) { t.Skip(\"set PITBOSS_TEST_X\") }\n"),
			files("web/a.test.ts", "test.skip('later', () => {})\n"),
		},
		good: files("kit/ids/a_test.go", "package ids\n\nfunc TestA(t *testing.T) {\n\tif os.Getenv(\"PITBOSS_TEST_X\") == \"\" {\n\t\tt.Skip(\"set PITBOSS_TEST_X\")\n\t}\n}\n",
			"docs/testing.md", "PITBOSS_TEST_X runs A.\n"),
	},
}

func testLibraries(t *tree) []string {
	banned := regexp.MustCompile(`^github\.com/stretchr/testify/(assert|mock|suite)$|gomock|mockery|sqlmock`)
	var problems []string
	for _, p := range t.goFiles() {
		for _, i := range t.trees[p].Imports {
			if target, _ := strconv.Unquote(i.Path.Value); banned.MatchString(target) {
				problems = append(problems, fmt.Sprintf("%s: %s is not used here", t.at(i), target))
			}
		}
	}
	return problems
}

// slow are the tests whose subject takes time, by file and function. Nothing there waits for something else to have happened.
var slow = map[string]string{
	"kit/bus/relay_test.go TestRelay_LosesNothingUnderConcurrency": "transactions that stay open for a random time",
	"kit/bus/consumer_test.go TestConsumer_StopsInGoodOrder":       "a handler that is still busy when its consumer is stopped",
	"kit/groupcommit/groupcommit_test.go BenchmarkDo":              "a commit that takes as long as a disk",
}

// sleeps: waiting for a time is either too short or too long. A pause between two looks at a condition is polling, so a Sleep directly in a loop is
// allowed; the loop's deadline is for its author.
func sleeps(t *tree) []string {
	var problems []string
	for _, p := range t.goFiles() {
		if !isTest(p) {
			continue
		}
		var stack []ast.Node
		ast.Inspect(t.trees[p], func(n ast.Node) bool {
			if n == nil {
				stack = stack[:len(stack)-1]
				return true
			}
			stack = append(stack, n)
			if call, ok := n.(*ast.CallExpr); ok && callee(call) == "time.Sleep" && !inLoop(stack) && slow[p+" "+outermost(stack)] == "" {
				problems = append(problems, t.at(n)+": a test that sleeps; poll with a deadline")
			}
			return true
		})
	}
	return problems
}

// inLoop tells whether there is a loop between the innermost function and the last node.
func inLoop(stack []ast.Node) bool {
	for i := len(stack) - 1; i >= 0; i-- {
		switch stack[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return true
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		}
	}
	return false
}

// outermost is the name of the declared function in which the last node is.
func outermost(stack []ast.Node) string {
	for _, n := range stack {
		if f, ok := n.(*ast.FuncDecl); ok {
			return f.Name.Name
		}
	}
	return ""
}

var (
	variable   = regexp.MustCompile(`PITBOSS_TEST_[A-Z_]+`)
	scriptSkip = regexp.MustCompile(`\b(test|it|describe)\.skip\(`)
)

func skips(t *tree) []string {
	var problems []string
	for _, p := range t.goFiles() {
		if !isTest(p) && !below(p, "kit/testkit") {
			continue
		}
		for _, d := range t.trees[p].Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				s, ok := call.Fun.(*ast.SelectorExpr)
				if ok && (s.Sel.Name == "Skip" || s.Sel.Name == "Skipf" || s.Sel.Name == "SkipNow") && !documentedSkip(t, p, f) {
					problems = append(problems, t.at(n)+": a skipped test; name the PITBOSS_TEST_ variable that runs it and describe that in docs/testing.md")
				}
				return true
			})
		}
	}
	for _, p := range t.find(func(p string) bool { return strings.Contains(p, ".test.") || strings.Contains(p, ".spec.") }) {
		t.lines(p, func(n int, line string) {
			if scriptSkip.MatchString(line) {
				problems = append(problems, fmt.Sprintf("%s:%d: a skipped test", p, n))
			}
		})
	}
	return problems
}

// documentedSkip looks for a variable in the function that skips, and for that variable in the document on tests.
func documentedSkip(t *tree, p string, f *ast.FuncDecl) bool {
	text := t.text[p][t.fset.Position(f.Pos()).Offset:t.fset.Position(f.End()).Offset]
	for _, name := range variable.FindAllString(text, -1) {
		if strings.Contains(t.text["docs/testing.md"], name) {
			return true
		}
	}
	return false
}
