package studio

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// States of free rounds.
const (
	rewardActive    = "active"
	rewardFinishing = "finishing" // played or over, and the wallet has to be told the total
	rewardFinished  = "finished"
	rewardCancelled = "cancelled"
	rewardExpired   = "expired"
)

const maxFreeRounds = 1000

// reward is free rounds that an operator gave one of its players.
type reward struct {
	OperatorID int64     `json:"operator_id"`
	Name       string    `json:"name"` // the protocol's
	User       string    `json:"user"`
	Currency   string    `json:"currency"`
	Games      []string  `json:"games"`
	Bet        int64     `json:"bet"`
	Count      int       `json:"count"`
	Used       int       `json:"used"`
	Won        int64     `json:"won"`
	Starts     time.Time `json:"starts"`
	Expires    time.Time `json:"expires"`
	State      string    `json:"state"`
	FinishTx   string    `json:"finish_tx"` // of the message that tells the total
}

func rewardKey(operatorID int64, name string) string { return fmt.Sprintf("%d %s", operatorID, name) }

func (f *reward) key() string { return rewardKey(f.OperatorID, f.Name) }

// freeView is what a page knows of free rounds.
type freeView struct {
	Name    string    `json:"name"`
	Left    int       `json:"left"`
	Bet     string    `json:"bet"`
	Expires time.Time `json:"expires"`
}

func (f *reward) playable(x *session, now time.Time) bool {
	return f.State == rewardActive && f.OperatorID == x.OperatorID && f.User == x.User && f.Currency == x.Currency && slices.Contains(f.Games, x.Game) &&
		f.Used < f.Count && !now.Before(f.Starts) && now.Before(f.Expires)
}

// Grant gives free rounds, durably.
func (s *Studio) Grant(l *wallet.Licensee, want wallet.FreeRounds) (wallet.FreeRounds, error) {
	c, f, wrong := checkGrant(l, want)
	if wrong != nil {
		return want, wrong
	}
	s.mu.Lock()
	if known := s.rewards[f.key()]; known != nil {
		defer s.mu.Unlock()
		if known.User != f.User || known.Currency != f.Currency || known.Bet != f.Bet || known.Count != f.Count {
			return want, &wallet.LaunchError{Field: "name", Problem: "was used for other free rounds"}
		}
		return known.public(c), nil
	}
	if f.Starts.IsZero() {
		f.Starts = s.now()
	}
	s.rewards[f.key()] = f
	wait := s.journal.append(entry{Reward: f})
	s.mu.Unlock()
	return f.public(c), wait()
}

// checkGrant makes free rounds that can be played of what an operator asked for.
func checkGrant(l *wallet.Licensee, want wallet.FreeRounds) (currency, *reward, *wallet.LaunchError) {
	c, known := currencies[want.Player.Currency]
	wrong := func(field, problem string) (currency, *reward, *wallet.LaunchError) {
		return c, nil, &wallet.LaunchError{Field: field, Problem: problem}
	}
	if !known || c.code == demoCurrency {
		return wrong("currency", "is not supported")
	}
	bet, err := want.Bet.In(c.decimals)
	switch {
	case err != nil || !c.allows(bet):
		return wrong("bet", "is not one of the game's bet levels")
	case want.Count < 1 || want.Count > maxFreeRounds:
		return wrong("rounds", fmt.Sprintf("must be 1 to %d", maxFreeRounds))
	case want.Player.ID == "" || len(want.Player.ID) > 255:
		return wrong("player", "must have 1 to 255 characters")
	case want.Name == "" || len(want.Name) > 255:
		return wrong("name", "must have 1 to 255 characters")
	case want.Expires.IsZero() || !want.Expires.After(want.Starts):
		return wrong("time", "must end after it begins")
	case len(want.Games) == 0:
		return wrong("game", "is missing")
	}
	if !protocols[l.Protocol].Policy().FreeRounds {
		return wrong("name", "of free rounds is not taken by this protocol")
	}
	for _, code := range want.Games {
		if g, ok := gameOf(code); !ok || !g.about().FreeSpins {
			return wrong("game", "has no free rounds")
		}
	}
	return c, &reward{
		OperatorID: l.ID, Name: want.Name, User: want.Player.ID, Currency: c.code, Games: want.Games, Bet: bet, Count: want.Count,
		Starts: want.Starts, Expires: want.Expires, State: rewardActive, FinishTx: uuid.NewString(),
	}, nil
}

// public is the reward as protocols see it.
func (f *reward) public(c currency) wallet.FreeRounds {
	return wallet.FreeRounds{
		Name: f.Name, Player: wallet.Player{ID: f.User, Currency: f.Currency}, Games: f.Games, Bet: c.amount(f.Bet), Count: f.Count,
		Starts: f.Starts, Expires: f.Expires, Used: f.Used, Won: c.amount(f.Won), State: f.State,
	}
}

