package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func (s *shop) jurisdiction(key string, required bool, countries ...string) {
	s.t.Helper()
	_, err := s.back.PutJurisdiction(s.t.Context(), &catalogv1.PutJurisdictionRequest{Jurisdiction: key, Name: key, Countries: countries, CertificatesRequired: new(required)})
	require.NoError(s.t, err)
}

func (s *shop) certificate(code, build, number string) *catalogv1.PutCertificateRequest {
	return &catalogv1.PutCertificateRequest{
		GameId: s.ids()[code], Jurisdiction: "mga", Build: build, Number: number, Laboratory: "Lab", ValidFrom: timestamppb.New(s.Clock.Now()),
	}
}

func (s *shop) inCountry(country string) []string {
	return s.shown(&catalogv1.ListGamesRequest{Country: country})
}

// TestPutCertificate: a game without a certificate is invisible and unplayable where one is needed.
func TestPutCertificate(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	_, err := s.back.PutCertificate(t.Context(), s.certificate("a", "", "1"))
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_JURISDICTION_NOT_FOUND)
	s.jurisdiction("mga", true, "MT", "FI")
	require.Empty(t, s.inCountry("MT"))
	require.Len(t, s.inCountry("DE"), 4, "elsewhere nothing is needed in development")

	q := s.certificate("a", "", "1")
	q.ValidTo = timestamppb.New(s.Clock.Now().Add(time.Hour))
	made, err := s.back.PutCertificate(t.Context(), q)
	require.NoError(t, err)
	again, err := s.back.PutCertificate(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, made.GetCertificate().GetCertificateId(), again.GetCertificate().GetCertificateId())
	require.Equal(t, []string{"alpha"}, s.inCountry("FI"))
	_, err = s.public.GetGame(t.Context(), &catalogv1.GetGameRequest{GameId: s.ids()["b"], Country: "MT"})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
	r, err := s.as(testkit.Peer("gaming")).ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{GameId: s.ids()["b"], Country: "MT"})
	require.NoError(t, err)
	require.Equal(t, "NO_CERTIFICATE", r.GetUnavailableReason())
	s.Clock.Advance(time.Hour)
	require.Empty(t, s.inCountry("MT"), "it has ended by itself")

	_, err = s.back.PutGameBuilds(t.Context(), &catalogv1.PutGameBuildsRequest{GameId: s.ids()["b"], Builds: []*catalogv1.GameBuild{{Build: "94", RtpBps: 9400, Active: true}, {Build: "96", RtpBps: 9600}}})
	require.NoError(t, err)
	_, err = s.back.PutCertificate(t.Context(), s.certificate("b", "96", "2"))
	require.NoError(t, err)
	require.Empty(t, s.inCountry("MT"), "another build is played")
	_, err = s.back.PutCertificate(t.Context(), s.certificate("b", "94", "2"))
	require.NoError(t, err)
	require.Equal(t, []string{"Beta"}, s.inCountry("MT"))
}

func TestPutCertificate_BadInputAndWhoMay(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	s.jurisdiction("mga", true, "MT")
	q := s.certificate("a", "", "1")
	q.ValidTo = q.ValidFrom
	_, err := s.back.PutCertificate(t.Context(), q)
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_CERTIFICATE_INVALID)
	q = s.certificate("a", "", "1")
	q.GameId = "gam_none"
	_, err = s.back.PutCertificate(t.Context(), q)
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
	q = s.certificate("a", "", "1")
	q.ValidFrom = nil
	_, err = s.back.PutCertificate(t.Context(), q)
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	for _, who := range []testkit.Caller{testkit.Player("ply_x"), testkit.Operator("support"), testkit.Peer("gaming")} {
		_, err = s.as(who).PutCertificate(t.Context(), s.certificate("a", "", "1"))
		denied(t, err)
		_, err = s.as(who).RevokeCertificate(t.Context(), &catalogv1.RevokeCertificateRequest{CertificateId: "crt_1", Reason: "r"})
		denied(t, err)
		_, err = s.as(who).PutJurisdiction(t.Context(), &catalogv1.PutJurisdictionRequest{Jurisdiction: "x", Name: "x", CertificatesRequired: new(false)})
		denied(t, err)
	}
	for _, who := range []testkit.Caller{testkit.Player("ply_x"), testkit.Peer("gaming")} {
		_, err = s.as(who).ListCertificates(t.Context(), &catalogv1.ListCertificatesRequest{})
		denied(t, err)
		_, err = s.as(who).ListJurisdictions(t.Context(), &catalogv1.ListJurisdictionsRequest{})
		denied(t, err)
	}
}

