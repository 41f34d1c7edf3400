package chaos_test

import (
	"os/exec"
	"syscall"
)

// tie ends the child together with the thread that starts it, so that nothing is left when the test itself is killed.
func tie(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