// Revoke ends free rounds that nobody has begun to play.
func (s *Studio) Revoke(l *wallet.Licensee, name string) bool {
	s.mu.Lock()
	f := s.rewards[rewardKey(l.ID, name)]
	if f == nil || f.Used > 0 || f.State != rewardActive && f.State != rewardCancelled {
		s.mu.Unlock()
		return false
	}
	f.State = rewardCancelled
	wait := s.journal.append(entry{Reward: f})
	s.mu.Unlock()
	return wait() == nil
}

// FreeRounds lists free rounds by name.
func (s *Studio) FreeRounds(l *wallet.Licensee, player string) []wallet.FreeRounds {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []wallet.FreeRounds
	for _, key := range sortedKeys(s.rewards) {
		if f := s.rewards[key]; f.OperatorID == l.ID && (player == "" || f.User == player) {
			out = append(out, f.public(currencies[f.Currency]))
		}
	}
	return out
}

// freeFor is what the session can play for free next: what expires first. The caller has the lock.
func (s *Studio) freeFor(x *session) *freeView {
	var best *reward
	for _, f := range s.rewards {
		if f.playable(x, s.now()) && (best == nil || f.Expires.Before(best.Expires)) {
			best = f
		}
	}
	if best == nil {
		return nil
	}
	return &freeView{best.Name, best.Count - best.Used, currencies[best.Currency].format(best.Bet), best.Expires}
}

// freeAsked finds the free rounds that a round asks for; the caller has the lock.
func (s *Studio) freeAsked(x *session, q ask) (*reward, *apiError) {
	if q.Free == "" {
		return nil, nil
	}
	f := s.rewards[rewardKey(x.OperatorID, q.Free)]
	if id, again := s.spins[spinKey(x.ID, q.SpinID)]; again && f != nil && s.rounds[id].Free == q.Free {
		return f, nil
	}
	if f == nil || q.Bet != "" || !f.playable(x, s.now()) {
		return nil, &apiError{Code: "no_free_rounds", Message: "these free rounds cannot be played"}
	}
	return f, nil
}

// freeRoundEnded counts a round of free rounds that has come to its end; the caller has the lock.
func (s *Studio) freeRoundEnded(r *round) {
	f := s.rewards[rewardKey(r.OperatorID, r.Free)]
	if f == nil {
		return
	}
	switch r.State {
	case settled:
		f.Won += r.Win
	case refused, cancelled:
		f.Used--
	}
	if f.Used == f.Count {
		s.finishReward(f, rewardFinished)
		return
	}
	s.journal.append(entry{Reward: f})
}

// finishReward ends free rounds unless a round of them is open: then that round's end comes here again. Where the
// protocol tells the total, that is delivered first. The caller has the lock.
func (s *Studio) finishReward(f *reward, to string) {
	for id := range s.pending {
		if r := s.rounds[id]; r.Free == f.Name && r.OperatorID == f.OperatorID {
			return
		}
	}
	f.State = to
	op := s.operators[f.OperatorID]
	if op != nil && f.Used > 0 {
		if finisher, ok := protocols[op.Protocol].(wallet.Finisher); ok {
			f.State = rewardFinishing
			key := f.key()
			s.drives.Go(func() { s.deliverTotal(key, finisher) })
		}
	}
	s.journal.append(entry{Reward: f})
}

// deliverTotal repeats the total until the wallet takes it or refuses it for good.
func (s *Studio) deliverTotal(key string, finisher wallet.Finisher) {
	for attempt := 1; ; attempt++ {
		s.mu.Lock()
		f := s.rewards[key]
		info, tx, op := f.public(currencies[f.Currency]), f.FinishTx, f.OperatorID
		s.mu.Unlock()
		line, _, err := s.line(op)
		var a wallet.Answer
		if err != nil {
			a = wallet.Failed(err)
		} else {
			a = finisher.Finish(s.ctx, line, info, tx)
		}
		if s.ctx.Err() != nil {
			return // the next run delivers it
		}
		if a.Verdict != wallet.Retry {
			s.mu.Lock()
			f.State = rewardFinished
			wait := s.journal.append(entry{Reward: f})
			s.mu.Unlock()
			if a.Verdict != wallet.Done {
				s.log.Error("total of free rounds refused", "free_rounds", info.Name, "status", a.Status)
			}
			if err := wait(); err != nil {
				s.log.Error("end of free rounds is not durable", "free_rounds", info.Name, "err", err)
			}
			return
		}
		if !s.sleep(s.ctx, s.wait(attempt)) {
			return
		}
	}
}

// resumeRewards delivers what an earlier run owed, and from then on ends free rounds whose time is over.
func (s *Studio) resumeRewards() {
	s.mu.Lock()
	for _, f := range s.rewards {
		if f.State == rewardFinishing {
			s.finishReward(f, rewardFinished)
		}
	}
	s.mu.Unlock()
	s.drives.Go(func() {
		for s.sleep(s.ctx, s.cfg.RewardSweep) {
			s.expireRewards()
		}
	})
}

func (s *Studio) expireRewards() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.rewards {
		if f.State == rewardActive && !s.now().Before(f.Expires) {
			s.finishReward(f, rewardExpired)
		}
	}
}

func (s *Studio) sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