func TestRevokeCertificate(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	s.jurisdiction("mga", true, "MT")
	for _, code := range []string{"a", "b", "c"} {
		_, err := s.back.PutCertificate(t.Context(), s.certificate(code, "", code))
		require.NoError(t, err)
	}
	var all []*catalogv1.Certificate
	q := &catalogv1.ListCertificatesRequest{Jurisdiction: "mga", Page: &commonv1.PageRequest{Size: 2}}
	for {
		r, err := s.back.ListCertificates(t.Context(), q)
		require.NoError(t, err)
		all = append(all, r.GetCertificates()...)
		if q.Page.Token = r.GetPage().GetNextToken(); q.Page.Token == "" {
			break
		}
	}
	require.Len(t, all, 3)
	for range 2 {
		r, err := s.back.RevokeCertificate(t.Context(), &catalogv1.RevokeCertificateRequest{CertificateId: all[0].GetCertificateId(), Reason: "withdrawn by the laboratory"})
		require.NoError(t, err)
		require.NotNil(t, r.GetCertificate().GetRevokedAt())
	}
	require.Len(t, s.inCountry("MT"), 2)
	_, err := s.back.PutCertificate(t.Context(), s.certificate("a", "", "a"))
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_CERTIFICATE_INVALID)
	_, err = s.back.RevokeCertificate(t.Context(), &catalogv1.RevokeCertificateRequest{CertificateId: "crt_none", Reason: "r"})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_CERTIFICATE_NOT_FOUND)
	one, err := s.back.ListCertificates(t.Context(), &catalogv1.ListCertificatesRequest{GameId: s.ids()["a"]})
	require.NoError(t, err)
	require.Len(t, one.GetCertificates(), 1)
	_, err = s.back.ListCertificates(t.Context(), &catalogv1.ListCertificatesRequest{Page: &commonv1.PageRequest{Token: "x"}})
	require.Equal(t, "BAD_PAGE_TOKEN", errs.ReasonOf(err))
}

func TestPutJurisdiction(t *testing.T) {
	t.Parallel()
	s := openWith(t, &outside{revision: 1}, map[string]string{"PITBOSS_CATALOG_CERTIFICATES_REQUIRED": ""})
	s.stock()
	require.Empty(t, s.inCountry(""), "an unknown country sees nothing, unless it is configured otherwise")
	s.jurisdiction("open", false, "GE", "AM")
	require.Len(t, s.inCountry("GE"), 4)
	require.Empty(t, s.inCountry("DE"))
	_, err := s.back.PutJurisdiction(t.Context(), &catalogv1.PutJurisdictionRequest{Jurisdiction: "other", Name: "Other", Countries: []string{"AM"}, CertificatesRequired: new(false)})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_COUNTRY_TAKEN)
	require.Equal(t, "open", errs.Metadata(err)["jurisdiction"])
	s.jurisdiction("open", false, "GE")
	s.jurisdiction("other", true, "AM")
	list, err := s.back.ListJurisdictions(t.Context(), &catalogv1.ListJurisdictionsRequest{})
	require.NoError(t, err)
	require.True(t, list.GetOthersRequireCertificates())
	require.Len(t, list.GetJurisdictions(), 2)
	require.Equal(t, []string{"GE"}, list.GetJurisdictions()[0].GetCountries())
	_, err = s.back.PutJurisdiction(t.Context(), &catalogv1.PutJurisdictionRequest{Jurisdiction: "x", Name: "x"})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err), "whether certificates are needed has to be said")
	_, err = s.back.PutJurisdiction(t.Context(), &catalogv1.PutJurisdictionRequest{Jurisdiction: "x", Name: "x", Countries: []string{"Georgia"}, CertificatesRequired: new(false)})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	_, err = s.back.PutJurisdiction(t.Context(), &catalogv1.PutJurisdictionRequest{Jurisdiction: "open", Name: "Open", Countries: []string{"GE", "UK"}, CertificatesRequired: new(false)})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_COUNTRY_UNKNOWN)
	require.Equal(t, "UK", errs.Metadata(err)["country"])
	again, err := s.back.ListJurisdictions(t.Context(), &catalogv1.ListJurisdictionsRequest{})
	require.NoError(t, err)
	require.True(t, proto.Equal(list, again), "nothing has changed")
}

// TestPlayersCountry: a player sees what their own country allows, whatever they ask for.
func TestPlayersCountry(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	s.jurisdiction("mga", true, "MT")
	names := func(who testkit.Caller, country string) int {
		r, err := s.as(who).ListGames(t.Context(), &catalogv1.ListGamesRequest{Country: country})
		require.NoError(t, err)
		return len(r.GetGames())
	}
	require.Zero(t, names(testkit.Player("ply_MT_1"), "DE"))
	require.Equal(t, 4, names(testkit.Player("ply_DE_1"), "MT"))
	require.Equal(t, 4, names(testkit.Player("ply_nobody"), "MT"), "identity does not answer: an unknown country")
}
