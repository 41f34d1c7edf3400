package pragmatic_test

import (
	"crypto/md5" //nolint:gosec // the protocol's choice
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/pragmatic"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const key = "testKey"

// table is the adapter at work, with a player at a game.
type table struct {
	*adaptertest.Table
	t *testing.T
}

// open starts a table; settings are name, value, name, value.
func open(t *testing.T, settings ...string) *table {
	t.Helper()
	set := map[string]string{}
	for i := 0; i < len(settings); i += 2 {
		set[settings[i]] = settings[i+1]
	}
	return &table{t: t, Table: adaptertest.Open(t, pragmatic.Service(), adaptertest.Options{
		Settings: set, Secrets: map[string]string{"secret_key": key}, Games: []string{"vs20doghouse", "vs25wolfgold"},
	})}
}

// params are the parameters of a call: name, value, name, value.
type params []string

// with replaces, adds or, with an empty name, leaves as it is.
func (p params) with(name, value string) params {
	q := slices.Clone(p)
	for i := 0; i < len(q); i += 2 {
		if q[i] == name {
			q[i+1] = value
			return q
		}
	}
	return append(q, name, value)
}

func (p params) without(name string) params {
	q := params{}
	for i := 0; i < len(p); i += 2 {
		if p[i] != name {
			q = append(q, p[i], p[i+1])
		}
	}
	return q
}

// hash is the provider's: by name, without empty values, the secret at the end.
func (p params) hash(secret string, written func(string) string) string {
	var parts []string
	for i := 0; i < len(p); i += 2 {
		if p[i+1] != "" {
			parts = append(parts, p[i]+"="+written(p[i+1]))
		}
	}
	slices.Sort(parts)
	sum := md5.Sum([]byte(strings.Join(parts, "&") + secret)) //nolint:gosec // the protocol's choice
	return hex.EncodeToString(sum[:])
}

func plain(s string) string { return s }

// body is the form with its hash.
func (p params) body(secret string) string {
	return p.encode() + "&hash=" + p.hash(secret, plain)
}

func (p params) encode() string {
	var parts []string
	for i := 0; i < len(p); i += 2 {
		parts = append(parts, url.QueryEscape(p[i])+"="+url.QueryEscape(p[i+1]))
	}
	return strings.Join(parts, "&")
}

// raw delivers a body as it is. The answer is always HTTP 200 and JSON.
func (x *table) raw(path, body string) string {
	x.t.Helper()
	code, answer := x.Send(&adapterv1.HandleCallbackRequest{
		Path: path, Body: []byte(body), Headers: []*adapterv1.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
	})
	require.Equal(x.t, 200, code)
	return answer
}

var ourID = regexp.MustCompile(`"transactionId":"(ptx_[0-9a-z]{26})"`)

// call delivers a hashed form and answers the body, with our transaction id, whose form is checked, written as "#".
func (x *table) call(method string, p params) string {
	x.t.Helper()
	return ourID.ReplaceAllString(x.raw("/"+method+".html", p.with("providerId", "pragmaticplay").body(key)), `"transactionId":"#"`)
}

// id delivers a hashed form and answers our transaction id.
func (x *table) id(method string, p params) string {
	x.t.Helper()
	m := ourID.FindStringSubmatch(x.raw("/"+method+".html", p.with("providerId", "pragmaticplay").body(key)))
	require.Len(x.t, m, 2)
	return m[1]
}

func (x *table) bet(reference, round, amount string) params {
	return params{"userId", x.Player, "gameId", "vs20doghouse", "roundId", round, "amount", amount, "reference", reference, "timestamp", "1485600716000", "roundDetails", "spin"}
}

func (x *table) refund(reference string) params {
	return params{"userId", x.Player, "reference", reference}
}

func (x *table) endRound(round string) params {
	return params{"userId", x.Player, "gameId", "vs20doghouse", "roundId", round}
}

// moved is the success of a call that moves money.
func moved(cash string) string {
	return `{"transactionId":"#","currency":"EUR","cash":` + cash + `,"bonus":0.00,"error":0,"description":"Success"}`
}

// staked is moved of a bet.
func staked(cash string) string {
	return `{"transactionId":"#","currency":"EUR","cash":` + cash + `,"bonus":0.00,"usedPromo":0.00,"error":0,"description":"Success"}`
}

const refunded = `{"transactionId":"#","error":0,"description":"Success"}`

// refused are the codes with their words.
var refused = map[int]string{
	1:   `{"error":1,"description":"Insufficient balance"}`,
	2:   `{"error":2,"description":"Player not found"}`,
	3:   `{"error":3,"description":"Bet is not allowed"}`,
	4:   `{"error":4,"description":"Player authentication failed"}`,
	5:   `{"error":5,"description":"Invalid hash code"}`,
	6:   `{"error":6,"description":"Player is frozen"}`,
	7:   `{"error":7,"description":"Bad parameters"}`,
	8:   `{"error":8,"description":"Game is not found or disabled"}`,
	50:  `{"error":50,"description":"Bet limit has been reached"}`,
	100: `{"error":100,"description":"Internal server error"}`,
	120: `{"error":120,"description":"The transaction cannot be accepted"}`,
	130: `{"error":130,"description":"Internal server error on end of round"}`,
}

func bad(name string) string { return `{"error":7,"description":"Bad parameters: ` + name + `"}` }

// lock locks the player, as identity tells everybody.
func (x *table) lock() {
	x.t.Helper()
	x.Lock(x.Player, true)
	x.Publish("player.updated.v1", x.Player, 2, &identityv1.PlayerUpdated{PlayerId: x.Player, Status: identityv1.PlayerStatus_PLAYER_STATUS_LOCKED})
	require.Eventually(x.t, func() bool {
		blocked := false
		err := x.Databases["gaming"].Pool.QueryRow(x.t.Context(), "SELECT EXISTS (SELECT FROM player_block WHERE player_id = $1 AND blocked)", x.Player).Scan(&blocked)
		return err == nil && blocked
	}, 20*time.Second, 10*time.Millisecond)
}

// limit keeps the player from staking more than an amount in a day.
func (x *table) limit(amount string) {
	x.t.Helper()
	_, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("compliance"))).SetGuard(x.t.Context(), &walletv1.SetGuardRequest{
		PlayerId: x.Player, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Reason: "risk profile", Kind: walletv1.GuardKind_GUARD_KIND_STAKE,
		Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, Maximum: &commonv1.Money{Amount: amount, Currency: "EUR"},
	})
	require.NoError(x.t, err)
}

// withdraw makes a game unknown, and restore known again.
func (x *table) withdraw(code string) { x.rename(code, "was-"+code) }

func (x *table) restore(code string) { x.rename("was-"+code, code) }

func (x *table) rename(code, to string) {
	x.t.Helper()
	for _, sql := range []string{"UPDATE game SET code = $2 WHERE code = $1", "UPDATE catalog_revision SET revision = revision + 1 WHERE $1 <> $2"} {
		tag, err := x.Databases["catalog"].Pool.Exec(x.t.Context(), sql, code, to)
		require.NoError(x.t, err)
		require.NotZero(x.t, tag.RowsAffected())
	}
	require.Eventually(x.t, func() bool {
		_, err := catalogv1.NewCatalogServiceClient(x.To("catalog", testkit.Peer("gaming"))).ResolveGame(x.t.Context(), &catalogv1.ResolveGameRequest{IntegrationId: adaptertest.Licence, Code: to})
		return err == nil
	}, 20*time.Second, 10*time.Millisecond)
	x.Clock.Advance(time.Second)
}
