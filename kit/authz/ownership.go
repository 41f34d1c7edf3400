package authz

import (
	"context"
	"sync"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// ownership records, for one call, whether the handler has checked whose data it answers.
type ownership struct {
	mu      sync.Mutex
	checked bool
	refused bool
}

type ownershipKey struct{}

// Discharge is what a handler of an RPC with OWNER_CHECKED_IN_HANDLER calls once it knows whose data the call is about. It compares
// ownerID with the caller and records that the check happened. Operators and peers pass, because the RPC's rule already admitted
// them. Error: NOT_OWNER, also for an empty ownerID and an anonymous caller; the call then fails even if the handler ignores it.
func Discharge(ctx context.Context, ownerID string) error {
	c := authn.From(ctx)
	ok := false
	switch c.Kind {
	case authn.KindOperator, authn.KindPeer:
		ok = true
	case authn.KindPlayer, authn.KindPartner:
		ok = ownerID != "" && ownerID == c.ID
	case authn.KindAnonymous:
		ok = false
	}
	record(ctx, ok)
	if !ok {
		return notOwner()
	}
	return nil
}

// DischargeByProof records the check for an RPC that anybody may call and where the request itself proves whose data it is: a refresh
// token, a mailed code, a password. The handler calls it only after it has verified that proof.
func DischargeByProof(ctx context.Context) { record(ctx, true) }

// Own returns the caller's own id for RPCs with OWNER_CALLER: the player's, operator's or partner client's. It is empty for an
// anonymous caller and for a peer.
func Own(ctx context.Context) string {
	switch c := authn.From(ctx); c.Kind {
	case authn.KindPlayer, authn.KindOperator, authn.KindPartner:
		return c.ID
	default:
		return ""
	}
}

// Begin returns the context in which a handler of this method runs.
func (p *Policy) Begin(ctx context.Context, fullMethod string) context.Context {
	if r := p.rules[fullMethod]; r != nil && r.access.GetOwner() == optionsv1.Owner_OWNER_CHECKED_IN_HANDLER {
		return context.WithValue(ctx, ownershipKey{}, &ownership{})
	}
	return ctx
}

// Finish is asked after a handler succeeded, with the context of Begin. It withholds an answer that was not checked, with
// OWNER_NOT_CHECKED, and one whose check failed, with NOT_OWNER.
func (p *Policy) Finish(ctx context.Context) error {
	o, _ := ctx.Value(ownershipKey{}).(*ownership)
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.refused:
		return notOwner()
	case !o.checked:
		return errs.New(commonv1.ErrorReason_ERROR_REASON_OWNER_NOT_CHECKED, "the answer was withheld: its owner was not checked")
	}
	return nil
}

func record(ctx context.Context, ok bool) {
	o, _ := ctx.Value(ownershipKey{}).(*ownership)
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.checked = o.checked || ok
	o.refused = o.refused || !ok
}

func notOwner() error {
	return errs.New(commonv1.ErrorReason_ERROR_REASON_NOT_OWNER, "this belongs to somebody else")
}
