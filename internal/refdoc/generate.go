package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// The contracts, linked so that their descriptors can be asked; contracts() finds out when one is missing.
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// reference is everything the documents are made from.
type reference struct {
	platform
	files    []protoreflect.FileDescriptor // sorted by path
	comments comments
}

// generate makes all documents, by file name. root is the repository.
func generate(root fs.FS, p platform) (map[string]string, error) {
	files, err := contracts(root)
	if err != nil {
		return nil, err
	}
	r := &reference{platform: p, files: files}
	if r.comments, err = readComments(root, files); err != nil {
		return nil, err
	}
	events, err := r.events()
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for name, make := range map[string]func() (string, error){
		"rpcs.md":         r.rpcs,
		"errors.md":       r.errors,
		"events.md":       func() (string, error) { return r.eventsDoc(events) },
		"asyncapi.json":   func() (string, error) { return r.asyncAPI(events) },
		"roles.md":        r.roles,
		"config.md":       r.configuration,
		"interceptors.md": interceptors,
	} {
		if out[name], err = make(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return out, nil
}

// contracts lists the linked files of ours, and checks that every proto of the repository is among them.
func contracts(root fs.FS) ([]protoreflect.FileDescriptor, error) {
	var files []protoreflect.FileDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(f.Path(), "pitboss/") {
			files = append(files, f)
		}
		return true
	})
	slices.SortFunc(files, func(a, b protoreflect.FileDescriptor) int { return cmp.Compare(a.Path(), b.Path()) })
	paths, err := fs.Glob(root, "proto/pitboss/*/v1/*.proto")
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		want := strings.TrimPrefix(p, "proto/")
		if !slices.ContainsFunc(files, func(f protoreflect.FileDescriptor) bool { return f.Path() == want }) {
			return nil, fmt.Errorf("%s is not linked into internal/refdoc", want)
		}
	}
	return files, nil
}

// domain is the folder of a contract: "wallet" for pitboss/wallet/v1/events.proto.
func domain(f protoreflect.FileDescriptor) string { return path.Base(path.Dir(path.Dir(f.Path()))) }

// table renders rows as Markdown.
func table(head []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) {
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(c, "|", `\|`)
		}
		b.WriteString(strings.TrimRight("| "+strings.Join(cells, " | "), " ") + " |\n")
	}
	line(slices.Clone(head))
	b.WriteString("|" + strings.Repeat("---|", len(head)) + "\n")
	for _, r := range rows {
		line(slices.Clone(r))
	}
	return b.String()
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
