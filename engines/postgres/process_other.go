//go:build !linux

package postgres

import "os/exec"

// enterAndTie makes dir the working directory of the child. Without Linux's death signal a server can outlive a
// killed process; the next start finds and stops it.
func enterAndTie(cmd *exec.Cmd, dir string) error {
	cmd.Dir = dir
	return nil
}

// workingDir is the folder's own name: outside Linux its parents must be open to the server's user.
func workingDir(dir string) string { return dir }
