package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// aside are the findings about entries that cannot be read, by what they are about; the resolved ones too.
func (c *casino) aside() map[string]*gamingv1.Finding {
	c.t.Helper()
	r, err := c.staff("finance").ListFindings(c.t.Context(), &gamingv1.ListFindingsRequest{
		IntegrationId: purse, Kind: gamingv1.FindingKind_FINDING_KIND_UNREADABLE_PLAY, ResolvedToo: true,
	})
	require.NoError(c.t, err)
	found := map[string]*gamingv1.Finding{}
	for _, f := range r.GetFindings() {
		require.Nil(c.t, found[f.GetProviderTxId()], "each entry is one finding")
		found[f.GetProviderTxId()] = f
	}
	return found
}

// TestImportPlay_SetAside: entries that cannot be read are findings with what the provider wrote, told once; the others are imported, and what is readable later as well.
func TestImportPlay_SetAside(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	s.to("40.00")
	from := c.Clock.Now().Add(-time.Hour)
	now := timestamppb.New(c.Clock.Now())
	garbled := &adapterv1.UnreadablePlay{BetRef: "garbled", Raw: `{"bet_id":"garbled","stake":"1,00"}`, Problem: "an amount is none of the currency", RecordedAt: now}
	nameless := &adapterv1.UnreadablePlay{Raw: "\"what is\x00this\"", Problem: "an entry is not the JSON that was expected"}
	c.out.bank.set(func() { c.out.bank.garbage = []*adapterv1.UnreadablePlay{garbled, nameless} })
	mixed := s.plays("mixed", "1.00", "0.00", c.Clock.Now())
	untold := s.plays("untold", "1.00", "0.00", c.Clock.Now())
	c.out.bank.set(func() { mixed.Payout.Currency, untold.SettledAt = "USD", nil })
	s.plays("fine", "1.00", "0.00", c.Clock.Now())
	eventually(t, "the one that can be read is read", func() bool { return s.rounds() == 1 })
	c.driven()
	found := c.aside()
	require.Len(t, found, 4)
	require.Equal(t, []string{garbled.GetRaw(), garbled.GetProblem()}, []string{found["garbled"].GetTheirs(), found["garbled"].GetOurs()})
	require.Contains(t, found["mixed"].GetTheirs(), `"USD"`)
	require.Contains(t, found["mixed"].GetOurs(), "the currency is another")
	require.Contains(t, found["untold"].GetOurs(), "settled")
	for key, f := range found {
		require.Nil(t, f.GetResolvedAt(), key)
		require.EqualValues(t, 2, f.GetPriority())
		if len(key) > 6 && key[:6] == "entry:" {
			require.Equal(t, "\"what is\uFFFDthis\"", f.GetTheirs())
		}
	}

	// Reconciliation sees the same ones and is not stopped by them.
	c.Clock.Advance(time.Minute)
	run, open := c.wallets(from)
	require.EqualValues(t, 4, run.GetFindings()-1, "and the balance differs by what is not read")
	require.Equal(t, "UNREADABLE_PLAY ", open["garbled"])
	require.Equal(t, found["garbled"].GetFindingId(), c.aside()["garbled"].GetFindingId())

	// What an operator has resolved is not told again, unless the provider writes it otherwise; what the provider corrects is imported and closed.
	_, err := c.staff("admin").ResolveFinding(t.Context(), &gamingv1.ResolveFindingRequest{FindingId: found["garbled"].GetFindingId(), Resolution: "a test of the provider"})
	require.NoError(t, err)
	c.out.bank.set(func() { mixed.Payout.Currency = "EUR" })
	eventually(t, "the corrected one is read", func() bool { c.Clock.Advance(time.Second); return s.rounds() == 2 })
	c.driven()
	found = c.aside()
	require.Equal(t, []string{"import", "the provider lists it readably now"}, []string{found["mixed"].GetResolvedBy(), found["mixed"].GetResolution()})
	require.Len(t, found, 4)
}

// TestRetryUnreadablePlay: an entry that was corrected after the overlap is read when an operator says so, with all that came after it.
func TestRetryUnreadablePlay(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	s.to("40.00")
	bad := s.plays("bad", "1.00", "0.00", c.Clock.Now())
	c.out.bank.set(func() {
		bad.Payout.Currency = "USD"
		c.out.bank.garbage = []*adapterv1.UnreadablePlay{{Raw: "7", Problem: "no object"}}
	})
	eventually(t, "both are set aside", func() bool { return len(c.aside()) == 2 })
	var nameless, named string
	for key, f := range c.aside() {
		if key == "bad" {
			named = f.GetFindingId()
		} else {
			nameless = f.GetFindingId()
		}
	}
	for n := range 3 { // the cursor goes on, and the overlap does not reach back any more
		c.Clock.Advance(11 * time.Minute)
		s.plays(c.Clock.Now().String(), "1.00", "0.00", c.Clock.Now())
		eventually(t, "it is read", func() bool { c.Clock.Advance(time.Second); return s.rounds() == n+1 })
	}
	retry := func(id string) *gamingv1.Finding {
		r, err := c.staff("admin").RetryUnreadablePlay(t.Context(), &gamingv1.RetryUnreadablePlayRequest{FindingId: id})
		require.NoError(t, err)
		return r.GetFinding()
	}
	require.Nil(t, retry(named).GetResolvedAt(), "it is as it was")
	require.Equal(t, 3, s.rounds())

	c.out.bank.set(func() { bad.Payout.Currency = "EUR" })
	c.driven()
	require.Equal(t, 3, s.rounds(), "nobody reads so far back by himself")
	c.out.bank.failing("ListPlay", beforeIt, beforeIt, beforeIt, beforeIt)
	_, err := c.staff("admin").RetryUnreadablePlay(t.Context(), &gamingv1.RetryUnreadablePlayRequest{FindingId: named})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE)
	c.out.bank.failing("ListPlay")
	for range 2 { // delivered twice
		require.Equal(t, "the provider lists it readably now", retry(named).GetResolution())
		require.Equal(t, 4, s.rounds())
	}
	require.Nil(t, retry(nameless).GetResolvedAt())
	c.out.bank.set(func() { c.out.bank.garbage = nil })
	require.Equal(t, "the provider does not list it any more", retry(nameless).GetResolution())
	c.retryRefused(named)
}

// retryRefused: what is no finding of an entry, and who may not.
func (c *casino) retryRefused(known string) {
	t := c.t
	_, err := c.staff("admin").RetryUnreadablePlay(t.Context(), &gamingv1.RetryUnreadablePlayRequest{FindingId: "fnd_nobody"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_FINDING_NOT_FOUND)
	c.exec("UPDATE finding SET kind = 1 WHERE finding_id = $1", known)
	_, err = c.staff("admin").RetryUnreadablePlay(t.Context(), &gamingv1.RetryUnreadablePlayRequest{FindingId: known})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_FINDING_NOT_RETRYABLE)
	for _, who := range []testkit.Caller{testkit.Operator("support"), testkit.Player("ply_1"), testkit.Peer("transfer")} {
		_, err = gamingv1.NewGamingServiceClient(c.As(who)).RetryUnreadablePlay(t.Context(), &gamingv1.RetryUnreadablePlayRequest{FindingId: known})
		denied(t, err)
	}
}
