package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// comments are the leading comments of the contracts by full name: services, methods, messages, enums and their values. Linked descriptors
// have none, but the generated Go code repeats them, so neither buf nor the third-party protos are needed here.
type comments map[string]string

// readComments reads the generated code of the packages in which the files are.
func readComments(root fs.FS, files []protoreflect.FileDescriptor) (comments, error) {
	c := comments{}
	done := map[string]bool{}
	for _, f := range files {
		dir := path.Join("gen/go", path.Dir(f.Path()))
		if done[dir] {
			continue
		}
		done[dir] = true
		names, err := fs.Glob(root, dir+"/*.pb.go")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			src, err := fs.ReadFile(root, name)
			if err != nil {
				return nil, err
			}
			tree, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			c.collect(string(f.Package()), tree)
		}
	}
	return c, nil
}

// collect takes the comments of one generated file: of messages from their structs, of services and methods from the client interfaces
// (whose comment begins with a sentence of the generator), of enum values from their constants.
func (c comments) collect(pkg string, f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range g.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				c.collectType(pkg, s, firstText(s.Doc, g.Doc))
			case *ast.ValueSpec:
				kind, ok := s.Type.(*ast.Ident)
				if g.Tok != token.CONST || !ok || s.Doc == nil {
					continue
				}
				for _, n := range s.Names {
					// Go prefixes the constant with its type; in protobuf values are siblings of their enum.
					c[pkg+"."+strings.TrimPrefix(n.Name, kind.Name+"_")] = flat(s.Doc.Text())
				}
			}
		}
	}
}

func (c comments) collectType(pkg string, s *ast.TypeSpec, text string) {
	i, ok := s.Type.(*ast.InterfaceType)
	if !ok {
		c[pkg+"."+s.Name.Name] = flat(text)
		return
	}
	service, ok := strings.CutSuffix(s.Name.Name, "Client")
	if !ok {
		return
	}
	_, own, _ := strings.Cut(text, "ClientConn.NewStream.") // the generator's own words end here
	c[pkg+"."+service] = flat(own)
	for _, m := range i.Methods.List {
		for _, n := range m.Names {
			c[pkg+"."+service+"."+n.Name] = flat(m.Doc.Text())
		}
	}
}

// of is the comment of a descriptor; every one that is documented must have one.
func (c comments) of(d protoreflect.Descriptor) (string, error) {
	text := c[string(d.FullName())]
	if text == "" {
		return "", fmt.Errorf("%s has no comment in gen/go", d.FullName())
	}
	return text, nil
}

// withoutName drops the declared name from the front of its comment and begins with a capital letter.
func withoutName(text, name string) string {
	rest := strings.TrimPrefix(text, name+" ")
	if rest == "" {
		return text
	}
	return strings.ToUpper(rest[:1]) + rest[1:]
}

// firstSentence cuts after the first full stop that ends a sentence.
func firstSentence(text string) string {
	for i := 0; ; {
		j := strings.Index(text[i:], ". ")
		if j < 0 {
			return text
		}
		i += j + 2
		if i < len(text) && text[i] >= 'A' && text[i] <= 'Z' {
			return text[:i-1]
		}
	}
}

func firstText(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if g != nil {
			return g.Text()
		}
	}
	return ""
}

func flat(text string) string { return strings.Join(strings.Fields(text), " ") }
