package bus_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
)

func message(t *testing.T, m proto.Message) bus.Message {
	data, err := proto.Marshal(m)
	require.NoError(t, err)
	return bus.Message{ID: "evt_1", Subject: "bet.placed.v1", Schema: string(m.ProtoReflect().Descriptor().FullName()), Data: data,
		TraceID: "0af7651916cd43dd8448eb211c80319c", OccurredAt: time.Date(2026, 1, 2, 3, 4, 5, 678900000, time.FixedZone("", 3600))}
}

func TestOutsideJSON(t *testing.T) {
	got, err := bus.OutsideJSON(message(t, &commonv1.Money{Amount: "10.00", Currency: "EUR"}))
	require.NoError(t, err)
	require.Equal(t, `{"event":"bet.placed","v":"1","id":"evt_1","amount":"10.00","currency":"EUR",`+
		`"ts":"2026-01-02T02:04:05.678Z","traceId":"0af7651916cd43dd8448eb211c80319c"}`, string(got))

	got, err = bus.OutsideJSON(message(t, &emptypb.Empty{}))
	require.NoError(t, err)
	require.Equal(t, `{"event":"bet.placed","v":"1","id":"evt_1","ts":"2026-01-02T02:04:05.678Z","traceId":"0af7651916cd43dd8448eb211c80319c"}`, string(got))

	got, err = bus.OutsideJSON(message(t, &walletv1.FundsHeld{PlayerId: "ply_1", Amount: &commonv1.Money{Amount: "1", Currency: "EUR"}}))
	require.NoError(t, err)
	require.Contains(t, string(got), `"playerId":"ply_1"`)
}

func TestOutsideJSON_Refuses(t *testing.T) {
	m := message(t, &commonv1.Money{Amount: "1"})
	m.Schema = "pitboss.nothing.v1.Nothing"
	_, err := bus.OutsideJSON(m)
	require.ErrorIs(t, err, bus.ErrNoOutsideForm)
	m = message(t, &commonv1.Money{})
	m.Data = []byte{0xff}
	_, err = bus.OutsideJSON(m)
	require.ErrorIs(t, err, bus.ErrNoOutsideForm)
}
