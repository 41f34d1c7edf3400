package studio

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/a8r"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/evolution"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/hub88"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/pam"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/pragmatic"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/redtiger"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// protocols by name.
var protocols = byName(
	hub88.New(), hub88.NewCaleta(), evolution.Protocol{}, pragmatic.Protocol{}, redtiger.Protocol{}, pam.Protocol{}, a8r.Protocol{},
)

func byName(all ...wallet.Protocol) map[string]wallet.Protocol {
	m := map[string]wallet.Protocol{}
	for _, p := range all {
		m[p.Name()] = p
	}
	return m
}

// Protocols lists the names of the protocols that the studio speaks.
func Protocols() []string { return sortedKeys(protocols) }

// Licensee finds an enabled licensee by its name at the protocol.
func (s *Studio) Licensee(protocol, key string) *wallet.Licensee {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.operators {
		if o.Protocol == protocol && o.Key == key && !o.Disabled {
			return o
		}
	}
	return nil
}

// PublicURL is where browsers and operators reach the studio.
func (s *Studio) PublicURL() string { return s.cfg.PublicURL }

// Games lists the games for operators.
func (s *Studio) Games() []wallet.Game {
	var out []wallet.Game
	for _, g := range games {
		out = append(out, s.gameInfo(g))
	}
	return out
}

// Currencies lists the currencies of real money.
func (s *Studio) Currencies() []string {
	return slices.DeleteFunc(sortedKeys(currencies), func(c string) bool { return c == demoCurrency })
}

func (s *Studio) gameInfo(g game) wallet.Game {
	info := g.about().Game
	info.Thumb = s.cfg.PublicURL + "/assets/thumb-" + info.Kind + ".svg"
	info.Backdrop = s.cfg.PublicURL + "/assets/background.svg"
	return info
}

var (
	country  = regexp.MustCompile(`^[A-Z]{2}$`)
	language = regexp.MustCompile(`^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$`)
)

// Launch starts a session. Fields that a protocol does not have may be empty.
func (s *Studio) Launch(l *wallet.Licensee, x wallet.Session) (string, error) {
	wrong := func(field, problem string) (string, error) {
		return "", &wallet.LaunchError{Field: field, Problem: problem}
	}
	if x.Demo {
		x.Player = wallet.Player{Currency: demoCurrency}
	}
	c, known := currencies[x.Player.Currency]
	_, game := gameOf(x.Game.Code)
	policy := protocols[l.Protocol].Policy()
	switch {
	case !game:
		return wrong("game", "is unknown")
	case !known || (c.code == demoCurrency) != x.Demo:
		return wrong("currency", "is not supported")
	case !x.Demo && c.decimals > policy.Decimals:
		return wrong("currency", "has more decimals than this protocol carries")
	case x.Country != "" && !country.MatchString(x.Country):
		return wrong("country", "must be two capital letters")
	case x.Lang != "" && (len(x.Lang) > 35 || !language.MatchString(x.Lang)):
		return wrong("language", "is not a language code")
	case x.LobbyURL != "" && !webURL(x.LobbyURL):
		return wrong("lobby", "must be an absolute http(s) URL")
	case x.DepositURL != "" && !webURL(x.DepositURL):
		return wrong("deposit", "must be an absolute http(s) URL")
	case !x.Demo && (x.Player.ID == "" || len(x.Player.ID) > 255):
		return wrong("player", "must have 1 to 255 characters")
	case !x.Demo && (x.Player.Token == "" || len(x.Player.Token) > 512):
		return wrong("token", "must have 1 to 512 characters")
	}
	id, err := s.addSession(session{
		OperatorID: l.ID, Game: x.Game.Code, User: x.Player.ID, Token: x.Player.Token, Currency: c.code, Country: x.Country, Lang: x.Lang,
		Mobile: x.Mobile, IP: x.IP, LobbyURL: x.LobbyURL, DepositURL: x.DepositURL,
	})
	if err != nil {
		s.log.Error("session is not durable", "err", err)
		return "", err
	}
	return s.cfg.PublicURL + "/game/" + id, nil
}

// Round finds a round of the licensee by its id or by one of its movements' ids, with or without dashes.
func (s *Studio) Round(l *wallet.Licensee, ref string) (wallet.RoundInfo, bool) {
	if id, err := uuid.Parse(ref); err == nil && len(ref) == 32 {
		ref = id.String()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rounds[ref]
	if r == nil {
		r = s.rounds[s.byRef[ref]]
	}
	if r == nil || r.OperatorID != l.ID {
		return wallet.RoundInfo{}, false
	}
	c := currencies[r.Currency]
	return wallet.RoundInfo{
		Round: s.walletRound(r), Open: r.open(), State: string(r.State), Staked: c.amount(r.staked(standing)), Won: c.amount(r.Win), Ended: r.EndedAt,
	}, true
}

// walletRound is the round as protocols see it.
func (s *Studio) walletRound(r *round) wallet.Round {
	out := wallet.Round{
		ID: r.ID, View: r.View, Player: wallet.Player{ID: r.User, Token: r.Token, Currency: r.Currency}, Began: r.CreatedAt,
	}
	if g, ok := gameOf(r.Game); ok {
		out.Game = s.gameInfo(g)
	}
	return out
}

// line is the way to the operator's wallet.
func (s *Studio) line(operatorID int64) (wallet.Line, wallet.Protocol, error) {
	s.mu.Lock()
	op := s.operators[operatorID]
	s.mu.Unlock()
	if op == nil || op.Disabled {
		return wallet.Line{}, nil, fmt.Errorf("operator %d is not registered or disabled", operatorID)
	}
	return wallet.Line{
		Licensee: op, Key: s.key, HTTP: s.http, Faults: s.faults, BetTimeout: s.cfg.BetTimeout, CallTimeout: s.cfg.CallTimeout,
	}, protocols[op.Protocol], nil
}

// policyOf is the policy of the operator's protocol; the caller has the lock. An operator that is gone is waited for.
func (s *Studio) policyOf(operatorID int64) wallet.Policy {
	if op := s.operators[operatorID]; op != nil {
		return protocols[op.Protocol].Policy()
	}
	return wallet.Policy{BetAttempts: 4, CancelAttempts: 500}
}

// webURL keeps javascript: and the like out of links in the page.
func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= 2048 && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// origin is the scheme and host that may show the game in a frame. It comes from a URL checked at launch; what could
// end the header's directive is left out.
func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " ;,'\"") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
