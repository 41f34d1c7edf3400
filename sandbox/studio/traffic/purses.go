package traffic

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/subwallet"
)

// Transfer is the protocol whose studio keeps players' money. Its licensee, as Connect returns it, has the settings operator_id and signing_secret.
const Transfer = "transfer"

// Bank is an operator whose players' money is moved to the studio and back.
type Bank interface {
	Operator
	// Move has the operator move a player's money, once for each order's id however often it is called, and answers where it stands.
	Move(ctx context.Context, o Order) (Moved, error)
	// Transfers returns the operator's transfers with the studio by their ids.
	Transfers(ctx context.Context) (map[string]Moved, error)
	// Findings has the operator compare the books itself, from a moment on, and returns what it finds.
	Findings(ctx context.Context, from time.Time) ([]string, error)
}

// Order is money to be moved.
type Order struct {
	ID     string
	Player Player
	In     bool   // to the studio
	Amount string // decimal; empty means everything, from the studio
}

// Moved is a transfer at the operator.
type Moved struct {
	Player string
	In     bool
	Amount string
	State  MoveState
}

// MoveState is what a comparison needs to know of a transfer.
type MoveState int

// The states.
const (
	UnderWay MoveState = iota // not over
	Done                      // the money has moved on both sides
	Undone                    // refused: nothing has moved
)

func (s MoveState) String() string { return [...]string{"under way", "done", "undone"}[s] }

// TransferFaults is a bad day of a studio that keeps players' money: answers lost, requests that come late or not at all, bets listed late and twice.
func TransferFaults() []fault.Rule {
	return []fault.Rule{
		{Operation: "transfer.apply", Kind: fault.Drop, Probability: 0.06},
		{Operation: "transfer.apply", Kind: subwallet.Unavailable, Probability: 0.05},
		{Operation: "transfer.apply", Kind: fault.Delay, Probability: 0.02, DelayMS: 6000}, // longer than anybody waits
		{Operation: "transfer.query", Kind: fault.Drop, Probability: 0.1},
		{Operation: "transfer.query", Kind: subwallet.Unavailable, Probability: 0.1},
		{Operation: "transfer.funds", Kind: subwallet.Unavailable, Probability: 0.05},
		{Operation: "transfer.history", Kind: fault.Drop, Probability: 0.1},
		{Operation: "transfer.history", Kind: subwallet.Unavailable, Probability: 0.1},
		{Operation: "transfer.record", Kind: fault.Duplicate, Probability: 0.1},
		{Operation: "transfer.record", Kind: fault.Delay, Probability: 0.1, DelayMS: 3000},
	}
}

// playPurses is play with a studio that keeps players' money.
func (r *run) playPurses(ctx context.Context, operator Operator) (Report, error) {
	bank, ok := operator.(Bank)
	if !ok {
		return Report{}, errors.New("traffic: the operator moves no money to studios")
	}
	r.doing.Store("connecting")
	var err error
	if r.licensee, err = bank.Connect(ctx, Offer{Protocol: r.Protocol, URL: r.s.PublicURL()}); err != nil {
		return Report{}, fmt.Errorf("connect: %w", err)
	}
	name := r.licensee.Settings["operator_id"]
	if err = r.s.Purses().Register(subwallet.Operator{ID: name, Secret: r.licensee.Settings["signing_secret"]}); err != nil {
		return Report{}, err
	}
	if err = bank.Publish(ctx); err != nil {
		return Report{}, err
	}
	r.doing.Store("making players")
	players, err := bank.Players(ctx, r.Players)
	if err != nil {
		return Report{}, fmt.Errorf("players: %w", err)
	}
	if err = r.s.Faults().Set(r.Seed, r.Faults...); err != nil {
		return Report{}, err
	}
	r.doing.Store("playing")
	began := time.Now()
	if err = r.savers(ctx, bank, name, players); err != nil {
		return Report{}, err
	}
	took := time.Since(began)
	struck := r.s.Faults().Rules()
	if err = r.s.Faults().Set(0); err != nil {
		return Report{}, err
	}
	r.doing.Store("waiting for transfers and for the history to be read")
	report, err := r.purseBooks(ctx, bank, name, players)
	if err != nil {
		return Report{}, fmt.Errorf("the operator's books: %w", err)
	}
	r.doing.Store("having the operator compare the books")
	findings, err := bank.Findings(ctx, r.began.Add(-time.Minute))
	if err != nil {
		return Report{}, fmt.Errorf("the operator's own comparison: %w", err)
	}
	for _, f := range findings {
		report.differ("the operator's own comparison finds: %s", f)
	}
	report.Took, report.Struck = took, struck
	return report, nil
}

