package postgres

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLock_Inherited: a child process that is being started while the lock is given back has not yet closed what it inherited, and keeps nobody out.
func TestLock_Inherited(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(name)
	require.NoError(t, err)
	_, err = lock(name)
	require.ErrorIs(t, err, ErrRunning)
	fds, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	inherited := -1
	for _, fd := range fds {
		if target, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && target == name {
			n, err := strconv.Atoi(fd.Name())
			require.NoError(t, err)
			inherited, err = syscall.Dup(n)
			require.NoError(t, err)
		}
	}
	require.NotEqual(t, -1, inherited)
	defer syscall.Close(inherited)
	unlock()
	unlock, err = lock(name)
	require.NoError(t, err)
	unlock()
}
