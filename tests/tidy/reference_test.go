package tidy_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestReferenceIsCurrent is the one test here that compiles: the documents are made from linked contracts and from what the services say of
// themselves. It needs nothing that `go build` does not need; whether gen/ follows from proto/ is seen by `make gen` alone.
func TestReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "run", "./internal/refdoc", "-check")
	cmd.Dir = "../.."
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