// purseBooks reads both sides' books until they agree, or the patience ends.
func (r *run) purseBooks(ctx context.Context, bank Bank, name string, players []Player) (Report, error) {
	for deadline := time.Now().Add(r.Patience); ; {
		book, err := bank.Book(ctx, players)
		if err != nil {
			return Report{}, err
		}
		moved, err := bank.Transfers(ctx)
		if err != nil {
			return Report{}, err
		}
		report := ComparePurses(r.s.Purses(), name, players, book, moved)
		r.open.Store(int64(report.Open))
		if len(report.Differences) == 0 || time.Now().After(deadline) {
			return report, nil
		}
		if err = pause(ctx, time.Second); err != nil {
			return report, err
		}
	}
}

// savers plays every player's rounds; the first error of the studio or the operator ends it.
func (r *run) savers(ctx context.Context, bank Bank, name string, players []Player) error {
	return r.each(ctx, players, func(ctx context.Context, _ int, p Player, dice *rand.Rand, slots chan struct{}) error {
		s := saver{run: r, bank: bank, licensee: name, player: p, dice: dice, slots: slots}
		return s.playAll(ctx)
	})
}

// saver is one player at work whose money lies at the studio.
type saver struct {
	*run
	bank     Bank
	licensee string
	player   Player
	dice     *rand.Rand
	slots    chan struct{}
	path     string
	stake    string
	orders   int
	onTheWay []Order // money that is on its way to the studio, and may have come
}

func (s *saver) playAll(ctx context.Context) error {
	session, err := s.s.Purses().Launch(subwallet.Session{Operator: s.licensee, Player: s.player.ID, Currency: s.player.Currency})
	if err != nil {
		return err
	}
	s.path = "/transfer/play/" + session
	var v struct {
		Bets []string `json:"bets"`
	}
	if status, err := s.send(ctx, http.MethodGet, s.path, nil, &v); err != nil || status != http.StatusOK {
		return errors.Join(err, fmt.Errorf("%w: %d", errStudio, status))
	}
	s.stake = v.Bets[min(1, len(v.Bets)-1)]
	for i := range s.Rounds {
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return nil // why is told by whoever ended it
		}
		err := s.one(ctx, fmt.Sprintf("round-%08d", i))
		<-s.slots
		if err != nil {
			return err
		}
		s.played.Add(1)
	}
	if s.dice.IntN(3) == 0 {
		return nil // what is left stays there
	}
	return s.move(ctx, false, "")
}

// one plays one round, now and then after moving money to the studio or back.
func (s *saver) one(ctx context.Context, id string) error {
	var err error
	switch s.dice.IntN(24) {
	case 0, 1:
		err = s.move(ctx, true, s.stakes(20))
	case 2:
		err = s.move(ctx, false, s.stakes(40)) // at times more than there is
	case 3:
		err = s.move(ctx, false, "")
	}
	for err == nil {
		var answer struct{ Error string }
		status := 0
		status, err = s.send(ctx, http.MethodPost, s.path+"/spin", map[string]string{"spin_id": id, "bet": s.stake}, &answer)
		switch {
		case err != nil || status == http.StatusOK:
			return err
		case status != http.StatusConflict || answer.Error != "insufficient_funds":
			return fmt.Errorf("%w: %d %s", errStudio, status, answer.Error)
		case len(s.onTheWay) > 0:
			err = s.arrive(ctx)
		default:
			err = s.move(ctx, true, s.stakes(30))
		}
	}
	return err
}

// stakes is so many stakes at most, as a decimal with the stake's places.
func (s *saver) stakes(most int) string {
	whole, places, _ := strings.Cut(s.stake, ".")
	minor, _ := strconv.ParseInt(whole+places, 10, 64) // the studio's own
	text := fmt.Sprintf("%0*d", len(places)+1, minor*int64(1+s.dice.IntN(most)))
	if len(places) == 0 {
		return text
	}
	return text[:len(text)-len(places)] + "." + text[len(text)-len(places):]
}

// move has the operator move money, at times twice at once. The player does not always wait for the end of it.
func (s *saver) move(ctx context.Context, in bool, amount string) error {
	s.orders++
	o := Order{ID: fmt.Sprintf("%s-%d", s.player.ID, s.orders), Player: s.player, In: in, Amount: amount}
	var again sync.WaitGroup
	if s.dice.IntN(8) == 0 {
		again.Go(func() { _, _ = s.bank.Move(ctx, o) }) // the other one's answer is the same, or tells what went wrong
	}
	moved, err := s.bank.Move(ctx, o)
	again.Wait()
	switch {
	case err != nil:
		return err
	case moved.State == Undone:
		s.refused.Add(1)
	case in && moved.State == UnderWay:
		s.onTheWay = append(s.onTheWay, o)
	}
	return nil
}

// arrive waits for the end of what is on its way to the studio, by asking for the same again.
func (s *saver) arrive(ctx context.Context) error {
	for len(s.onTheWay) > 0 {
		moved, err := s.bank.Move(ctx, s.onTheWay[0])
		if err != nil {
			return err
		}
		if moved.State != UnderWay {
			s.onTheWay = s.onTheWay[1:]
			continue
		}
		if err = pause(ctx, 250*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}
