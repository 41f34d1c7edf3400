package operations_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const (
	scopeAll         = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_ALL
	scopeGame        = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_GAME
	scopeCat         = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_CATEGORY
	scopeProvider    = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_PROVIDER
	scopeIntegration = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_INTEGRATION
	scopeCountry     = operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION
)

func kill(scope operationsv1.KillSwitchScope, value string, off bool) *operationsv1.SetKillSwitchRequest {
	return &operationsv1.SetKillSwitchRequest{Scope: scope, Value: value, Off: new(off), Reason: "results are wrong"}
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
	unsaid := kill(scopeAll, "", true)
	unsaid.Off = nil
	for _, q := range []*operationsv1.SetKillSwitchRequest{kill(0, "", true), kill(99, "", true), nameless, unsaid, kill(scopeGame, "gam_1'; --", true)} {
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

// TestSetKillSwitch_WhatIsNotThere: a switch of something that does not exist stops nothing, so it is refused. What is off already may be gone by then, and is switched on all the same.
func TestSetKillSwitch_WhatIsNotThere(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin := w.as(testkit.Operator("admin"))
	_, err := admin.CreateIntegration(ctx, request())
	require.NoError(t, err)
	there := []*operationsv1.SetKillSwitchRequest{
		kill(scopeGame, "gam_1", true), kill(scopeCat, "slots", true), kill(scopeProvider, "prv_1", true), kill(scopeIntegration, "games-one", true),
		kill(scopeCountry, "AT", true), kill(scopeCountry, "XX", true),
	}
	for _, q := range there {
		r, err := admin.SetKillSwitch(ctx, q)
		require.NoError(t, err, "%v", q)
		require.False(t, r.GetUnchecked())
	}
	for _, q := range []*operationsv1.SetKillSwitchRequest{
		kill(scopeGame, "gam_3", true), kill(scopeCat, "slot", true), kill(scopeProvider, "prv_2", true), kill(scopeIntegration, "games-two", true),
		kill(scopeCountry, "ZZ", true), kill(scopeCountry, "UK", true),
	} {
		_, err := admin.SetKillSwitch(ctx, q)
		require.Equal(t, "KILL_SWITCH_INVALID", errs.ReasonOf(err), "%v", q)
		require.Equal(t, map[string]string{"field": "value", "problem": "unknown", "scope": q.GetScope().String(), "value": q.GetValue()}, errs.Metadata(err))
	}
	list, err := admin.ListKillSwitches(ctx, &operationsv1.ListKillSwitchesRequest{OffOnly: true})
	require.NoError(t, err)
	require.Len(t, list.GetKillSwitches(), len(there))

	// A game, a category and a country that are not there any more.
	for _, gone := range []*operationsv1.SetKillSwitchRequest{kill(scopeGame, "gam_4", true), kill(scopeCat, "crash", true), kill(scopeCountry, "ZZ", true)} {
		_, err = w.DB.Exec(ctx, "INSERT INTO kill_switch (scope, value, off, reason, changed_by, changed_at, revision) VALUES ($1, $2, true, 'r', 'o', now(), 1)", int16(gone.GetScope()), gone.GetValue())
		require.NoError(t, err)
		r, err := admin.SetKillSwitch(ctx, gone)
		require.NoError(t, err, "setting what is set changes nothing")
		require.True(t, r.GetKillSwitch().GetOff())
		gone.Off = new(false)
		r, err = admin.SetKillSwitch(ctx, gone)
		require.NoError(t, err)
		require.False(t, r.GetKillSwitch().GetOff())
		gone.Off = new(true)
		_, err = admin.SetKillSwitch(ctx, gone)
		require.Equal(t, "KILL_SWITCH_INVALID", errs.ReasonOf(err))
	}
}

// TestSetKillSwitch_CatalogueAway: what may be the catalogue's own fault does not keep anybody from stopping play, and the operator is told that nobody looked.
func TestSetKillSwitch_CatalogueAway(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin := w.as(testkit.Operator("admin"))
	for name, away := range map[string]func(context.Context) error{
		"failing": func(context.Context) error { return status.Error(codes.Internal, "broken") },
		"older":   func(context.Context) error { return status.Error(codes.Unimplemented, "unknown method") },
		"silent":  func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		w.catalog.down.Store(&away)
		for _, q := range []*operationsv1.SetKillSwitchRequest{kill(scopeGame, "gam_"+name, true), kill(scopeCat, name, true), kill(scopeProvider, "prv_"+name, true)} {
			r, err := admin.SetKillSwitch(ctx, q)
			require.NoError(t, err, name)
			require.Equal(t, []bool{true, true}, []bool{r.GetUnchecked(), r.GetKillSwitch().GetOff()}, name)
			q.Off = new(false)
			r, err = admin.SetKillSwitch(ctx, q)
			require.NoError(t, err, name)
			require.Equal(t, []bool{false, false}, []bool{r.GetUnchecked(), r.GetKillSwitch().GetOff()}, name)
		}
		_, err := admin.SetKillSwitch(ctx, kill(scopeCountry, "ZZ", true))
		require.Equal(t, "KILL_SWITCH_INVALID", errs.ReasonOf(err), "a country is known without it")
	}
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
	_, err = admin.SetIntegrationEnabled(ctx, &operationsv1.SetIntegrationEnabledRequest{IntegrationId: "games-one", Reason: "outage", Enabled: new(false)})
	require.NoError(t, err)
	r, err := gaming.GetPlaySwitches(ctx, &operationsv1.GetPlaySwitchesRequest{KnownRevision: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"games-one"}, r.GetDisabledIntegrationIds())
	for _, c := range []testkit.Caller{testkit.Player("ply_1"), testkit.Peer("cashier"), testkit.Anonymous(), testkit.Operator("admin")} {
		_, err = w.as(c).GetPlaySwitches(ctx, &operationsv1.GetPlaySwitchesRequest{})
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
	}
}
