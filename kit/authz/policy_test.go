package authz_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/authz/authztest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const full = "/" + authztest.ServiceName + "/Do"

var now = time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)

func policy(t *testing.T, a *optionsv1.Access) (*authz.Policy, *authztest.Service) {
	t.Helper()
	s := authztest.Build(t, authztest.Method{Name: "Do", Access: a})
	p, err := authz.Compile(s.Info(), authz.Options{Peers: peers, Resolver: s.Files, Clock: func() time.Time { return now }})
	require.NoError(t, err)
	return p, s
}

var (
	anonymous  = authn.Caller{Kind: authn.KindAnonymous, Peer: "gateway"}
	alice      = authn.Caller{Kind: authn.KindPlayer, ID: "ply_alice", Peer: "gateway", Roles: []string{"admin"}, Scopes: []string{"bets"}}
	bob        = authn.Caller{Kind: authn.KindPlayer, ID: "ply_bob", Peer: "gateway"}
	finance    = authn.Caller{Kind: authn.KindOperator, ID: "opr_fin", Roles: []string{"finance"}, Peer: "gateway"}
	support    = authn.Caller{Kind: authn.KindOperator, ID: "opr_sup", Roles: []string{"support"}, Peer: "gateway"}
	stranger   = authn.Caller{Kind: authn.KindOperator, ID: "opr_str", Roles: []string{"boss", "player"}, Peer: "gateway"}
	betsClient = authn.Caller{Kind: authn.KindPartner, ID: "pcl_1", Scopes: []string{"bets"}, Peer: "gateway"}
	newsClient = authn.Caller{Kind: authn.KindPartner, ID: "pcl_2", Scopes: []string{"news"}, Peer: "gateway"}
	gaming     = authn.Caller{Kind: authn.KindPeer, ID: "gaming", Peer: "gaming"}
	wallet     = authn.Caller{Kind: authn.KindPeer, ID: "wallet", Peer: "wallet"}
)

func TestCheckAdmitsWhomTheRuleNames(t *testing.T) {
	payout := permit(optionsv1.Permission_PERMISSION_PAYOUT_APPROVE)
	const ok, denied, unauthenticated = "", "PERMISSION_DENIED", "UNAUTHENTICATED"
	for name, c := range map[string]struct {
		access *optionsv1.Access
		want   map[*authn.Caller]string
	}{
		"public": {&optionsv1.Access{Actors: actors(public), Owner: none},
			map[*authn.Caller]string{&anonymous: ok, &alice: ok, &support: ok, &betsClient: ok, &gaming: ok}},
		"player": {&optionsv1.Access{Actors: actors(player), Owner: caller},
			map[*authn.Caller]string{&anonymous: unauthenticated, &alice: ok, &finance: denied, &betsClient: denied, &gaming: denied}},
		"operator": {&optionsv1.Access{Actors: actors(operator), Permissions: payout},
			map[*authn.Caller]string{&anonymous: unauthenticated, &alice: denied, &finance: ok, &support: denied, &stranger: denied, &betsClient: denied, &gaming: denied}},
		"partner": {&optionsv1.Access{Actors: actors(partner), Scopes: []string{"bets", "reports"}, Owner: caller},
			map[*authn.Caller]string{&anonymous: unauthenticated, &alice: denied, &finance: denied, &betsClient: ok, &newsClient: denied, &gaming: denied}},
		"peer": {&optionsv1.Access{Actors: actors(peer), Peers: []string{"gaming"}},
			map[*authn.Caller]string{&anonymous: unauthenticated, &alice: denied, &finance: denied, &betsClient: denied, &gaming: ok, &wallet: denied}},
		"the gateway itself": {&optionsv1.Access{Actors: actors(peer), Peers: []string{"gateway"}},
			map[*authn.Caller]string{&anonymous: ok, &alice: denied, &finance: denied, &gaming: denied}},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := policy(t, c.access)
			for who, want := range c.want {
				require.Equal(t, want, errs.ReasonOf(p.Check(t.Context(), full, *who, s.Request(nil))), "%+v", *who)
			}
		})
	}
}

