package gateway

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// TestRouteParameters_KnowsEveryRoute: a route whose parameters were not found would refuse them all.
func TestRouteParameters_KnowsEveryRoute(t *testing.T) {
	known := routeParameters()
	require.NotEmpty(t, known)
	registered := map[string]bool{}
	mux := runtime.NewServeMux(runtime.WithMiddlewares(func(runtime.HandlerFunc) runtime.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request, _ map[string]string) {
			p, _ := runtime.HTTPPattern(r.Context())
			registered[r.Method+" "+p.String()] = true
		}
	}))
	conn, err := grpc.NewClient("passthrough:///nowhere", grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer func() { cancel(); conn.Close() }()
	for _, f := range faces {
		require.NoError(t, f.register(ctx, mux, conn))
	}
	for key := range known {
		method, pattern, _ := strings.Cut(key, " ")
		q, err := http.NewRequest(method, strings.NewReplacer("{", "", "=*}", "").Replace(pattern), nil)
		require.NoError(t, err)
		mux.ServeHTTP(nil, q)
		require.Contains(t, registered, key)
	}
	require.Len(t, registered, len(known))
}

// TestTokens_OnlyAtTheTop: setCookies finds refresh tokens in a field "tokens" of the answer and nowhere else.
func TestTokens_OnlyAtTheTop(t *testing.T) {
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				out := methods.Get(j).Output()
				for k := range out.Fields().Len() {
					field := out.Fields().Get(k)
					require.NotEqual(t, protoreflect.Name("refresh_token"), field.Name(), out.FullName())
					if field.Message() != nil && (field.Name() != "tokens" || field.IsList()) {
						require.False(t, reaches(field.Message(), map[protoreflect.FullName]bool{}), "%s hides a refresh token", field.FullName())
					}
				}
			}
		}
		return true
	})
}

func reaches(m protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	if seen[m.FullName()] {
		return false
	}
	seen[m.FullName()] = true
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		if f.Name() == "refresh_token" || f.Message() != nil && reaches(f.Message(), seen) {
			return true
		}
	}
	return false
}
