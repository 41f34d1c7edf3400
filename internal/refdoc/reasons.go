package main

import (
	"fmt"
	"strings"

	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/pitboss-gaming/pitboss/gateway"
	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
)

// errors lists every reason with which a service refuses.
func (r *reference) errors() (string, error) {
	var b strings.Builder
	b.WriteString(notice + `# Error reasons

A refusal is a gRPC status with ErrorInfo (reason, domain, metadata); over REST it is the same google.rpc.Status as JSON. Clients decide by
reason and domain, never by the English message. A retry hint comes as RetryInfo, over REST also as ` + "`Retry-After`" + `; a field that breaks its rule is named in BadRequest.

`)
	for _, f := range r.files {
		for i := range f.Enums().Len() {
			e := f.Enums().Get(i)
			if e.Name() != "ErrorReason" {
				continue
			}
			text, err := r.comments.of(e)
			if err != nil {
				return "", err
			}
			title, dom := domain(f), domain(f)+".pitboss"
			if title == "common" {
				title, dom = "every service", "pitboss"
			}
			fmt.Fprintf(&b, "## %s\n\nDomain `%s`. %s\n\n", title, dom, withoutName(text, "ErrorReason is"))
			rows, err := r.reasons(e)
			if err != nil {
				return "", err
			}
			b.WriteString(table([]string{"Reason", "gRPC", "HTTP", "Meaning"}, rows) + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n", nil
}

func (r *reference) reasons(e protoreflect.EnumDescriptor) ([][]string, error) {
	var rows [][]string
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		if v.Number() == 0 {
			continue
		}
		text, err := r.comments.of(v)
		if err != nil {
			return nil, err
		}
		if !proto.HasExtension(v.Options(), optionsv1.E_Code) {
			return nil, fmt.Errorf("%s has no code", v.FullName())
		}
		c := proto.GetExtension(v.Options(), optionsv1.E_Code).(rpccode.Code)
		name := strings.TrimPrefix(string(v.Name()), "ERROR_REASON_")
		rows = append(rows, []string{"`" + name + "`", c.String(), fmt.Sprint(gateway.HTTPStatus(codes.Code(c))), text})
	}
	return rows, nil
}
