package postgres

import (
	"fmt"
	"os"
	"strings"
)

// serves reports whether process pid is a live PostgreSQL on the cluster in data: a postmaster's working directory is
// its cluster. A process that has ended but was not collected by its parent has none.
func serves(pid int, data string) bool {
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil || strings.TrimSpace(string(comm)) != "postgres" {
		return false
	}
	cwd, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return false
	}
	want, err := os.Stat(data)
	return err == nil && os.SameFile(cwd, want)
}
