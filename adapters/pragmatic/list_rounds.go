package pragmatic

import (
	"context"
	"strconv"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// ListRounds reads the provider's feed of finished rounds, one answer of it a page: sums only. Errors: INTEGRATION_NOT_FOUND,
// INTEGRATION_DISABLED, NOT_SUPPORTED when the integration has no access to the feeds, those of readFeed.
func (p provider) ListRounds(ctx context.Context, req *adapterv1.ListRoundsRequest) (*adapterv1.ListRoundsResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if !in.feeds() {
		return nil, adapter.NotSupported("list of rounds without " + settingBaseURL + " and " + secretFeedPassword)
	}
	from, until := req.GetFrom().AsTime(), req.GetUntil().AsTime()
	since := from.UnixMilli()
	if req.GetCursor() != "" {
		if since, err = strconv.ParseInt(req.GetCursor(), 10, 64); err != nil {
			return nil, adapter.ProviderProtocol("the cursor is not one of the feed")
		}
	}
	rounds, next, err := p.readFeed(ctx, in, since)
	if err != nil {
		return nil, err
	}
	resp := &adapterv1.ListRoundsResponse{}
	for _, r := range rounds {
		if at := r.GetFinishedAt(); at != nil && !at.AsTime().Before(from) && at.AsTime().Before(until) {
			resp.Rounds = append(resp.Rounds, r)
		}
	}
	if next > since && next < min(until.UnixMilli(), p.now().UnixMilli()) {
		resp.NextCursor = strconv.FormatInt(next, 10)
	}
	return resp, nil
}
