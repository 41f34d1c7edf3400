package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const (
	kindNew       = catalogv1.GameChangeKind_GAME_CHANGE_KIND_NEW
	kindChanged   = catalogv1.GameChangeKind_GAME_CHANGE_KIND_CHANGED
	kindWithdrawn = catalogv1.GameChangeKind_GAME_CHANGE_KIND_WITHDRAWN
)

// waiting are the pending changes by kind and the game's code.
func (s *shop) waiting() map[catalogv1.GameChangeKind]map[string]*catalogv1.GameChange {
	s.t.Helper()
	out := map[catalogv1.GameChangeKind]map[string]*catalogv1.GameChange{}
	q := &catalogv1.ListGameChangesRequest{Page: &commonv1.PageRequest{Size: 2}}
	for {
		r, err := s.back.ListGameChanges(s.t.Context(), q)
		require.NoError(s.t, err)
		for _, c := range r.GetChanges() {
			if out[c.GetKind()] == nil {
				out[c.GetKind()] = map[string]*catalogv1.GameChange{}
			}
			out[c.GetKind()][c.GetNow().GetCode()] = c
		}
		if q.Page.Token = r.GetPage().GetNextToken(); q.Page.Token == "" {
			return out
		}
	}
}

func (s *shop) decide(c *catalogv1.GameChange, approve bool) *catalogv1.GameChange {
	s.t.Helper()
	r, err := s.back.DecideGameChange(s.t.Context(), &catalogv1.DecideGameChangeRequest{ChangeId: c.GetChangeId(), Approve: new(approve), Reason: "seen"})
	require.NoError(s.t, err)
	return r.GetChange()
}

func TestListGameChanges(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("a", "Alpha", "slots"), game("b", "Beta", "slots"), game("c", "Gamma", "slots"))
	s.sync()
	require.Len(t, s.waiting()[kindNew], 3)
	decided := s.decide(s.waiting()[kindNew]["a"], true)
	require.Equal(t, catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_APPROVED, decided.GetStatus())
	require.NotEmpty(t, decided.GetDecidedBy())
	require.True(t, decided.GetNow().GetPublished())
	s.publish("b", true)
	require.Len(t, s.waiting()[kindNew], 1, "publishing decides too")
	s.decide(s.waiting()[kindNew]["c"], false)
	require.Equal(t, []string{"Alpha", "Beta"}, s.shown(&catalogv1.ListGamesRequest{}))
	s.sync()
	require.Empty(t, s.waiting(), "what was turned down is not proposed again")

	blocked := game("a", "Alpha II", "slots")
	blocked.BlockedCountries = []string{"US"}
	s.out.offer(blocked, game("c", "Gamma II", "slots"))
	r, err := s.back.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: "studio"})
	require.NoError(t, err)
	require.EqualValues(t, 2, r.GetStaged())
	require.Equal(t, []string{"Alpha"}, s.shown(&catalogv1.ListGamesRequest{}), "the name waits, the withdrawal does not")
	require.Empty(t, s.shown(&catalogv1.ListGamesRequest{Country: "US"}), "nor does what forbids")
	change := s.waiting()[kindChanged]["a"]
	require.Equal(t, "Alpha", change.GetNow().GetName())
	require.Equal(t, "Alpha II", change.GetProposed().GetName())
	r, err = s.back.SyncGames(t.Context(), &catalogv1.SyncGamesRequest{IntegrationId: "studio"})
	require.NoError(t, err)
	require.Zero(t, r.GetStaged(), "once is enough")
	for range 2 {
		s.decide(change, true)
	}
	require.Equal(t, []string{"Alpha II"}, s.shown(&catalogv1.ListGamesRequest{}))
	require.Empty(t, s.waiting()[kindChanged])
	s.decide(s.waiting()[kindWithdrawn]["b"], true)
	s.out.offer(game("a", "Alpha II", "slots"), game("b", "Beta", "slots"))
	s.sync()
	require.Equal(t, []string{"Alpha II"}, s.shown(&catalogv1.ListGamesRequest{}), "what was approved to go does not come back by itself")
	require.Equal(t, "Alpha II", s.waiting()[kindChanged]["a"].GetProposed().GetName(), "that a country is free again waits")
}

func TestDecideGameChange_WhoMayAndWhatNot(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	s.out.offer(game("a", "Alpha II", "slots"), game("b", "Beta", "slots"), game("c", "Crash", "crash"), game("d", "Delta", "slots"))
	s.sync()
	first := s.waiting()[kindChanged]["a"]
	s.out.offer(game("a", "Alpha III", "slots"), game("b", "Beta", "slots"), game("c", "Crash", "crash"), game("d", "Delta", "slots"))
	s.sync()
	_, err := s.back.DecideGameChange(t.Context(), &catalogv1.DecideGameChangeRequest{ChangeId: first.GetChangeId(), Approve: new(true)})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_CHANGE_DECIDED)
	second := s.waiting()[kindChanged]["a"]
	require.Equal(t, "Alpha III", second.GetProposed().GetName())
	_, err = s.back.DecideGameChange(t.Context(), &catalogv1.DecideGameChangeRequest{ChangeId: second.GetChangeId()})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err), "neither approved nor rejected")
	s.decide(second, false)
	_, err = s.back.DecideGameChange(t.Context(), &catalogv1.DecideGameChangeRequest{ChangeId: second.GetChangeId(), Approve: new(true)})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_CHANGE_DECIDED)
	s.sync()
	require.Empty(t, s.waiting()[kindChanged])
	require.Contains(t, s.shown(&catalogv1.ListGamesRequest{}), "alpha")
	_, err = s.back.DecideGameChange(t.Context(), &catalogv1.DecideGameChangeRequest{ChangeId: "gch_none", Approve: new(false)})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_CHANGE_NOT_FOUND)
	_, err = s.back.ListGameChanges(t.Context(), &catalogv1.ListGameChangesRequest{Page: &commonv1.PageRequest{Token: "x"}})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN)
	for _, who := range []testkit.Caller{testkit.Player("ply_x"), testkit.Operator("support"), testkit.Peer("gaming")} {
		_, err = s.as(who).DecideGameChange(t.Context(), &catalogv1.DecideGameChangeRequest{ChangeId: second.GetChangeId(), Approve: new(false)})
		denied(t, err)
	}
	_, err = s.as(testkit.Player("ply_x")).ListGameChanges(t.Context(), &catalogv1.ListGameChangesRequest{})
	denied(t, err)
}
