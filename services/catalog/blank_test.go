package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// TestBlankTexts: a name of spaces would be shown to players as nothing, and a paper's number of spaces proves nothing.
func TestBlankTexts(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	ctx, id := t.Context(), s.ids()["a"]
	for what, put := range map[string]func(text string) error{
		"a game's name": func(text string) error {
			_, err := s.back.UpdateGame(ctx, &catalogv1.UpdateGameRequest{GameId: id, Translations: map[string]*catalogv1.Translation{"en": {Name: text}}})
			return err
		},
		"a game's description": func(text string) error {
			_, err := s.back.UpdateGame(ctx, &catalogv1.UpdateGameRequest{GameId: id, Translations: map[string]*catalogv1.Translation{"en": {Description: text}}})
			return err
		},
		"a studio's name": func(text string) error {
			_, err := s.back.UpdateProvider(ctx, &catalogv1.UpdateProviderRequest{ProviderId: s.provider(), Name: text})
			return err
		},
		"a category's title": func(text string) error {
			_, err := s.back.PutCategory(ctx, &catalogv1.PutCategoryRequest{Category: "slots", Titles: map[string]string{"en": text}})
			return err
		},
		"a row's title": func(text string) error {
			_, err := s.back.PutLobby(ctx, &catalogv1.PutLobbyRequest{Sections: []*catalogv1.LobbySection{{Key: "x", Title: text}}})
			return err
		},
		"a row's title in a language": func(text string) error {
			_, err := s.back.PutLobby(ctx, &catalogv1.PutLobbyRequest{Sections: []*catalogv1.LobbySection{{Key: "x", Title: "X", Titles: map[string]string{"ka": text}}}})
			return err
		},
		"a jurisdiction's name": func(text string) error {
			_, err := s.back.PutJurisdiction(ctx, &catalogv1.PutJurisdictionRequest{Jurisdiction: "mga", Name: text, CertificatesRequired: new(false)})
			return err
		},
		"a certificate's number": func(text string) error {
			s.jurisdiction("se", false, "SE")
			_, err := s.back.PutCertificate(ctx, &catalogv1.PutCertificateRequest{GameId: id, Jurisdiction: "se", Number: text, ValidFrom: timestamppb.Now()})
			return err
		},
	} {
		for _, blank := range []string{" ", "  \t "} {
			require.Equal(t, "VALIDATION", errs.ReasonOf(put(blank)), what)
		}
		require.NoError(t, put(" ა 1"), what)
	}
	_, err := s.back.RevokeCertificate(ctx, &catalogv1.RevokeCertificateRequest{CertificateId: "crt_1", Reason: " "})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
}