// TestDeniedSaysWhatIsMissing: a refusal is in the words of whoever is refused, and names no method.
func TestDeniedSaysWhatIsMissing(t *testing.T) {
	p, s := policy(t, &optionsv1.Access{
		Actors: actors(operator, partner, peer), Scopes: []string{"bets", "reports"}, Owner: caller, Peers: []string{"gaming"},
		Permissions: permit(optionsv1.Permission_PERMISSION_PAYOUT_APPROVE, optionsv1.Permission_PERMISSION_PAYMENT_WRITE),
	})
	inner, _ := policy(t, &optionsv1.Access{Actors: actors(peer), Peers: []string{"gaming"}})
	for name, x := range map[string]struct {
		by      *authz.Policy
		who     authn.Caller
		message string
		meta    map[string]string
	}{
		"operator": {p, support, "none of the operator's roles has the permission PAYOUT_APPROVE or PAYMENT_WRITE", map[string]string{"permission": "PAYOUT_APPROVE or PAYMENT_WRITE"}},
		"partner":  {p, newsClient, "the client has not the scope bets or reports", map[string]string{"scope": "bets or reports"}},
		"player":   {p, alice, "this is for operators or partners", map[string]string{"for": "operators or partners"}},
		"peer":     {p, wallet, "this is for operators or partners", map[string]string{"for": "operators or partners"}},
		"nobody's": {inner, support, "the caller may not call this", nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := x.by.Check(t.Context(), full, x.who, s.Request(nil))
			require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
			require.Equal(t, x.meta, errs.Metadata(err))
			require.Equal(t, x.message, status.Convert(errs.ToStatus(err).Err()).Message())
			require.NotContains(t, errs.ToStatus(err).Proto().String(), authztest.ServiceName)
		})
	}
	for _, err := range []error{p.Check(t.Context(), "/"+authztest.ServiceName+"/Other", alice, nil), p.CheckMessage("/"+authztest.ServiceName+"/Other", alice, nil)} {
		require.NotContains(t, errs.ToStatus(err).Proto().String(), authztest.ServiceName)
	}
}

func TestCheckRefusesUnknownMethods(t *testing.T) {
	p, s := policy(t, &optionsv1.Access{Actors: actors(public), Owner: none})
	err := p.Check(t.Context(), "/"+authztest.ServiceName+"/Other", alice, s.Request(nil))
	require.True(t, errs.Is(err, commonv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED))
	require.True(t, errs.Is(p.CheckMessage("/other.Service/Do", alice, nil), commonv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED))
}

func TestOwnerFieldMustNameTheCaller(t *testing.T) {
	const notOwner = "NOT_OWNER"
	read := permit(optionsv1.Permission_PERMISSION_ROUND_READ)
	for _, path := range []string{"player_id", "nested.player_id"} {
		p, s := policy(t, &optionsv1.Access{
			Actors: actors(player, operator, partner, peer), Owner: field, OwnerField: path,
			Permissions: read, Scopes: []string{"bets"}, Peers: []string{"gaming"},
		})
		check := func(c authn.Caller, owner string) string {
			return errs.ReasonOf(p.Check(t.Context(), full, c, s.Request(map[string]string{path: owner})))
		}
		require.Empty(t, check(alice, "ply_alice"), path)
		require.Equal(t, notOwner, check(bob, "ply_alice"), path)
		require.Equal(t, notOwner, check(alice, ""), path)
		require.Equal(t, notOwner, check(authn.Caller{Kind: authn.KindPlayer, Peer: "gateway"}, ""), "a caller without an id owns nothing")
		require.Equal(t, notOwner, check(betsClient, "ply_alice"), path)
		require.Empty(t, check(betsClient, "pcl_1"), path)
		require.Empty(t, check(finance, "ply_alice"), path)
		require.Empty(t, check(gaming, "ply_alice"), path)
		require.Equal(t, notOwner, errs.ReasonOf(p.Check(t.Context(), full, alice, "not a message")))
		require.Equal(t, notOwner, errs.ReasonOf(p.CheckMessage(full, bob, s.Request(map[string]string{path: "ply_alice"}))))
	}
}

