package catalog

import (
	"cmp"
	"context"
	"slices"
	"strings"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// ListProviders answers the studios that have games for the caller; to operators all of them.
func (s *Server) ListProviders(ctx context.Context, req *catalogv1.ListProvidersRequest) (*catalogv1.ListProvidersResponse, error) {
	v, err := s.look(ctx, req.GetCountry(), req.GetLanguage(), "")
	if err != nil {
		return nil, err
	}
	count := map[string]int32{}
	for _, e := range v.playable() {
		count[e.providerID]++
	}
	operator := authn.From(ctx).Kind == authn.KindOperator
	res := &catalogv1.ListProvidersResponse{}
	for id, p := range v.providers {
		if !operator && count[id] == 0 {
			continue
		}
		res.Providers = append(res.Providers, v.provider(p, count[id], operator))
	}
	slices.SortFunc(res.Providers, func(a, b *catalogv1.Provider) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.GetName()), strings.ToLower(b.GetName())), strings.Compare(a.GetProviderId(), b.GetProviderId()))
	})
	return res, nil
}

// provider is a studio in the visitor's language.
func (v view) provider(p provider, games int32, operator bool) *catalogv1.Provider {
	out := &catalogv1.Provider{
		ProviderId: p.row.ProviderID, Games: games, Name: cmp.Or(p.texts[v.language].GetName(), p.row.Name),
		Description: cmp.Or(p.texts[v.language].GetDescription(), p.texts["en"].GetDescription()),
	}
	if operator {
		out.Name, out.Translations = p.row.Name, p.texts
	}
	return out
}
