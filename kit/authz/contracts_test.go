package authz_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// TestOurContractsCompile shows at build time what a service would otherwise say at its start.
func TestOurContractsCompile(t *testing.T) {
	services := map[string]grpc.ServiceInfo{}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			if !strings.HasPrefix(string(s.FullName()), "pitboss.") {
				continue
			}
			var info grpc.ServiceInfo
			for j := range s.Methods().Len() {
				info.Methods = append(info.Methods, grpc.MethodInfo{Name: string(s.Methods().Get(j).Name())})
			}
			services[string(s.FullName())] = info
		}
		return true
	})
	require.GreaterOrEqual(t, len(services), 8)
	_, err := authz.Compile(services, authz.Options{Peers: []string{
		"bonus", "compliance", "risk", "evolution", "pragmatic", "redtiger", "pam", "a8r", "bookmaker", "transfer",
		"identity", "wallet", "catalog", "gaming", "cashier", "notification", "operations", "gateway", "hub88", "stripe",
	}})
	require.NoError(t, err)
}
