package errs

import (
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
)

// HTTPStatus is the status that a reason asks for with (pitboss.options.v1.http_status), and whether it asks for one. Reasons of services whose contract
// this binary does not have ask for none.
func HTTPStatus(domain, reason string) (int, bool) {
	status, ok := ownStatus()[domain+"/"+reason]
	return status, ok
}

// ownStatus is read from the descriptors once.
var ownStatus = sync.OnceValue(func() map[string]int {
	found := map[string]int{}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Enums().Len() {
			e := f.Enums().Get(i)
			if e.Name() != "ErrorReason" {
				continue
			}
			for j := range e.Values().Len() {
				v := e.Values().Get(j)
				if status, ok := proto.GetExtension(v.Options(), optionsv1.E_HttpStatus).(int32); ok && status != 0 {
					found[domainOfFile(f)+"/"+strings.TrimPrefix(string(v.Name()), reasonPrefix)] = int(status)
				}
			}
		}
		return true
	})
	return found
})
