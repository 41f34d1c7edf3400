package gaming_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// rewind puts a transfer's row back to what a crash would have left, for the background task to find.
func (s *saver) rewind(id, set string) {
	s.t.Helper()
	s.exec("UPDATE provider_transfer SET finished_at = NULL, next_at = now() - interval '100 years', "+set+" WHERE transfer_id = $1", id)
}

// forgotten removes a transfer from the provider's book, as if it had never been asked; its money goes with it.
func (s *saver) forgotten(id string, minor int64) {
	s.out.bank.set(func() {
		delete(s.out.bank.transfers, id)
		s.out.bank.wallets[s.id] -= minor
	})
}

// transferCrashes are crashes at each step, and where everything must end. Each begins with 100.00 in cash.
var transferCrashes = map[string]struct {
	crash       func(s *saver)
	cash, there string
	end         string
}{
	"to: before the wallet": {func(s *saver) {
		x := s.to("30.00")
		s.forgotten(x.GetTransferId(), 30_00)
		s.exec("UPDATE provider_transfer SET transfer_id = 'ptr_new_' || player_id, state = 1, outcome = 0, finished_at = NULL, next_at = now() - interval '100 years' WHERE transfer_id = $1", x.GetTransferId())
		_, err := s.wallet.TransferIn(s.t.Context(), &walletv1.TransferInRequest{ // the wallet never had it either
			RequestId: "undo-" + s.id, PlayerId: s.id, Amount: eur("30.00"), Provider: purse,
			Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_TRANSFER, SourceId: "undo"},
		})
		require.NoError(s.t, err)
	}, "70.00", "30.00", "CONFIRMED"},
	"to: after the wallet, before SENT": {func(s *saver) {
		x := s.to("30.00")
		s.forgotten(x.GetTransferId(), 30_00)
		s.rewind(x.GetTransferId(), "state = 1, outcome = 0")
	}, "70.00", "30.00", "CONFIRMED"},
	"to: after SENT, before the provider": {func(s *saver) {
		x := s.to("30.00")
		s.forgotten(x.GetTransferId(), 30_00)
		s.rewind(x.GetTransferId(), "state = 2, outcome = 0")
	}, "70.00", "30.00", "CONFIRMED"},
	"to: after the provider": {func(s *saver) {
		s.rewind(s.to("30.00").GetTransferId(), "state = 2, outcome = 0")
	}, "70.00", "30.00", "CONFIRMED"},
	"to: after its answer was written": {func(s *saver) {
		s.rewind(s.to("30.00").GetTransferId(), "state = 4, outcome = 1")
	}, "70.00", "30.00", "CONFIRMED"},
	"to: refused, before that was written": {func(s *saver) {
		s.out.bank.set(func() { s.out.bank.full = true })
		x := s.to("30.00")
		s.out.bank.set(func() { s.out.bank.full = false })
		s.rewind(x.GetTransferId(), "state = 2, outcome = 0")
	}, "100.00", "0.00", "FAILED"},
	"to: refused, before the money came back": {func(s *saver) {
		s.out.bank.set(func() { s.out.bank.full = true })
		x := s.to("30.00")
		s.out.bank.set(func() { s.out.bank.full = false })
		s.forgotten(x.GetTransferId(), 0) // whatever it would say now: it has refused
		s.rewind(x.GetTransferId(), "state = 2, outcome = 2")
	}, "100.00", "0.00", "FAILED"},
	"to: timeout before applying": {func(s *saver) {
		s.out.bank.failing("TransferFunds", beforeIt, beforeIt)
		s.to("30.00")
	}, "70.00", "30.00", "CONFIRMED"},
	"to: timeout after applying": {func(s *saver) {
		s.out.bank.failing("TransferFunds", afterIt)
		s.to("30.00")
	}, "70.00", "30.00", "CONFIRMED"},
	"to: timeout after refusing": {func(s *saver) {
		s.out.bank.set(func() { s.out.bank.full = true })
		s.out.bank.failing("TransferFunds", afterIt)
		s.to("30.00")
		s.out.bank.set(func() { s.out.bank.full = false })
	}, "100.00", "0.00", "FAILED"},
	"from: everything, before SENT": {func(s *saver) {
		s.to("30.00")
		x := s.from("30.00")
		s.exec("UPDATE provider_transfer SET everything = true WHERE transfer_id = $1", x.GetTransferId())
		s.rewind(x.GetTransferId(), "state = 1, outcome = 0")
	}, "100.00", "0.00", "CONFIRMED"},
	"from: after the provider": {func(s *saver) {
		s.to("30.00")
		s.rewind(s.from("30.00").GetTransferId(), "state = 2, outcome = 0")
	}, "100.00", "0.00", "CONFIRMED"},
	"from: after its answer, before the wallet": {func(s *saver) {
		s.to("30.00")
		s.rewind(s.from("30.00").GetTransferId(), "state = 2, outcome = 1")
	}, "100.00", "0.00", "CONFIRMED"},
	"from: timeout after applying": {func(s *saver) {
		s.to("30.00")
		s.out.bank.failing("TransferFunds", afterIt)
		s.from("30.00")
	}, "100.00", "0.00", "CONFIRMED"},
	"from: timeout before applying": {func(s *saver) {
		s.to("30.00")
		s.out.bank.failing("TransferFunds", beforeIt)
		s.from("30.00")
	}, "100.00", "0.00", "CONFIRMED"},
	"from: refused": {func(s *saver) {
		s.to("30.00")
		s.rewind(s.from("30.01").GetTransferId(), "state = 2, outcome = 0")
	}, "70.00", "30.00", "FAILED"},
}

