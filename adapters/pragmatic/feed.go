package pragmatic

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// feedTime is how the feed writes times, in UTC.
const feedTime = "2006-01-02 15:04:05"

// readFeed asks for the rounds that finished since a moment and answers them with the moment to go on from. One that tells of rounds and does not go on is no end of the
// feed: what comes after them would be missing. Errors: INTEGRATION_INVALID when the integration has no access to feeds, those of adapter.Call, PROVIDER_PROTOCOL.
func (s *Server) readFeed(ctx context.Context, in *integration, since int64) (rounds []*adapterv1.ProviderRound, next int64, err error) {
	v := url.Values{"login": {in.feedLogin}, "password": {in.feedPassword}, "timepoint": {strconv.FormatInt(since, 10)}}
	req, err := http.NewRequest(http.MethodGet, in.baseURL+feedPath+"?"+v.Encode(), nil)
	if err != nil {
		return nil, 0, err
	}
	text, err := adapter.Call(ctx, s.http, in.id, req, adapter.MaxList, words)
	if err != nil {
		return nil, 0, err
	}
	rounds, next, err = parseFeed(string(text))
	if err != nil {
		return nil, 0, adapter.ProviderProtocol("the feed is not the CSV that was expected")
	}
	if len(rounds) > 0 && next <= since {
		return nil, 0, adapter.ProviderProtocol("the feed does not go on: its timepoint is not above the one that was asked for")
	}
	return rounds, next, nil
}

var errFeed = errors.New("pragmatic: not a feed of rounds")

// parseFeed reads the feed: a line with the moment to go on from, a header, one line for each round. Columns are found by their names. It is
// total: any input is answered without a panic.
func parseFeed(text string) (rounds []*adapterv1.ProviderRound, next int64, err error) {
	first, rest, _ := strings.Cut(text, "\n")
	moment, ok := strings.CutPrefix(strings.TrimSpace(first), "timepoint=")
	if next, err = strconv.ParseInt(moment, 10, 64); !ok || err != nil || next < 0 {
		return nil, 0, errFeed
	}
	r := csv.NewReader(strings.NewReader(rest))
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, next, nil // nothing finished
	}
	if err != nil {
		return nil, 0, errFeed
	}
	columns := map[string]int{}
	for i, name := range header {
		columns[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range []string{"extplayerid", "gameid", "playsessionid", "enddate", "status", "bet", "win", "currency"} {
		if _, ok := columns[name]; !ok {
			return nil, 0, errFeed
		}
	}
	for {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rounds, next, nil
		}
		if err != nil {
			return nil, 0, errFeed
		}
		round, err := parseRound(func(name string) string { return line[columns[name]] })
		if err != nil {
			return nil, 0, err
		}
		rounds = append(rounds, round)
	}
}

// parseRound reads one line. The provider's play session is what callbacks call the round; gaming knows it with its game, or by itself when it was opened before.
func parseRound(get func(column string) string) (*adapterv1.ProviderRound, error) {
	stake, err := adapter.Decimal(get("bet"), get("currency"))
	if err != nil {
		return nil, errFeed
	}
	payout, err := adapter.Decimal(get("win"), get("currency"))
	if err != nil {
		return nil, errFeed
	}
	id, game := get("playsessionid"), get("gameid")
	round := &adapterv1.ProviderRound{
		RoundRef: roundName(game, id), FormerRoundRef: bareName(id), PlayerId: get("extplayerid"), GameCode: game, Stake: stake.Proto(), Payout: payout.Proto(),
		State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED,
	}
	if get("status") == "I" { // in progress; the feed is of finished rounds, but the column exists
		round.State = adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_OPEN
		return round, nil
	}
	ended, err := time.ParseInLocation(feedTime, get("enddate"), time.UTC)
	if err != nil || id == "" {
		return nil, errFeed
	}
	round.FinishedAt = timestamppb.New(ended)
	return round, nil
}

// feeds tells whether an integration has access to the feeds.
func (in *integration) feeds() bool { return in.baseURL != "" && in.feedPassword != "" }
