package evolution

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// maxDetails bounds the page of a round: it goes through two messages of the mesh.
const maxDetails = 1 << 20

// GetRoundUrl answers the provider's page of a round as a data address. The provider shows it only with our key and token, which no browser is to
// have, so the page is fetched here; as a data address it belongs to no origin and can reach nothing of the platform's. Errors: those of
// CreateLaunchUrl.
func (p provider) GetRoundUrl(ctx context.Context, req *adapterv1.GetRoundUrlRequest) (*adapterv1.GetRoundUrlResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if err = in.callable(); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, in.baseURL+"/api/render/v1/details?gameId="+url.QueryEscape(req.GetRoundRef()), http.NoBody)
	if err != nil {
		return nil, adapter.Invalid(settingBaseURL, "is not an address to call")
	}
	r.SetBasicAuth(in.casinoKey, in.apiToken)
	r.Header.Set("Accept", "text/html")
	page, err := p.ask(ctx, in, r, maxDetails)
	if err != nil {
		return nil, err
	}
	return &adapterv1.GetRoundUrlResponse{Url: "data:text/html;charset=utf-8;base64," + base64.StdEncoding.EncodeToString(page)}, nil
}
