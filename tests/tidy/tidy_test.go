// Package tidy_test holds the rules of the repository as tests. A rule is a function over a file tree, so that fixtures can show that it fires: a
// guard is only worth something once it has been seen to fail. The rules read text and syntax trees and compile nothing.
//
// A rule that stands in the way of good code is changed here, with the reason in its comment.
package tidy_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// rule is one rule with the proof that it fires.
type rule struct {
	name string
	// check answers what is wrong, as "file:line: problem".
	check func(t *tree) []string
	// bad are trees in each of which the rule must find something.
	bad []fstest.MapFS
	// good is a tree in which it must find nothing.
	good fstest.MapFS
}

var rules = slices.Concat(contractRules, structureRules, sizeRules, codeRules, testRules, textRules, documentRules)

func TestRepository(t *testing.T) {
	t.Parallel()
	repository := load(t, os.DirFS("../.."))
	require.Greater(t, len(repository.paths), 300, "the repository was not found")
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, problem := range r.check(repository) {
				t.Error(problem)
			}
		})
	}
}

func TestRulesFire(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			require.NotEmpty(t, r.bad, "a rule needs a fixture that breaks it")
			for i, bad := range r.bad {
				require.NotEmpty(t, r.check(load(t, bad)), "fixture %d", i)
			}
			require.Empty(t, r.check(load(t, r.good)), "the good fixture")
		})
	}
}

// skipped are folders that are not part of the repository (.gitignore); rapid keeps what a failed property test drew, .next, out and artifacts what the
// web app's tools make.
var skipped = []string{".git", ".cache", ".pitboss", "bin", "node_modules", "rapid", ".next", "out", "artifacts"}

// builtApp is where the web app's build is embedded from; its name alone is also that of a folder of the app's own.
const builtApp = "gateway/web/app"

// tree is the text files of a repository.
type tree struct {
	paths []string // sorted
	text  map[string]string
	trees map[string]*ast.File
	fset  *token.FileSet
	dirs  map[string]bool
}

func load(t *testing.T, fsys fs.FS) *tree {
	t.Helper()
	out := &tree{text: map[string]string{}, trees: map[string]*ast.File{}, fset: token.NewFileSet(), dirs: map[string]bool{}}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return ignoreVanished(err)
		}
		if d.IsDir() {
			if slices.Contains(skipped, d.Name()) || p == builtApp {
				return fs.SkipDir
			}
			out.dirs[p] = true
			return nil
		}
		b, err := fs.ReadFile(fsys, p)
		if err != nil {
			return ignoreVanished(err)
		}
		out.paths = append(out.paths, p)
		if !bytes.ContainsRune(b, 0) {
			out.text[p] = string(b)
		}
		if strings.HasSuffix(p, ".go") {
			if out.trees[p], err = parser.ParseFile(out.fset, p, b, parser.ParseComments|parser.SkipObjectResolution); err != nil {
				return fmt.Errorf("%s: %w", p, err)
			}
		}
		return nil
	})
	require.NoError(t, err)
	return out
}

// ignoreVanished lets a test that writes beside us take its files away.
func ignoreVanished(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// has tells whether a file or folder exists.
func (t *tree) has(p string) bool { return t.dirs[p] || slices.Contains(t.paths, p) }

// find lists the text files for which keep says yes.
func (t *tree) find(keep func(p string) bool) []string {
	return slices.DeleteFunc(slices.Clone(t.paths), func(p string) bool {
		_, text := t.text[p]
		return !text || !keep(p)
	})
}

// goFiles lists hand-written Go files below any of the folders; no folders means all.
func (t *tree) goFiles(dirs ...string) []string {
	return t.find(func(p string) bool {
		return strings.HasSuffix(p, ".go") && !t.generated(p) && (len(dirs) == 0 || below(p, dirs...))
	})
}

// generated tells whether a file says that it was generated, in the form that Go tools know, before its package clause.
func (t *tree) generated(p string) bool {
	head, _, _ := strings.Cut(t.text[p], "\npackage ")
	return below(p, "gen") || strings.Contains(head, "// Code generated ") && strings.Contains(head, "DO NOT EDIT.")
}

// at is the place of a node for a message.
func (t *tree) at(n ast.Node) string {
	p := t.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// lines calls do for each line of a file, counted from 1.
func (t *tree) lines(p string, do func(n int, line string)) {
	for i, line := range strings.Split(t.text[p], "\n") {
		do(i+1, line)
	}
}

// below tells whether p lies in one of the folders.
func below(p string, dirs ...string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool { return strings.HasPrefix(p, d+"/") })
}

func isTest(p string) bool { return strings.HasSuffix(p, "_test.go") }

// folder is the first n parts of a path.
func folder(p string, n int) string {
	parts := strings.Split(path.Dir(p), "/")
	return strings.Join(parts[:min(n, len(parts))], "/")
}

// file makes a fixture of one file.
func file(name, text string) fstest.MapFS { return files(name, text) }

// files makes a fixture of pairs of name and text.
func files(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}
