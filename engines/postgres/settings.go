package postgres

import (
	"maps"
	"slices"
)

// arguments returns the server settings as -c arguments. Being arguments they need no file to keep in step with
// this version, and ALTER SYSTEM in the cluster cannot weaken them.
func (o Options) arguments() []string {
	settings := baseSettings()
	if !o.Durable {
		maps.Copy(settings, testSettings())
	}
	maps.Copy(settings, o.Settings)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// baseSettings suit a laptop with two cores that must not lose a committed transaction.
func baseSettings() map[string]string {
	return map[string]string{
		"listen_addresses":        "127.0.0.1",
		"unix_socket_directories": "../run", // relative to the cluster: the server cannot enter its parents by name
		"password_encryption":     "scram-sha-256",

		// Each service has a pool of its own, and tests run several packages at once.
		"max_connections": "200",
		"shared_buffers":  "256MB",
		// The working set of a development machine is small; this keeps one sort from swapping it out.
		"work_mem": "8MB",

		// A confirmed money operation survives a power cut.
		"fsync":              "on",
		"synchronous_commit": "on",
		"full_page_writes":   "on",
		// replica, although nothing replicates: base backups and point-in-time recovery stay possible.
		"wal_level":          "replica",
		"max_wal_size":       "2GB",
		"min_wal_size":       "128MB",
		"wal_compression":    "pglz", // the build has no lz4
		"checkpoint_timeout": "15min",
		// Tables that grow are analysed each minute at first, and sampling them costs as much as one service's reads do. What is asked often is found by key, which
		// needs no histogram.
		"default_statistics_target": "25",

		// Our transactions last milliseconds. One that its client has forgotten holds row locks on accounts that
		// others wait for, so it is ended; ten seconds let a stopped debugger look once.
		"idle_in_transaction_session_timeout": "10s",
		// A connection whose process vanished is noticed while its query still runs.
		"client_connection_check_interval": "5s",

		"timezone":     "UTC",
		"log_timezone": "UTC",
		"lc_messages":  "C", // errors are recognised by their text

		// Everything goes to standard error, from where it is written to a file of bounded size.
		"logging_collector":          "off",
		"log_destination":            "stderr",
		"log_line_prefix":            "%m [%p] %q%u@%d ",
		"log_min_duration_statement": "1s",
		"log_lock_waits":             "on",
		"log_checkpoints":            "off",
	}
}

// testSettings trade durability for speed: a power cut may destroy the cluster. Commits still reach the operating
// system one by one, so that killing processes, which tests do, loses nothing.
func testSettings() map[string]string {
	return map[string]string{
		"fsync":              "off",
		"full_page_writes":   "off",
		"wal_level":          "minimal",
		"max_wal_senders":    "0",
		"shared_buffers":     "128MB",
		"autovacuum_naptime": "1min",
	}
}
