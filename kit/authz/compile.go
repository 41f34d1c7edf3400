package authz

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
)

// exempt are the services that every mTLS peer may call and that carry no option of ours.
var exempt = []string{"grpc.health.", "grpc.reflection.", "pitboss.mesh."}

// Options change what Compile checks against.
type Options struct {
	// Peers are the names of all services of the mesh; a peer that is not among them is a typing error.
	Peers []string
	// Resolver finds the descriptors of the services; nil means the global registry.
	Resolver interface {
		FindDescriptorByName(protoreflect.FullName) (protoreflect.Descriptor, error)
	}
	// Clock is the time against which a second factor's age is measured; nil means time.Now.
	Clock func() time.Time
	// NoAudit refuses audited RPCs: the process has no database to write the audit log to.
	NoAudit bool
}

// Exempt reports whether a method needs no rule: gRPC health and reflection, which every mTLS peer may call, and the
// stream that calls share, on which each call is checked for itself.
func Exempt(fullMethod string) bool {
	name := strings.TrimPrefix(fullMethod, "/")
	return slices.ContainsFunc(exempt, func(p string) bool { return strings.HasPrefix(name, p) })
}

// Compile reads the access option of every method of the registered services (grpc.Server.GetServiceInfo). The error lists every
// RPC without a rule or with a contradictory one, and what is wrong with it; a process that gets one must not serve.
func Compile(services map[string]grpc.ServiceInfo, o Options) (*Policy, error) {
	if o.Resolver == nil {
		o.Resolver = protoregistry.GlobalFiles
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	p := &Policy{rules: map[string]*rule{}, clock: o.Clock}
	var problems []string
	for name, info := range services {
		for _, m := range info.Methods {
			full := "/" + name + "/" + m.Name
			if Exempt(full) {
				continue
			}
			r, wrong := compile(protoreflect.FullName(name+"."+m.Name), o)
			for _, w := range wrong {
				problems = append(problems, fmt.Sprintf("%s: %s", strings.TrimPrefix(full, "/"), w))
			}
			p.rules[full] = r
		}
	}
	if len(problems) > 0 {
		slices.Sort(problems)
		return nil, errors.New("access rules: " + strings.Join(problems, "; "))
	}
	return p, nil
}

func compile(name protoreflect.FullName, o Options) (*rule, []string) {
	d, err := o.Resolver.FindDescriptorByName(name)
	if err != nil {
		return nil, []string{"no descriptor is linked into the binary"}
	}
	md, ok := d.(protoreflect.MethodDescriptor)
	if !ok {
		return nil, []string{"is not a method"}
	}
	if !proto.HasExtension(md.Options(), optionsv1.E_Access) {
		return nil, []string{"has no (pitboss.options.v1.access)"}
	}
	r := &rule{access: proto.GetExtension(md.Options(), optionsv1.E_Access).(*optionsv1.Access)}
	a := r.access
	var wrong []string
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	has := func(x optionsv1.Actor) bool { return slices.Contains(a.GetActors(), x) }
	public, player, operator := has(optionsv1.Actor_ACTOR_PUBLIC), has(optionsv1.Actor_ACTOR_PLAYER), has(optionsv1.Actor_ACTOR_OPERATOR)
	partner, peer := has(optionsv1.Actor_ACTOR_PARTNER), has(optionsv1.Actor_ACTOR_PEER)
	http := proto.HasExtension(md.Options(), annotations.E_Http)

	refuse(len(a.GetActors()) == 0, "has no actors")
	for _, x := range a.GetActors() {
		refuse(x == optionsv1.Actor_ACTOR_UNSPECIFIED || optionsv1.Actor_name[int32(x)] == "", "has an unspecified actor")
	}
	refuse(operator && len(a.GetPermissions()) == 0, "admits operators without permissions")
	refuse(!operator && len(a.GetPermissions()) > 0, "has permissions but does not admit operators")
	for _, x := range a.GetPermissions() {
		refuse(x == optionsv1.Permission_PERMISSION_UNSPECIFIED || optionsv1.Permission_name[int32(x)] == "", "has an unspecified permission")
	}
	refuse(peer && len(a.GetPeers()) == 0, "admits peers without naming them")
	refuse(!peer && len(a.GetPeers()) > 0, "names peers but does not admit peers")
	for _, x := range a.GetPeers() {
		refuse(!slices.Contains(o.Peers, x), "names the unknown peer %q", x)
		refuse(x == "gateway" && http, "admits the gateway as a peer and has an HTTP rule, which would admit anybody")
	}
	refuse(http && peer && len(a.GetActors()) == 1, "is for peers only and has an HTTP rule")
	refuse(partner && len(a.GetScopes()) == 0, "admits partners without scopes")
	refuse(!partner && len(a.GetScopes()) > 0, "has scopes but does not admit partners")
	refuse(slices.Contains(a.GetScopes(), ""), "has an empty scope")
	refuse(a.GetStepUp() && !player && !operator, "asks for a second factor but admits no person")
	refuse(a.GetFourEyes() && !player && !operator, "asks for four eyes but admits no person")
	refuse(public && (a.GetStepUp() || a.GetFourEyes()), "is public and asks for a second factor or four eyes")
	refuse(public && (operator || partner || peer), "is public and restricts operators, partners or peers")
	refuse(a.GetAudited() && o.NoAudit, "is audited, but the service has no database for the audit log")
	refuse(a.GetAudited() && md.IsStreamingClient(), "is audited and takes a stream of requests, which has no one request to record")
	owner, more := compileOwner(a, md, public || player || partner)
	r.owner = owner
	return r, append(wrong, more...)
}

// compileOwner checks whose data the RPC is about. named tells whether anybody can call who may only see his own.
func compileOwner(a *optionsv1.Access, md protoreflect.MethodDescriptor, named bool) ([]protoreflect.FieldDescriptor, []string) {
	var wrong []string
	isPublic := slices.Contains(a.GetActors(), optionsv1.Actor_ACTOR_PUBLIC)
	switch {
	case optionsv1.Owner_name[int32(a.GetOwner())] == "":
		wrong = append(wrong, "has an unknown owner")
	case named && a.GetOwner() == optionsv1.Owner_OWNER_UNSPECIFIED:
		wrong = append(wrong, "admits players, partners or anybody without saying whose data it is (owner)")
	case isPublic && a.GetOwner() == optionsv1.Owner_OWNER_FIELD:
		wrong = append(wrong, "is public and has OWNER_FIELD: an anonymous caller owns nothing")
	case isPublic && len(a.GetActors()) == 1 && a.GetOwner() == optionsv1.Owner_OWNER_CALLER:
		wrong = append(wrong, "is public alone and has OWNER_CALLER: an anonymous caller owns nothing")
	}
	if a.GetOwner() != optionsv1.Owner_OWNER_FIELD {
		if a.GetOwnerField() != "" {
			wrong = append(wrong, "has an owner_field without OWNER_FIELD")
		}
		return nil, wrong
	}
	if !named {
		wrong = append(wrong, "has OWNER_FIELD but admits neither players nor partners")
	}
	path, problem := resolve(md.Input(), a.GetOwnerField())
	if problem != "" {
		wrong = append(wrong, problem)
	}
	return path, wrong
}

// resolve follows a dotted field path to a singular string.
func resolve(msg protoreflect.MessageDescriptor, path string) ([]protoreflect.FieldDescriptor, string) {
	if path == "" {
		return nil, "has OWNER_FIELD without owner_field"
	}
	var fields []protoreflect.FieldDescriptor
	names := strings.Split(path, ".")
	for i, name := range names {
		f := msg.Fields().ByName(protoreflect.Name(name))
		if f == nil {
			return nil, fmt.Sprintf("has the owner_field %q, but %s has no field %q", path, msg.FullName(), name)
		}
		fields = append(fields, f)
		if i == len(names)-1 {
			if f.Kind() != protoreflect.StringKind || f.Cardinality() == protoreflect.Repeated {
				return nil, fmt.Sprintf("has the owner_field %q, which is not a string", path)
			}
			return fields, ""
		}
		if f.Kind() != protoreflect.MessageKind || f.Cardinality() == protoreflect.Repeated {
			return nil, fmt.Sprintf("has the owner_field %q, but %q is not a message", path, name)
		}
		msg = f.Message()
	}
	return fields, ""
}
