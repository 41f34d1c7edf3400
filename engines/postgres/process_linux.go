package postgres

import (
	"os"
	"os/exec"
	"syscall"
)

// enterAndTie makes dir the working directory of the child and ties the child's life to this thread. The thread gets
// a working directory of its own and enters dir with this process's rights; the child inherits it. exec.Cmd.Dir would
// enter only after the change of user, and fail below a folder which that user cannot enter.
func enterAndTie(cmd *exec.Cmd, dir string) error {
	if err := syscall.Unshare(syscall.CLONE_FS); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	if err := syscall.Chdir(dir); err != nil {
		return &os.PathError{Op: "chdir", Path: dir, Err: err}
	}
	// Fast shutdown if this process dies, even by kill -9.
	cmd.SysProcAttr.Pdeathsig = syscall.SIGINT
	return nil
}

// workingDir names the working directory of whoever uses the name, without going through its parents.
func workingDir(string) string { return "/proc/self/cwd" }
