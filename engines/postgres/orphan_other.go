//go:build !linux

package postgres

import (
	"os/exec"
	"strconv"
	"strings"
)

// serves reports whether process pid is a live PostgreSQL on the cluster in data, by its command line.
func serves(pid int, data string) bool {
	out, err := exec.Command("ps", "-ww", "-o", "stat=,command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return false
	}
	line := strings.TrimSpace(string(out))
	return !strings.HasPrefix(line, "Z") && strings.Contains(line, "postgres") && strings.Contains(line, data)
}
