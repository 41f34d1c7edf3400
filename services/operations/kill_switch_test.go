package operations_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const (
	scopeAll         = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_ALL
	scopeGame        = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_GAME
	scopeCat         = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_CATEGORY
	scopeIntegration = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_INTEGRATION
	scopeCountry     = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION
)

func kill(scope operationsv1.KillSwitchScope, value string, off bool) *operationsv1.SetKillSwitchRequest {
	return &operationsv1.SetKillSwitchRequest{Scope: scope, Value: value, Off: off, Reason: "results are wrong"}
}

func TestSetKillSwitch(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin, catalog := w.as(testkit.Operator("admin")), w.as(testkit.Peer("catalog"))
	before, err := catalog.GetPlaySwitches(ctx, &operationsv1.GetPlaySwitchesRequest{})
	require.NoError(t, err)
	require.Empty(t, before.GetKillSwitches())

	set, err := admin.SetKillSwitch(ctx, kill(scopeGame, "gam_1", true))
	require.NoError(t, err)
	require.True(t, set.GetKillSwitch().GetOff())
	require.NotEmpty(t, set.GetKillSwitch().GetChangedBy())
	again, err := admin.SetKillSwitch(ctx, kill(scopeGame, "gam_1", true))
	require.NoError(t, err)
	require.Equal(t, set.GetKillSwitch().GetRevision(), again.GetKillSwitch().GetRevision(), "setting what is set changes nothing")

	now, err := catalog.GetPlaySwitches(ctx, &operationsv1.GetPlaySwitchesRequest{KnownRevision: before.GetRevision()})
	require.NoError(t, err)
	require.Greater(t, now.GetRevision(), before.GetRevision())
	require.Len(t, now.GetKillSwitches(), 1)
	known, err := catalog.GetPlaySwitches(ctx, &operationsv1.GetPlaySwitchesRequest{KnownRevision: now.GetRevision()})
	require.NoError(t, err)
	require.Equal(t, now.GetRevision(), known.GetRevision())
	require.Empty(t, known.GetKillSwitches(), "who knows the revision is not told again")

	_, err = admin.SetKillSwitch(ctx, kill(scopeGame, "gam_1", false))
	require.NoError(t, err)
	now, err = catalog.GetPlaySwitches(ctx, &operationsv1.GetPlaySwitchesRequest{KnownRevision: now.GetRevision()})
	require.NoError(t, err)
	require.Empty(t, now.GetKillSwitches())
	require.Len(t, w.Events("kill_switch.changed.v1", 2), 2)
}

func TestSetKillSwitch_BadInputAndWhoMay(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin := w.as(testkit.Operator("admin"))
	for _, q := range []*operationsv1.SetKillSwitchRequest{
		kill(scopeAll, "all", true), kill(scopeGame, "", true), kill(scopeGame, "starburst", true), kill(scopeCountry, "DEU", true),
		kill(scopeCountry, "de", true), kill(scopeCat, "Slots", true),
		kill(scopeIntegration, "no-such-studio", true),
	} {
		_, err := admin.SetKillSwitch(ctx, q)
		require.Equal(t, "KILL_SWITCH_INVALID", errs.ReasonOf(err), "%v", q)
	}
	nameless := kill(scopeAll, "", true)
	nameless.Reason = ""
	for _, q := range []*operationsv1.SetKillSwitchRequest{kill(0, "", true), kill(99, "", true), nameless, kill(scopeGame, "gam_1'; --", true)} {
		_, err := admin.SetKillSwitch(ctx, q)
		require.Equal(t, "VALIDATION", errs.ReasonOf(err), "%v", q)
	}
	_, err := w.as(testkit.Operator("admin").Stale()).SetKillSwitch(ctx, kill(scopeAll, "", true))
	require.Equal(t, "STEP_UP_REQUIRED", errs.ReasonOf(err))
	for _, c := range []testkit.Caller{testkit.Operator("support"), testkit.Player("ply_1"), testkit.Anonymous(), testkit.Peer("gaming")} {
		_, err := w.as(c).SetKillSwitch(ctx, kill(scopeAll, "", true))
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
	}
	list, err := admin.ListKillSwitches(ctx, &operationsv1.ListKillSwitchesRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetKillSwitches(), "nobody who was refused stopped anything")
}

func TestListKillSwitches(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin := w.as(testkit.Operator("admin"))
	for _, q := range []*operationsv1.SetKillSwitchRequest{
		kill(scopeCountry, "DE", true), kill(scopeAll, "", true), kill(scopeGame, "gam_2", true), kill(scopeGame, "gam_1", true), kill(scopeAll, "", false),
	} {
		_, err := admin.SetKillSwitch(ctx, q)
		require.NoError(t, err)
	}
	var all []string
	q := &operationsv1.ListKillSwitchesRequest{Page: &commonv1.PageRequest{Size: 1}}
	for {
		r, err := admin.ListKillSwitches(ctx, q)
		require.NoError(t, err)
		for _, k := range r.GetKillSwitches() {
			all = append(all, k.GetValue())
		}
		if q.Page.Token = r.GetPage().GetNextToken(); q.Page.Token == "" {
			break
		}
	}
	require.Equal(t, []string{"", "gam_1", "gam_2", "DE"}, all)
	off, err := admin.ListKillSwitches(ctx, &operationsv1.ListKillSwitchesRequest{OffOnly: true})
	require.NoError(t, err)
	require.Len(t, off.GetKillSwitches(), 3)
	_, err = admin.ListKillSwitches(ctx, &operationsv1.ListKillSwitchesRequest{Page: &commonv1.PageRequest{Token: "AAAA"}})
	require.Equal(t, "BAD_PAGE_TOKEN", errs.ReasonOf(err))
	for _, c := range []testkit.Caller{testkit.Player("ply_1"), testkit.Peer("gaming"), testkit.Anonymous()} {
		_, err = w.as(c).ListKillSwitches(ctx, &operationsv1.ListKillSwitchesRequest{})
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
	}
}

func TestGetPlaySwitches_IntegrationsThatAreOff(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin, gaming := w.as(testkit.Operator("admin")), w.as(testkit.Peer("gaming"))
	_, err := admin.CreateIntegration(ctx, request())
	require.NoError(t, err)
	_, err = admin.SetIntegrationEnabled(ctx, &operationsv1.SetIntegrationEnabledRequest{IntegrationId: "games-one", Reason: "outage"})
	require.NoError(t, err)
	r, err := gaming.GetPlaySwitches(ctx, &operationsv1.GetPlaySwitchesRequest{KnownRevision: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"games-one"}, r.GetDisabledIntegrationIds())
	for _, c := range []testkit.Caller{testkit.Player("ply_1"), testkit.Peer("cashier"), testkit.Anonymous(), testkit.Operator("admin")} {
		_, err = w.as(c).GetPlaySwitches(ctx, &operationsv1.GetPlaySwitchesRequest{})
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
	}
}
