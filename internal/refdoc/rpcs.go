package main

import (
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// rpcs lists every RPC with its access rule as the interceptor enforces it.
func (r *reference) rpcs() (string, error) {
	var b strings.Builder
	b.WriteString(notice + `# RPCs and who may call them

Each rule is the option ` + code("(pitboss.options.v1.access)") + ` of the RPC, which [the chain](interceptors.md) enforces; an RPC without one stops the process. Only the stream that
calls share has none: each call on it is under its own rule.

* **Who**: any one of the listed kinds of caller. Operators need one of the permissions ([roles](roles.md)), partners one of the scopes; services are named
  by their certificate.
* **Whose**: whose data a player or partner may name. *own*: the caller's, nobody is named. *field*: the request field must be the caller's id. *checked*: the handler
  finds out and must discharge the check, or the answer is withheld. *nobody's*: the same for all.
* **Also**: *step-up*: a second factor proved within the last five minutes. *four eyes*: two distinct persons. *audited*: on record before it happens, refused or not.

`)
	for _, f := range r.files {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			text, err := r.comments.of(s)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "## %s\n\n`%s`. %s\n\n", s.Name(), s.FullName(), text)
			var rows [][]string
			for j := range s.Methods().Len() {
				row, err := r.rpc(s.Methods().Get(j))
				if err != nil {
					return "", err
				}
				rows = append(rows, row)
			}
			b.WriteString(table([]string{"RPC", "REST", "Who", "Whose", "Also", "What it does"}, rows) + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n", nil
}

func (r *reference) rpc(m protoreflect.MethodDescriptor) ([]string, error) {
	text, err := r.comments.of(m)
	if err != nil {
		return nil, err
	}
	name := string(m.Name())
	if m.IsStreamingServer() || m.IsStreamingClient() {
		name += " (stream)"
	}
	if authz.Exempt(fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name())) {
		return []string{name, "", "any certificate of the mesh", "", "", firstSentence(withoutName(text, string(m.Name())))}, nil
	}
	if !proto.HasExtension(m.Options(), optionsv1.E_Access) {
		return nil, fmt.Errorf("%s has no access option", m.FullName())
	}
	a := proto.GetExtension(m.Options(), optionsv1.E_Access).(*optionsv1.Access)
	return []string{name, routes(m), who(a), whose(a), also(a), firstSentence(withoutName(text, string(m.Name())))}, nil
}

// routes are the REST faces of a method.
func routes(m protoreflect.MethodDescriptor) string {
	if !proto.HasExtension(m.Options(), annotations.E_Http) {
		return ""
	}
	rule := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	var all []string
	for _, h := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		switch p := h.GetPattern().(type) {
		case *annotations.HttpRule_Get:
			all = append(all, code("GET "+p.Get))
		case *annotations.HttpRule_Post:
			all = append(all, code("POST "+p.Post))
		case *annotations.HttpRule_Put:
			all = append(all, code("PUT "+p.Put))
		case *annotations.HttpRule_Patch:
			all = append(all, code("PATCH "+p.Patch))
		case *annotations.HttpRule_Delete:
			all = append(all, code("DELETE "+p.Delete))
		case *annotations.HttpRule_Custom:
			all = append(all, code(p.Custom.GetKind()+" "+p.Custom.GetPath()))
		}
	}
	return strings.Join(all, "<br>")
}

func who(a *optionsv1.Access) string {
	var all []string
	for _, x := range a.GetActors() {
		switch x {
		case optionsv1.Actor_ACTOR_PUBLIC:
			all = append(all, "anybody")
		case optionsv1.Actor_ACTOR_PLAYER:
			all = append(all, "player")
		case optionsv1.Actor_ACTOR_OPERATOR:
			var p []string
			for _, x := range a.GetPermissions() {
				p = append(p, permission(x))
			}
			all = append(all, "operator: "+strings.Join(p, ", "))
		case optionsv1.Actor_ACTOR_PARTNER:
			all = append(all, "partner: "+strings.Join(a.GetScopes(), ", "))
		case optionsv1.Actor_ACTOR_PEER:
			all = append(all, "service: "+strings.Join(a.GetPeers(), ", "))
		case optionsv1.Actor_ACTOR_UNSPECIFIED:
			all = append(all, "nobody")
		}
	}
	return strings.Join(all, "; ")
}

func whose(a *optionsv1.Access) string {
	switch a.GetOwner() {
	case optionsv1.Owner_OWNER_CALLER:
		return "own"
	case optionsv1.Owner_OWNER_FIELD:
		return "field " + code(a.GetOwnerField())
	case optionsv1.Owner_OWNER_CHECKED_IN_HANDLER:
		return "checked"
	case optionsv1.Owner_OWNER_NONE:
		return "nobody's"
	}
	return ""
}

func also(a *optionsv1.Access) string {
	var all []string
	if a.GetStepUp() {
		all = append(all, "step-up")
	}
	if a.GetFourEyes() {
		all = append(all, "four eyes")
	}
	if a.GetAudited() {
		all = append(all, "audited")
	}
	return strings.Join(all, ", ")
}

func permission(p optionsv1.Permission) string {
	return strings.TrimPrefix(p.String(), "PERMISSION_")
}
