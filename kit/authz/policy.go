// Package authz enforces the access option that every RPC carries in its proto: who may call, about whose data, with how fresh a
// second factor. The options of all registered methods are compiled and checked at start; a missing or contradictory one stops the
// process. What is not in the compiled policy is refused.
package authz

import (
	"context"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const (
	// StepUpMaxAge is how old the second factor of a caller may be for an RPC with step_up.
	StepUpMaxAge = 5 * time.Minute
	// StepUpACR is the authentication class that an RPC with step_up asks for.
	StepUpACR = "aal2"
)

// Policy is the compiled access rules of one server. It is immutable and safe for concurrent use.
type Policy struct {
	rules map[string]*rule
	clock func() time.Time
}

type rule struct {
	access *optionsv1.Access
	owner  []protoreflect.FieldDescriptor // path of owner_field
}

// Access returns the rule of a method as it stands in the proto; nil when the method has none. It must not be changed.
func (p *Policy) Access(fullMethod string) *optionsv1.Access {
	if r := p.rules[fullMethod]; r != nil {
		return r.access
	}
	return nil
}

// Check decides whether the caller may make this call; req is the request, or nil for a stream whose messages are given to
// CheckMessage as they come. Errors: UNAUTHENTICATED, PERMISSION_DENIED, NOT_OWNER, STEP_UP_REQUIRED.
func (p *Policy) Check(_ context.Context, fullMethod string, c authn.Caller, req any) error {
	r := p.rules[fullMethod]
	if r == nil {
		return Denied()
	}
	if !r.admits(c) {
		if c.Kind == authn.KindAnonymous {
			return errs.New(commonv1.ErrorReason_ERROR_REASON_UNAUTHENTICATED, "an access token is needed")
		}
		return r.denied(c)
	}
	if req != nil {
		if err := r.checkOwner(c, req); err != nil {
			return err
		}
	}
	if r.access.GetStepUp() && isPerson(c.Kind) {
		age := p.clock().Sub(c.AuthTime)
		if c.ACR != StepUpACR || c.AuthTime.IsZero() || age > StepUpMaxAge || age < -time.Minute {
			return errs.New(commonv1.ErrorReason_ERROR_REASON_STEP_UP_REQUIRED, "a fresh second factor is needed",
				"required_acr", StepUpACR, "max_age_s", int(StepUpMaxAge/time.Second))
		}
	}
	return nil
}

// CheckMessage checks the owner that a message received on a stream names.
func (p *Policy) CheckMessage(fullMethod string, c authn.Caller, msg any) error {
	r := p.rules[fullMethod]
	if r == nil {
		return Denied()
	}
	return r.checkOwner(c, msg)
}

// admits is who may call, whatever the call is about.
func (r *rule) admits(c authn.Caller) bool {
	for _, a := range r.access.GetActors() {
		ok := false
		switch a {
		case optionsv1.Actor_ACTOR_PUBLIC:
			ok = true
		case optionsv1.Actor_ACTOR_PLAYER:
			ok = c.Kind == authn.KindPlayer
		case optionsv1.Actor_ACTOR_OPERATOR:
			ok = c.Kind == authn.KindOperator && slices.ContainsFunc(r.access.GetPermissions(),
				func(p optionsv1.Permission) bool { return Holds(c.Roles, p) })
		case optionsv1.Actor_ACTOR_PARTNER:
			ok = c.Kind == authn.KindPartner && slices.ContainsFunc(r.access.GetScopes(),
				func(s string) bool { return slices.Contains(c.Scopes, s) })
		case optionsv1.Actor_ACTOR_PEER:
			// The gateway calling for nobody is the gateway itself; Compile refuses it as a peer where an HTTP rule would lend
			// that right to anybody.
			own := c.Kind == authn.KindPeer || c.Kind == authn.KindAnonymous
			ok = own && c.Peer != "" && slices.Contains(r.access.GetPeers(), c.Peer)
		case optionsv1.Actor_ACTOR_UNSPECIFIED:
		}
		if ok {
			return true
		}
	}
	return false
}

// checkOwner compares the request field that names the owner with a caller who may only see his own.
func (r *rule) checkOwner(c authn.Caller, req any) error {
	if r.access.GetOwner() != optionsv1.Owner_OWNER_FIELD || (c.Kind != authn.KindPlayer && c.Kind != authn.KindPartner) {
		return nil
	}
	m, ok := req.(proto.Message)
	if !ok || c.ID == "" {
		return notOwner()
	}
	msg := m.ProtoReflect()
	for i, f := range r.owner {
		if msg.Descriptor() != f.ContainingMessage() {
			f = msg.Descriptor().Fields().ByName(f.Name())
		}
		if f == nil {
			return notOwner()
		}
		if i == len(r.owner)-1 {
			if msg.Get(f).String() != c.ID {
				return notOwner()
			}
			return nil
		}
		msg = msg.Get(f).Message()
	}
	return notOwner()
}

func isPerson(k authn.Kind) bool { return k == authn.KindPlayer || k == authn.KindOperator }

// Denied refuses a call without saying what is called: names of methods are nobody's outside, and the server's log has them.
func Denied() *errs.Error {
	return errs.New(commonv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED, "the caller may not call this")
}

// denied tells a person or a partner what is missing: a permission of which any is enough, a scope likewise, or being somebody else.
func (r *rule) denied(c authn.Caller) error {
	const reason = commonv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED
	has := func(a optionsv1.Actor) bool { return slices.Contains(r.access.GetActors(), a) }
	switch {
	case c.Kind == authn.KindOperator && has(optionsv1.Actor_ACTOR_OPERATOR):
		names := permissionNames(r.access.GetPermissions())
		return errs.New(reason, "none of the operator's roles has the permission "+names, "permission", names)
	case c.Kind == authn.KindPartner && has(optionsv1.Actor_ACTOR_PARTNER):
		names := strings.Join(r.access.GetScopes(), " or ")
		return errs.New(reason, "the client has not the scope "+names, "scope", names)
	}
	var who []string
	for a, name := range map[optionsv1.Actor]string{
		optionsv1.Actor_ACTOR_PLAYER: "players", optionsv1.Actor_ACTOR_OPERATOR: "operators", optionsv1.Actor_ACTOR_PARTNER: "partners",
	} {
		if has(a) {
			who = append(who, name)
		}
	}
	if len(who) == 0 {
		return Denied()
	}
	slices.Sort(who)
	names := strings.Join(who, " or ")
	return errs.New(reason, "this is for "+names, "for", names)
}

// permissionNames are permissions as operators read them.
func permissionNames(list []optionsv1.Permission) string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = strings.TrimPrefix(p.String(), "PERMISSION_")
	}
	return strings.Join(names, " or ")
}