func TestStepUpNeedsAFreshSecondFactor(t *testing.T) {
	p, s := policy(t, &optionsv1.Access{
		Actors: actors(player, operator, peer), Owner: caller, StepUp: true,
		Permissions: permit(optionsv1.Permission_PERMISSION_PAYOUT_APPROVE), Peers: []string{"gaming"},
	})
	with := func(c authn.Caller, acr string, at time.Time) error {
		c.ACR, c.AuthTime = acr, at
		return p.Check(t.Context(), full, c, s.Request(nil))
	}
	const stepUp = "STEP_UP_REQUIRED"
	for _, who := range []authn.Caller{alice, finance} {
		require.NoError(t, with(who, "aal2", now.Add(-time.Minute)))
		require.NoError(t, with(who, "aal2", now.Add(-5*time.Minute)))
		require.Equal(t, stepUp, errs.ReasonOf(with(who, "aal2", now.Add(-5*time.Minute-time.Second))))
		require.Equal(t, stepUp, errs.ReasonOf(with(who, "aal1", now)))
		require.Equal(t, stepUp, errs.ReasonOf(with(who, "", now)))
		require.Equal(t, stepUp, errs.ReasonOf(with(who, "aal2", time.Time{})))
		require.Equal(t, stepUp, errs.ReasonOf(with(who, "aal2", now.Add(time.Hour))), "a factor proven in the future")
	}
	require.Equal(t, map[string]string{"required_acr": "aal2", "max_age_s": "300"}, errs.Metadata(with(alice, "aal1", now)))
	require.NoError(t, with(gaming, "", time.Time{}), "a service has no second factor")
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(with(support, "aal1", now)), "who may not call is not asked for a factor")
}

func TestDischarge(t *testing.T) {
	p, _ := policy(t, &optionsv1.Access{
		Actors: actors(player, operator, peer), Owner: checked, Peers: []string{"gaming"},
		Permissions: permit(optionsv1.Permission_PERMISSION_ROUND_READ),
	})
	begin := func(c authn.Caller) context.Context { return p.Begin(authn.NewContext(t.Context(), c), full) }
	finish := func(ctx context.Context) string { return errs.ReasonOf(p.Finish(ctx)) }

	ctx := begin(alice)
	require.Equal(t, "OWNER_NOT_CHECKED", finish(ctx), "nothing was checked")
	require.NoError(t, authz.Discharge(ctx, "ply_alice"))
	require.Empty(t, finish(ctx))

	ctx = begin(bob)
	require.Equal(t, "NOT_OWNER", errs.ReasonOf(authz.Discharge(ctx, "ply_alice")))
	require.Equal(t, "NOT_OWNER", finish(ctx), "a handler cannot ignore a failed check")
	require.NoError(t, authz.Discharge(ctx, "ply_bob"))
	require.Equal(t, "NOT_OWNER", finish(ctx), "nor outweigh it by another one")

	for _, who := range []authn.Caller{finance, gaming} {
		ctx = begin(who)
		require.Equal(t, "OWNER_NOT_CHECKED", finish(ctx))
		require.NoError(t, authz.Discharge(ctx, "ply_alice"))
		require.Empty(t, finish(ctx))
	}
	require.Equal(t, "NOT_OWNER", errs.ReasonOf(authz.Discharge(begin(anonymous), "")))
	require.Equal(t, "NOT_OWNER", errs.ReasonOf(authz.Discharge(begin(authn.Caller{Kind: authn.KindPlayer}), "")))
	ctx = begin(anonymous)
	authz.DischargeByProof(ctx)
	require.Empty(t, finish(ctx))

	other, _ := policy(t, &optionsv1.Access{Actors: actors(player), Owner: caller})
	require.NoError(t, other.Finish(other.Begin(t.Context(), full)), "other rules need no discharge")
}

func TestOwn(t *testing.T) {
	own := func(c authn.Caller) string { return authz.Own(authn.NewContext(t.Context(), c)) }
	require.Equal(t, "ply_alice", own(alice))
	require.Equal(t, "opr_fin", own(finance))
	require.Equal(t, "pcl_1", own(betsClient))
	require.Empty(t, own(gaming))
	require.Empty(t, own(anonymous))
	require.Empty(t, authz.Own(t.Context()))
}

func TestRolesAreClosedAndEveryPermissionIsHeld(t *testing.T) {
	require.Equal(t, []string{"admin", "analyst", "compliance", "finance", "player", "risk", "support"}, authz.Roles())
	require.Empty(t, authz.Permissions("player"))
	require.Empty(t, authz.Permissions("owner"))
	values := optionsv1.Permission(0).Descriptor().Values()
	for i := range values.Len() {
		p := optionsv1.Permission(values.Get(i).Number())
		require.Equal(t, p != 0, authz.Holds([]string{"admin"}, p), p.String())
	}
	require.False(t, authz.Holds([]string{"support", "risk", "compliance", "finance", "analyst", "player"}, optionsv1.Permission_PERMISSION_OPERATOR_WRITE))
	require.False(t, authz.Holds([]string{"compliance"}, optionsv1.Permission_PERMISSION_PAYOUT_APPROVE), "who decides on persons pays nobody out")
}
