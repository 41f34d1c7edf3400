package studio

import (
	"errors"
	"net/http"
	"slices"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
)

// maxRevealed is how many replaced seeds a session shows.
const maxRevealed = 20

// fairView is what a player may know of the seeds. The server seed itself is shown once it is replaced.
type fairView struct {
	ServerSeedHash string         `json:"server_seed_hash"`
	NextHash       string         `json:"next_server_seed_hash"` // committed to before the player chooses the next client seed
	ClientSeed     string         `json:"client_seed"`
	Nonce          int64          `json:"nonce"` // of the next round
	Revealed       []revealedView `json:"revealed"`
}

type revealedView struct {
	ServerSeed     string `json:"server_seed"`
	ServerSeedHash string `json:"server_seed_hash"`
	ClientSeed     string `json:"client_seed"`
	Rounds         int64  `json:"rounds"` // nonces 0 to rounds-1
}

func fairOf(x *session) fairView {
	v := fairView{
		ServerSeedHash: fair.Hash(x.Seeds.Server), NextHash: fair.Hash(x.NextServer), ClientSeed: x.Seeds.Client, Nonce: x.Seeds.Nonce,
		Revealed: []revealedView{},
	}
	for _, old := range x.Revealed {
		v.Revealed = append(v.Revealed, revealedView{old.Server, fair.Hash(old.Server), old.Client, old.Nonce})
	}
	return v
}

// getFairness is GET /play/{session}/fairness.
func (s *Studio) getFairness(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x, ok := s.findSession(w, r); ok {
		writeJSON(w, http.StatusOK, fairOf(x))
	}
}

// rotateSeeds is POST /play/{session}/fairness/rotate {"client_seed":"..."}: the server seed in use is shown and
// replaced by the one whose hash was shown before. Without client_seed the studio draws one.
func (s *Studio) rotateSeeds(w http.ResponseWriter, r *http.Request) {
	var q struct {
		ClientSeed string `json:"client_seed"`
	}
	if err := readJSON(w, r, &q); err != nil {
		fail(w, http.StatusBadRequest, "bad_request", `body must be {"client_seed":...}`)
		return
	}
	if q.ClientSeed == "" {
		q.ClientSeed = fair.NewClientSeed()
	}
	if err := fair.CheckClientSeed(q.ClientSeed); err != nil {
		fail(w, http.StatusBadRequest, "bad_client_seed", err.Error())
		return
	}
	next, err := fair.NewServerSeed(s.cfg.Rand)
	if err != nil {
		s.internal(w, "draw a seed", err)
		return
	}
	v, wait, ok := s.rotate(w, r, q.ClientSeed, next)
	if !ok {
		return
	}
	if err := wait(); err != nil {
		s.internal(w, "keep the seeds", err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

var errRoundOpen = apiError{Code: "round_open", Message: "the previous round is not finished yet"}

// rotate refuses while a round is open: its seed would be shown before its end.
func (s *Studio) rotate(w http.ResponseWriter, r *http.Request, client, next string) (v fairView, wait func() error, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.findSession(w, r)
	if !ok {
		return v, nil, false
	}
	if len(s.openRounds(x.ID)) > 0 {
		writeJSON(w, http.StatusConflict, map[string]any{"error": errRoundOpen})
		return v, nil, false
	}
	x.Revealed = slices.Insert(x.Revealed, 0, x.Seeds)
	x.Revealed = x.Revealed[:min(len(x.Revealed), maxRevealed)]
	x.Seeds = fair.Seeds{Server: x.NextServer, Client: client}
	x.NextServer = next
	return fairOf(x), s.journal.append(entry{Session: x}), true
}

// proof is what shows that a round was fair. Its server seed is left out while other rounds may still be drawn from it.
type proof struct {
	ServerSeedHash string `json:"server_seed_hash"`
	ServerSeed     string `json:"server_seed,omitempty"`
	ClientSeed     string `json:"client_seed"`
	Nonce          int64  `json:"nonce"`
}

// proofOf returns nil for a round from before the seeds; the caller has the lock.
func (s *Studio) proofOf(r *round) *proof {
	if r.ServerSeed == "" {
		return nil
	}
	p := &proof{ServerSeedHash: fair.Hash(r.ServerSeed), ClientSeed: r.ClientSeed, Nonce: r.Nonce}
	x := s.sessions[r.Session]
	if !r.open() && (x == nil || x.Seeds.Server != r.ServerSeed && x.NextServer != r.ServerSeed) {
		p.ServerSeed = r.ServerSeed
	}
	return p
}

var errNoRandomness = errors.New("studio: a session without seeds")

// nextNonce takes the session's next nonce for a round; the caller has the lock and makes both durable.
func (x *session) nextNonce(r *round) error {
	if x.Seeds.Server == "" {
		return errNoRandomness
	}
	r.ServerSeed, r.ClientSeed, r.Nonce = x.Seeds.Server, x.Seeds.Client, x.Seeds.Nonce
	x.Seeds.Nonce++
	return nil
}
