package main

import (
	"fmt"
	"slices"
	"strings"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// roles is the matrix of permissions and roles.
func (r *reference) roles() (string, error) {
	names := slices.DeleteFunc(authz.Roles(), func(n string) bool { return len(authz.Permissions(n)) == 0 })
	var rows [][]string
	values := optionsv1.Permission(0).Descriptor().Values()
	for i := range values.Len() {
		v := values.Get(i)
		if v.Number() == 0 {
			continue
		}
		text, err := r.comments.of(v)
		if err != nil {
			return "", err
		}
		p := optionsv1.Permission(v.Number())
		row := []string{code(permission(p)), text}
		for _, n := range names {
			mark := ""
			if authz.Holds([]string{n}, p) {
				mark = "yes"
			}
			row = append(row, mark)
		}
		rows = append(rows, row)
	}
	return notice + `# Roles and permissions

Operators have roles, RPCs name [permissions](rpcs.md); this table in ` + code("kit/authz/roles.go") + ` is all that connects them. An operator's certificate carries one role
(` + code("pitboss certs operator") + `), an access token any number. A player acts on what is his own and needs no permission.

` + table(append([]string{"Permission", "Allows to"}, names...), rows), nil
}

// configuration lists every environment variable by the part that reads it.
func (r *reference) configuration() (string, error) {
	var b strings.Builder
	b.WriteString(notice + `# Configuration

Environment variables are the only configuration; ` + code("pitboss config") + ` prints this list. ` + code("pitboss up") + ` works without any: it generates what has no default.

`)
	for _, g := range r.Config {
		if len(g.Vars) == 0 {
			continue
		}
		var rows [][]string
		for _, v := range g.Vars {
			def := code(v.Default)
			if v.Required {
				def = "required"
			}
			meaning := v.Doc
			if v.Secret {
				meaning += " Secret."
			}
			rows = append(rows, []string{code(v.Name), v.Type, def, meaning})
		}
		fmt.Fprintf(&b, "## %s\n\n%s\n", g.Name, table([]string{"Variable", "Type", "Default", "Meaning"}, rows))
	}
	return strings.TrimRight(b.String(), "\n") + "\n", nil
}

// interceptors lists the chain in its order.
func interceptors() (string, error) {
	var rows [][]string
	for i, l := range new(rpc.Server).Chain() {
		rows = append(rows, []string{fmt.Sprint(i + 1), l[0], l[1]})
	}
	return notice + `# The interceptor chain

What every call passes on its way to a handler, outermost first, unary and stream alike. It is one list in ` + code("kit/rpc/chain.go") + `. Traces and metrics come
from a stats handler, which also sees calls that the chain refuses.

` + table([]string{"", "Link", "Why it is there"}, rows), nil
}
