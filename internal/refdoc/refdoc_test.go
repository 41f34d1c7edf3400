package main

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/pitboss-gaming/pitboss/kit/app"
)

// contract is an events.proto of the service demo with one message.
func contract(t *testing.T, message string) protoreflect.FileDescriptor {
	t.Helper()
	name, pkg, syntax := "pitboss/demo/v1/events.proto", "pitboss.demo.v1", "proto3"
	f, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: &name, Package: &pkg, Syntax: &syntax, MessageType: []*descriptorpb.DescriptorProto{{Name: &message}},
	}, nil)
	require.NoError(t, err)
	return f
}

func TestEvents_CommentAndServicesMustAgree(t *testing.T) {
	t.Parallel()
	demo := service{Name: "demo", Publishes: []string{"demo.>"}}
	for name, c := range map[string]struct {
		comment  string
		services []service
		problem  string
	}{
		"right":             {"Paid is demo.paid.v1: money came.", []service{demo}, ""},
		"no subject":        {"Paid tells that money came.", []service{demo}, "must begin"},
		"another's name":    {"Other is demo.paid.v1: money came.", []service{demo}, "is about Other"},
		"nobody publishes":  {"Paid is other.paid.v1: money came.", []service{demo}, "published by 0"},
		"two publish":       {"Paid is demo.paid.v1: money came.", []service{demo, {Name: "b", Publishes: []string{"demo.*.v1"}}}, "published by 2"},
		"another publishes": {"Paid is demo.paid.v1: money came.", []service{{Name: "b", Publishes: []string{"demo.>"}}}, "its contract is demo's"},
		"consumed in vain": {"Paid is demo.paid.v1: money came.", []service{demo, {Name: "b", Consumes: []app.Subscription{{Name: "b_x", Subjects: []string{"demo.lost.v1"}}}}},
			"which is no event"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &reference{
				platform: platform{Services: c.services}, files: []protoreflect.FileDescriptor{contract(t, "Paid")},
				comments: comments{"pitboss.demo.v1.Paid": c.comment},
			}
			all, err := r.events()
			if c.problem != "" {
				require.ErrorContains(t, err, c.problem)
				return
			}
			require.NoError(t, err)
			require.Len(t, all, 1)
			require.Equal(t, "Money came.", all[0].meaning)
		})
	}
}

func TestContracts_AnUnlinkedOneIsNamed(t *testing.T) {
	t.Parallel()
	_, err := contracts(fstest.MapFS{"proto/pitboss/new/v1/events.proto": &fstest.MapFile{}})
	require.ErrorContains(t, err, "pitboss/new/v1/events.proto is not linked")
}

func TestCompare_NamesWhatIsNotCurrent(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ref")
	files := map[string]string{"a.md": "a", "b.md": "b"}
	require.ErrorContains(t, compare(dir, files), "a.md, b.md", "nothing is there yet")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "old.md"), nil, 0o644))
	require.NoError(t, write(dir, files))
	require.NoError(t, compare(dir, files), "and old.md is gone")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.md"), []byte("edited"), 0o644))
	require.ErrorContains(t, compare(dir, files), "a.md")
}

func TestFirstSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"One. Two.": "One.", "One.": "One.", "cash -> held, e.g. a stake. Errors: X.": "cash -> held, e.g. a stake.", "": "",
	} {
		require.Equal(t, want, firstSentence(text))
	}
}
