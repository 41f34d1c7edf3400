package tidy_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"
)

var codeRules = []rule{
	{
		name: "exported identifiers have doc comments", check: docComments,
		bad: []fstest.MapFS{
			file("kit/ids/a.go", "package ids\n\nfunc New() {}\n"),
			file("services/wallet/a.go", "package wallet\n\ntype Server struct{}\n"),
			file("gateway/a.go", "package gateway\n\n// server is one.\ntype Server struct{}\n\nfunc (s *Server) Run() {}\n"),
			file("adapters/acme/a.go", "package acme\n\nvar Limit = 1\n"),
			file("kit/ids/a.go", "package ids\n\nconst (\n\tA = 1\n)\n"),
		},
		good: file("kit/ids/a.go", "package ids\n\n// New makes one.\nfunc New() {}\n\n// Kinds.\nconst (\n\tA = 1\n\tB = 2\n)\n\ntype inner struct{}\n\nfunc (inner) Do() {}\n\nvar (\n\tC = 1 // C counts.\n)\n"),
	},
	{
		name: "no driver text reaches a client", check: driverText,
		bad: []fstest.MapFS{
			file("services/wallet/a.go", "package wallet\n\nfunc f(err error) error { return errs.New(r, err.Error()) }\n"),
			file("services/wallet/a.go", "package wallet\n\nfunc f(err error) error { return errs.New(r, \"m\", \"why\", \"x: \"+err.Error()) }\n"),
			file("gateway/a.go", "package gateway\n\nfunc f(err error) error { return status.Error(codes.Internal, err.Error()) }\n"),
			file("gateway/a.go", "package gateway\n\nfunc f(err error) error { return status.Errorf(codes.Internal, \"x: %v\", err) }\n"),
			files("adapters/acme/a.go", "package acme\n\nfunc f(err error) error { return badProtocol(err.Error()) }\n",
				"adapters/acme/errors.go", "package acme\n\nfunc badProtocol(problem string) error { return errs.New(r, \"m\", \"problem\", problem) }\n"),
		},
		good: file("services/wallet/a.go", "package wallet\n\nfunc f(err error) error {\n\tlog.Warn(err.Error())\n\treturn errs.New(r, \"m\").WithCause(err)\n}\n\nfunc g(err error) error { return fmt.Errorf(\"read: %w\", err) }\n"),
	},
	{
		name: "SQL is not put together from values", check: builtSQL,
		bad: []fstest.MapFS{
			file("services/wallet/a.go", "package wallet\n\nvar q = fmt.Sprintf(\"SELECT * FROM a WHERE b = '%s'\", x)\n"),
			file("engines/postgres/a.go", "package postgres\n\nvar q = \"CREATE DATABASE \" + name\n"),
			file("services/wallet/a.go", "package wallet\n\nvar q = fmt.Sprintf(`\n\tUPDATE a SET b = %d`, x)\n"),
		},
		good: files("services/wallet/a.go", "package wallet\n\nconst q = \"SELECT a \" +\n\t\"FROM b\"\n\nvar m = fmt.Sprintf(\"selected %d\", n)\n\nvar u = \"update of \" + name\n"),
	},
}

// docComments: the comment of a group serves its members, a comment at the end of the line serves a constant or variable. Methods that implement
// an interface on an unexported type are not part of anything's face.
func docComments(t *tree) []string {
	var problems []string
	missing := func(n ast.Node, what, name string) {
		problems = append(problems, fmt.Sprintf("%s: %s %s has no doc comment", t.at(n), what, name))
	}
	for _, p := range t.goFiles("kit", "services", "adapters", "gateway") {
		if isTest(p) {
			continue
		}
		for _, d := range t.trees[p].Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
					missing(d, "func", d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						if s.Name.IsExported() && s.Doc == nil && d.Doc == nil {
							missing(s, "type", s.Name.Name)
						}
					case *ast.ValueSpec:
						if s.Names[0].IsExported() && s.Doc == nil && d.Doc == nil && s.Comment == nil {
							missing(s, "value", s.Names[0].Name)
						}
					}
				}
			}
		}
	}
	return problems
}

// exportedReceiver tells whether a function is one, or a method of an exported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	x := d.Recv.List[0].Type
	for {
		switch y := x.(type) {
		case *ast.StarExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.IndexListExpr:
			x = y.X
		case *ast.Ident:
			return y.IsExported()
		default:
			return false
		}
	}
}

