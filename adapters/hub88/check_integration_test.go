package hub88_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCheckIntegration(t *testing.T) {
	t.Parallel()
	x := open(t)
	operations := adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("operations")))
	check := func(settings, secrets map[string]string) (*adapterv1.CheckIntegrationResponse, error) {
		return operations.CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: licence, Settings: settings, Secrets: secrets})
	}

	t.Run("makes a key and shows its public half; a second check changes nothing", func(t *testing.T) {
		first, err := check(goodSettings(t, "https://api.example/"), nil)
		require.NoError(t, err)
		require.Contains(t, first.GetSecrets()["private_key_pem"], "BEGIN PRIVATE KEY")
		require.Contains(t, first.GetSettings()["operator_public_key_pem"], "BEGIN PUBLIC KEY")
		require.Equal(t, []string{"hub88", "200", "https://api.example"},
			[]string{first.GetSettings()["dialect"], first.GetSettings()["signature_failure_status"], first.GetSettings()["api_base_url"]})
		again, err := check(first.GetSettings(), first.GetSecrets())
		require.NoError(t, err)
		require.Equal(t, first.GetSettings(), again.GetSettings())
		require.Equal(t, first.GetSecrets(), again.GetSecrets())
	})

	t.Run("takes a PKCS#1 key and replaces the public half", func(t *testing.T) {
		settings := goodSettings(t, "https://api.example")
		settings["operator_public_key_pem"] = "of an older key"
		r, err := check(settings, map[string]string{"private_key_pem": pkcs1(strangerKey())})
		require.NoError(t, err)
		require.Equal(t, spki(t, strangerKey()), r.GetSettings()["operator_public_key_pem"])
	})

	t.Run("callbacks alone need the provider's key only", func(t *testing.T) {
		for _, dialect := range []string{"", "hub88", "caleta"} {
			_, err := check(map[string]string{"provider_public_key_pem": spki(t, providerKey()) + spki(t, strangerKey()), "dialect": dialect}, nil)
			require.NoError(t, err, dialect)
		}
	})

	t.Run("names the field that is wrong", func(t *testing.T) {
		weak, err := rsa.GenerateKey(rand.Reader, 1024)
		require.NoError(t, err)
		for name, c := range map[string]struct{ field, value string }{
			"relative":       {"api_base_url", "/api"},
			"plain http":     {"api_base_url", "http://api.example"},
			"password in it": {"api_base_url", "https://me:secret@api.example"},
			"no operator":    {"operator_id", ""},
			"operator text":  {"operator_id", "pitboss"},
			"no key":         {"provider_public_key_pem", ""},
			"weak key":       {"provider_public_key_pem", spki(t, weak)},
			"private key":    {"provider_public_key_pem", pkcs1(strangerKey())},
			"three keys":     {"provider_public_key_pem", spki(t, providerKey()) + spki(t, strangerKey()) + spki(t, providerKey())},
			"former key":     {"provider_public_key_pem_previous", "x"},
			"no dialect":     {"dialect", "spanish"},
			"free bets":      {"free_bets", "gratis"},
			"odd status":     {"signature_failure_status", "500"},
			"typing error":   {"operater_id", "1"},
		} {
			settings := maps.Clone(goodSettings(t, "https://api.example"))
			settings[c.field] = c.value
			_, err := check(settings, nil)
			require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID), "%s: %v", name, err)
			require.Equal(t, c.field, errs.Metadata(err)["field"], name)
		}
		_, err = check(goodSettings(t, "https://api.example"), map[string]string{"private_key_pem": "x"})
		require.Equal(t, "private_key_pem", errs.Metadata(err)["field"])
		_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: licence})
		require.Equal(t, codes.PermissionDenied, status.Code(err))
	})
}

func pkcs1(k *rsa.PrivateKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)}))
}
