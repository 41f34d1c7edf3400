package operations

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// checked is what an adapter made of settings and secrets, ready to be stored.
type checked struct {
	settings []byte // JSON
	secrets  []byte // sealed JSON
	names    []string
	plain    values // the same, readable
}

// values are an integration's settings and secrets.
type values struct{ settings, secrets map[string]string }

// check lets the adapter validate and complete an integration, and seals the secrets for this integration alone. What every protocol has is
// checked here and not shown to the adapter.
func (s *Server) check(ctx context.Context, p protocol, name, id string, settings, secrets map[string]string) (checked, error) {
	networks, err := allowedIPs(settings)
	if err != nil {
		return checked{}, err
	}
	conn, err := s.dial(p.service)
	if err != nil {
		return checked{}, adapterUnavailable(name, err)
	}
	res, err := adapterv1.NewAdapterServiceClient(conn).CheckIntegration(ctx, &adapterv1.CheckIntegrationRequest{IntegrationId: id, Settings: ofProtocol(settings), Secrets: secrets})
	if errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID) {
		return checked{}, integrationInvalid(errs.Metadata(err))
	}
	if err != nil {
		return checked{}, adapterUnavailable(name, err)
	}
	complete := merge(res.GetSettings(), nil)
	if len(networks) > 0 {
		complete[settingAllowedIPs] = strings.Join(networks, ", ")
	}
	return s.seal(id, complete, res.GetSecrets())
}

func (s *Server) seal(id string, settings, secrets map[string]string) (checked, error) {
	plain, err := json.Marshal(settings)
	if err != nil {
		return checked{}, err
	}
	hidden, err := json.Marshal(secrets)
	if err != nil {
		return checked{}, err
	}
	return checked{settings: plain, secrets: s.box.Seal(hidden, []byte("integration/"+id)), names: slices.Sorted(maps.Keys(secrets)), plain: values{settings, secrets}}, nil
}

// load reads one integration. Errors: INTEGRATION_NOT_FOUND.
func (s *Server) load(ctx context.Context, id string) (db.Integration, error) {
	row, err := s.queries.GetIntegration(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return row, integrationNotFound(id)
	}
	return row, err
}

// lock reads one integration for a change. Errors: INTEGRATION_NOT_FOUND.
func lock(ctx context.Context, q *db.Queries, id string) (db.Integration, error) {
	row, err := q.LockIntegration(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return row, integrationNotFound(id)
	}
	return row, err
}

// changed tells the platform, in the transaction of the change.
func (s *Server) changed(ctx context.Context, tx pgx.Tx, row db.Integration) error {
	return bus.Publish(ctx, tx, bus.Event{
		Subject: "integration.changed.v1", Message: &operationsv1.IntegrationChanged{Integration: s.toProto(row)},
		AggregateID: row.IntegrationID, Version: row.Revision, OccurredAt: row.UpdatedAt,
	})
}

// toProto is the integration as operators see it: names of secrets, never their values. One that cannot be read whole is shown as far as it can be.
func (s *Server) toProto(row db.Integration) *operationsv1.Integration {
	r := s.read(row)
	return &operationsv1.Integration{
		IntegrationId: row.IntegrationID, Protocol: row.Protocol, Kind: operationsv1.IntegrationKind(row.Kind), Name: row.Name,
		Settings: r.settings, SecretNames: row.SecretNames, Enabled: row.Enabled, Revision: row.Revision,
		CallbackUrl: s.publicURL + "/callbacks/" + row.IntegrationID, CreatedAt: timestamppb.New(row.CreatedAt), UpdatedAt: timestamppb.New(row.UpdatedAt),
		Previous: r.previous.names(s.clock()), Unreadable: r.lost,
	}
}
