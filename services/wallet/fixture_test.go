package wallet

import (
	"context"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// asPeer is the context of a service that calls a Server without the chain.
func asPeer(name string) context.Context {
	return authn.NewContext(context.Background(), authn.Caller{Kind: authn.KindPeer, ID: name, Peer: name})
}

func eur(amount string) *commonv1.Money { return &commonv1.Money{Amount: amount, Currency: "EUR"} }

func betRef(id string) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: id}
}

func roundRef(round string) *walletv1.Reference {
	return &walletv1.Reference{
		SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: "bet of " + round, RoundId: round, ProviderTxId: "tx of " + round, GameId: "gam_x",
	}
}