// refusal are the functions whose arguments a client reads, besides the constructors that a package has in its errors.go.
var refusal = regexp.MustCompile(`^(errs\.New|status\.(New|Newf|Error|Errorf))$`)

// constructors are the functions of a package's errors.go.
func constructors(t *tree, dir string) map[string]bool {
	names := map[string]bool{}
	if f := t.trees[dir+"/errors.go"]; f != nil {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}

// ownWords are the places where the text is a constant of ours in the form of an error.
var ownWords = map[string]string{
	"adapters/hub88/create_launch_url.go": "page.check answers one of this package's own errors",
	"adapters/hub88/get_round_url.go":     "page.check answers one of this package's own errors",
	"gateway/mux.go":                      "parameters.check words its refusals for the client and passes nothing on",
}

func driverText(t *tree) []string {
	var problems []string
	for _, p := range t.goFiles("services", "adapters", "gateway", "kit") {
		if isTest(p) || below(p, "kit/testkit") || ownWords[p] != "" {
			continue
		}
		own := constructors(t, path.Dir(p))
		ast.Inspect(t.trees[p], func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !refusal.MatchString(callee(call)) && !own[callee(call)] {
				return true
			}
			verbatim := strings.HasPrefix(callee(call), "status.") // these print an error as it is
			for _, a := range call.Args {
				if mentionsErrorText(a, verbatim) {
					problems = append(problems, fmt.Sprintf("%s: %s shows the text of an error to the client; use WithCause", t.at(call), callee(call)))
				}
			}
			return true
		})
	}
	return problems
}

// mentionsErrorText looks for x.Error() and, when asked, for err itself.
func mentionsErrorText(x ast.Expr, itself bool) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Error" && len(n.Args) == 0 {
				found = true
			}
		case *ast.Ident:
			found = found || itself && n.Name == "err"
		}
		return true
	})
	return found
}

// callee is a call's function as "name" or "package.name".
func callee(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
	}
	return ""
}

// statement is the beginning of SQL in the case that SQL has here, so that English is not taken for it.
var statement = regexp.MustCompile("^[\"`]\\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|GRANT|REVOKE|SET|COPY|TRUNCATE|LOCK|NOTIFY|LISTEN) ")

// quoted are the places that put names into SQL, which cannot be parameters in DDL, and why that is safe.
var quoted = map[string]string{
	"cmd/pitboss/bench.go":             "drops the database that the benchmark has made, by the name it gave it",
	"engines/clickhouse/clickhouse.go": "INSERT INTO a table and FORMAT a format, both checked to be identifiers by the lines before",
	"engines/clickhouse/engine.go":     "SET takes no parameters in the library; the values are a number and a random mark of our own",
}

// builtSQL: kit is left out because it makes databases and roles whose names come from the list of services, never from outside.
func builtSQL(t *tree) []string {
	var problems []string
	for _, p := range t.goFiles() {
		if isTest(p) || below(p, "kit") || quoted[p] != "" {
			continue
		}
		ast.Inspect(t.trees[p], func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if callee(n) == "fmt.Sprintf" && len(n.Args) > 1 && startsSQL(n.Args[0]) {
					problems = append(problems, t.at(n)+": SQL from Sprintf; use parameters")
				}
			case *ast.BinaryExpr:
				if n.Op == token.ADD && startsSQL(n) && !constant(n) {
					problems = append(problems, t.at(n)+": SQL put together with +; use parameters")
					return false
				}
			}
			return true
		})
	}
	return problems
}

// startsSQL tells whether the leftmost operand is a literal that begins a statement.
func startsSQL(x ast.Expr) bool {
	for {
		switch y := x.(type) {
		case *ast.BinaryExpr:
			x = y.X
		case *ast.BasicLit:
			return y.Kind == token.STRING && statement.MatchString(y.Value)
		default:
			return false
		}
	}
}

// constant tells whether an expression is made of literals alone.
func constant(x ast.Expr) bool {
	return !slices.ContainsFunc(operands(x), func(x ast.Expr) bool { _, literal := x.(*ast.BasicLit); return !literal })
}

func operands(x ast.Expr) []ast.Expr {
	if b, ok := x.(*ast.BinaryExpr); ok {
		return append(operands(b.X), operands(b.Y)...)
	}
	return []ast.Expr{x}
}