func TestTransferCrashes(t *testing.T) {
	t.Parallel()
	c := purses(t)
	for name, x := range transferCrashes {
		t.Run(name, func(t *testing.T) {
			s := c.in(t).saver("100.00")
			x.crash(s)
			ends := s.settles()
			require.Equal(t, x.end, state(ends[0]), "the last transfer")
			s.cash(x.cash, "0.00")
			s.there(x.there)
		})
	}
	c.verify()
}

// TestTransfers_Storm: many transfers both ways at once, with answers lost and requests lost, repeated by their players: no cent is made or lost.
func TestTransfers_Storm(t *testing.T) {
	t.Parallel()
	c := purses(t)
	players := []*saver{c.saver("100.00"), c.saver("100.00"), c.saver("100.00")}
	random := rand.New(rand.NewPCG(7, 7))
	c.out.bank.set(func() {
		c.out.bank.fail = map[string][]string{}
		for range 200 {
			how := []string{"", "", beforeIt, afterIt}[random.IntN(4)]
			c.out.bank.fail["TransferFunds"] = append(c.out.bank.fail["TransferFunds"], how)
			c.out.bank.fail["GetFundsTransfer"] = append(c.out.bank.fail["GetFundsTransfer"], []string{"", "", beforeIt}[random.IntN(3)])
		}
	})
	var all sync.WaitGroup
	for p, s := range players {
		me := s.as(s.id)
		for i := range 12 {
			all.Go(func() {
				for range 2 { // its player's app repeats it
					var err error
					if (i+p)%3 == 0 {
						_, err = untilAnswered(func() (*gamingv1.TransferFromProviderResponse, error) {
							return me.TransferFromProvider(t.Context(), s.everything(fmt.Sprint("storm-", i)))
						})
					} else {
						_, err = untilAnswered(func() (*gamingv1.TransferToProviderResponse, error) {
							return me.TransferToProvider(t.Context(), toRequest(fmt.Sprint("storm-", i), fmt.Sprint(1+i, ".50")))
						})
					}
					if err != nil {
						t.Errorf("%d: %v", i, err)
					}
				}
			})
		}
	}
	all.Wait()
	for _, s := range players {
		s.settles()
		s.total("100.00")
	}
	c.verify()
}
