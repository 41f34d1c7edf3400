package nats

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
)

// AccountsConfig is the part of a server's configuration file that says who may connect and what each may do: the same that Start gives its own
// server. The tls block of that file needs verify_and_map, so that certificates name users.
func AccountsConfig(users []User) string {
	var b strings.Builder
	fmt.Fprintf(&b, "accounts {\n  %s {\n    jetstream: enabled\n    users: [\n", Account)
	for _, u := range users {
		if !u.System {
			u.writeConfig(&b)
		}
	}
	fmt.Fprintf(&b, "    ]\n  }\n  %s {\n    users: [\n", SystemAccount)
	for _, u := range users {
		if u.System {
			u.writeConfig(&b)
		}
	}
	fmt.Fprintf(&b, "    ]\n  }\n}\nsystem_account: %s\n", SystemAccount)
	return b.String()
}

func (u User) writeConfig(b *strings.Builder) {
	fmt.Fprintf(b, "      {\n        user: %s\n        permissions: {\n", strconv.Quote(u.Name))
	p := permissions(u)
	writeSubjects(b, "publish", p.Publish)
	writeSubjects(b, "subscribe", p.Subscribe)
	b.WriteString("        }\n      }\n")
}

// writeSubjects leaves out what is not restricted, as the server reads it.
func writeSubjects(b *strings.Builder, way string, p *server.SubjectPermission) {
	if p == nil {
		return
	}
	list, subjects := "allow", p.Allow
	if len(p.Deny) > 0 {
		list, subjects = "deny", p.Deny
	}
	fmt.Fprintf(b, "          %s: { %s: [\n", way, list)
	for _, s := range subjects {
		fmt.Fprintf(b, "            %s\n", strconv.Quote(s))
	}
	b.WriteString("          ] }\n")
}
