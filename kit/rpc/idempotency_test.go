package rpc

import (
	"context"
	"testing"

	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestTakeKey(t *testing.T) {
	v, err := protovalidate.New()
	require.NoError(t, err)
	needs := func(key string) proto.Message {
		return &identityv1.CreateTestPlayerRequest{RequestId: key, Country: "DE", Currency: "EUR"}
	}
	compares := func(key string) proto.Message { return &walletv1.DebitWalletRequest{RequestId: key, PlayerId: "ply_1"} }
	for name, c := range map[string]struct {
		header    string
		msg, want proto.Message
		reason    string
	}{
		"no header":                              {"", needs("a"), needs("a"), ""},
		"neither":                                {"", needs(""), needs(""), ""},
		"header alone":                           {"h", needs(""), needs("h"), ""},
		"header alone, needed nowhere":           {"h", compares(""), compares("h"), ""},
		"both, the same":                         {"h", needs("h"), needs("h"), ""},
		"both, different":                        {"h", needs("a"), needs("a"), "VALIDATION"},
		"both, different, and the service looks": {"h", compares("a"), compares("a"), ""},
		"no such field":                          {"h", &walletv1.GetBalanceRequest{PlayerId: "p"}, &walletv1.GetBalanceRequest{PlayerId: "p"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.WithValue(t.Context(), originKey{}, &origin{idempotencyKey: c.header})
			require.Equal(t, c.reason, errs.ReasonOf(takeKey(ctx, v, c.msg)))
			require.True(t, proto.Equal(c.want, c.msg), "%v", c.msg)
		})
	}
}
