package traffic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// direct hands requests to a handler in this process: the players' own connections are not what a run is about.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// playAll plays every player's rounds; the first error of the studio itself ends it.
func (r *run) playAll(ctx context.Context, players []Player) error {
	return r.each(ctx, players, func(ctx context.Context, i int, p Player, dice *rand.Rand, slots chan struct{}) error {
		s := scripted{run: r, player: p, game: r.Games[i%len(r.Games)], dice: dice, slots: slots}
		return s.playAll(ctx)
	})
}

// each plays for all players at once, each with dice of its own and one bound on what is under way; the first error ends it.
func (r *run) each(ctx context.Context, players []Player, play func(ctx context.Context, i int, p Player, dice *rand.Rand, slots chan struct{}) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := make(chan struct{}, max(r.AtOnce, 1))
	var all sync.WaitGroup
	for i, p := range players {
		all.Go(func() {
			if err := play(ctx, i, p, rand.New(rand.NewPCG(r.Seed, uint64(i))), slots); err != nil {
				cancel(fmt.Errorf("player %s: %w", p.ID, err))
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// scripted is one player at work.
type scripted struct {
	*run
	player Player
	game   string
	dice   *rand.Rand
	slots  chan struct{}
	path   string
	stake  string // the lowest
	second string // the second lowest
}

type roundView struct {
	RoundID string   `json:"round_id"`
	SpinID  string   `json:"spin_id"`
	Status  string   `json:"status"`
	Actions []string `json:"actions"`
}

func (s *scripted) playAll(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	for i := range s.Rounds {
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return nil // why is told by whoever ended it
		}
		err := s.one(ctx, fmt.Sprintf("round-%08d", i))
		<-s.slots
		if err != nil && ctx.Err() == nil {
			return err
		}
		s.played.Add(1)
	}
	return nil
}

// open launches the game and loads it, as its page does. An answer of the wallet may be lost; the page then asks again.
func (s *scripted) open(ctx context.Context) error {
	url, err := s.s.Launch(&s.licensee, wallet.Session{
		Player: wallet.Player{ID: s.player.ID, Token: s.player.Token, Currency: s.player.Currency}, Game: wallet.Game{Code: s.game}, Lang: "en", IP: "127.0.0.1",
	})
	if err != nil {
		return err
	}
	s.path = strings.Replace(url, "/game/", "/play/", 1)
	for attempt := 0; ; attempt++ {
		var v struct {
			Balance *string  `json:"balance"`
			Bets    []string `json:"bets"`
			Error   *struct {
				Code, Message string
			} `json:"balance_error"`
		}
		if err := s.call(ctx, http.MethodGet, "", nil, &v); err != nil {
			return err
		}
		s.stake, s.second = v.Bets[0], v.Bets[1]
		if v.Error == nil {
			return nil
		}
		if attempt == 20 {
			return fmt.Errorf("the wallet does not open the session: %s %s", v.Error.Code, v.Error.Message)
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// one plays one round to its end, or to where only the wallet can end it.
func (s *scripted) one(ctx context.Context, id string) error {
	ask := map[string]any{"spin_id": id}
	switch s.game {
	case studio.CodeRoulette:
		ask["bets"] = s.chips()
	case studio.CodeCrash:
		ask["bet"] = s.second
		ask["auto_cashout"] = fmt.Sprintf("1.%02d", 1+s.dice.IntN(12))
	default:
		ask["bet"] = s.second
	}
	var round roundView
	for {
		status, err := s.try(ctx, http.MethodPost, "/spin", ask, &round)
		if err != nil {
			return err
		}
		if status == http.StatusOK {
			break
		}
		// The round before is not finished: the wallet still owes an answer.
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return s.follow(ctx, round)
}

// chips are one to five bets on different places.
func (s *scripted) chips() []map[string]string {
	places := []string{"red", "black", "odd", "low", "dozen:2", "column:3", "straight:17", "split:8-11", "corner:25", "street:31", "line:1"}
	s.dice.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	var out []map[string]string
	for _, on := range places[:1+s.dice.IntN(5)] {
		out = append(out, map[string]string{"on": on, "stake": s.stake})
	}
	return out
}

// follow acts when it is the player's turn and waits otherwise. A round that has to wait for the wallet is left to the studio.
func (s *scripted) follow(ctx context.Context, round roundView) error {
	for n := 0; ; n++ {
		switch round.Status {
		case "playing":
			if s.game == studio.CodeBlackjack && len(round.Actions) > 0 {
				action := round.Actions[s.dice.IntN(len(round.Actions))]
				if _, err := s.try(ctx, http.MethodPost, "/rounds/"+round.RoundID+"/actions", map[string]any{"action_id": fmt.Sprintf("%s-%04d", round.SpinID, n), "action": action}, &round); err != nil {
					return err
				}
				continue
			}
		case "settled", "disputed":
			return nil
		case "refused", "cancelled":
			s.refused.Add(1)
			return nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
		if _, err := s.try(ctx, http.MethodGet, "/spins/"+round.SpinID, nil, &round); err != nil {
			return err
		}
	}
}

var errStudio = errors.New("the studio refused the player")

// try sends a request and reads the round that comes with the answer, also with a refusal.
func (s *scripted) try(ctx context.Context, method, path string, body any, round *roundView) (int, error) {
	var answer struct {
		Round *roundView `json:"round"`
		Error struct{ Code, Message string }
	}
	status, err := s.send(ctx, method, s.path+path, body, &answer)
	if err != nil {
		return 0, err
	}
	if answer.Round != nil {
		*round = *answer.Round
	}
	if status != http.StatusOK && status != http.StatusConflict && answer.Round == nil {
		return status, fmt.Errorf("%w: %d %s %s", errStudio, status, answer.Error.Code, answer.Error.Message)
	}
	return status, nil
}

func (s *scripted) call(ctx context.Context, method, path string, body, into any) error {
	status, err := s.send(ctx, method, s.path+path, body, into)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%w: %d", errStudio, status)
	}
	return err
}

// send hands a request of a player to the studio and reads the answer.
func (r *run) send(ctx context.Context, method, path string, body, into any) (int, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return 0, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(raw))
	if err != nil {
		return 0, err
	}
	res, err := r.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close() //nolint:errcheck // in memory
	return res.StatusCode, json.NewDecoder(res.Body).Decode(into)
}
