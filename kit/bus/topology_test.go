package bus_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/bus"
)

func TestBindings(t *testing.T) {
	all := []bus.Topology{
		{Service: "wallet", Publishes: []string{"wallet.>"}},
		{Service: "gaming", Publishes: []string{"bet.>", "round.*.v1"}},
	}
	for name, tc := range map[string]struct {
		subjects []string
		want     []bus.Binding
	}{
		"one":                 {[]string{"bet.placed.v1"}, []bus.Binding{{Stream: "GAMING", Consumer: "c", Subjects: []string{"bet.placed.v1"}}}},
		"two of one stream":   {[]string{"bet.placed.v1", "round.settled.v1"}, []bus.Binding{{Stream: "GAMING", Consumer: "c", Subjects: []string{"bet.placed.v1", "round.settled.v1"}}}},
		"covered ones fall":   {[]string{"bet.placed.v1", "bet.>", "bet.placed.v1"}, []bus.Binding{{Stream: "GAMING", Consumer: "c", Subjects: []string{"bet.>"}}}},
		"narrowed to streams": {[]string{"*.settled.v1"}, []bus.Binding{{Stream: "WALLET", Consumer: "c", Subjects: []string{"wallet.settled.v1"}}, {Stream: "GAMING", Consumer: "c", Subjects: []string{"bet.settled.v1", "round.settled.v1"}}}},
		"everything":          {[]string{">"}, []bus.Binding{{Stream: "WALLET", Consumer: "c", Subjects: []string{"wallet.>"}}, {Stream: "GAMING", Consumer: "c", Subjects: []string{"bet.>", "round.*.v1"}}}},
		"nobody":              {[]string{"kyc.verified.v1"}, nil},
		"too short":           {[]string{"wallet"}, nil},
		"too long":            {[]string{"round.settled.v1.x"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := bus.Subscription{Name: "c", Subjects: tc.subjects}.Bindings(all)
			if tc.want == nil {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestCheck_NamesWhatContradicts(t *testing.T) {
	wallet := bus.Topology{Service: "wallet", Publishes: []string{"wallet.>"}}
	sub := func(name string, subjects ...string) bus.Topology {
		return bus.Topology{Service: "x", Consumes: []bus.Subscription{{Name: name, Subjects: subjects}}}
	}
	require.NoError(t, bus.Check(topology))
	for part, all := range map[string][]bus.Topology{
		`"Wallet"`:         {{Service: "Wallet"}},
		`"wallet" is bad`:  {wallet, wallet},
		"both publish":     {wallet, {Service: "gaming", Publishes: []string{"wallet.credited.v1"}}},
		"twice":            {{Service: "a", Publishes: []string{"x.>", "x.y.v1"}}},
		`publishes ">"`:    {{Service: "a", Publishes: []string{">"}}},
		`publishes "$JS.`:  {{Service: "a", Publishes: []string{"$JS.API.>"}}},
		`publishes "a b"`:  {{Service: "a", Publishes: []string{"a b"}}},
		`"c.1"`:            {wallet, sub("c.1", "wallet.>")},
		`no subjects`:      {wallet, sub("c")},
		`wants "wallet.`:   {wallet, sub("c", "wallet.>.v1")},
		`wants kyc`:        {wallet, sub("c", "kyc.verified.v1")},
		`name "c" of x is`: {wallet, {Service: "y", Consumes: sub("c", "wallet.>").Consumes}, sub("c", "wallet.>")},
	} {
		require.ErrorContains(t, bus.Check(all), part)
		_, err := bus.Permissions(all)
		require.ErrorContains(t, err, part)
	}
}

func TestProvision_IsRepeatableAndStreamsKeepTheirEvents(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	js := w.conn.JetStream()
	_, err := js.Publish(w.ctx, subject, []byte("x"))
	require.NoError(t, err)
	changed := append([]bus.Topology{}, topology...)
	changed[1].Consumes = []bus.Subscription{{Name: "cashier_wallet", Subjects: []string{"wallet.>"}}}
	require.NoError(t, bus.Provision(w.ctx, js, changed, bus.ProvisionOptions{MaxAge: time.Hour, Compress: true}))
	stream, err := js.Stream(w.ctx, "WALLET")
	require.NoError(t, err)
	cfg := stream.CachedInfo().Config
	require.Equal(t, time.Hour, cfg.MaxAge)
	require.Equal(t, 10*time.Minute, cfg.Duplicates)
	require.Equal(t, jetstream.FileStorage, cfg.Storage)
	require.Equal(t, jetstream.S2Compression, cfg.Compression)
	require.EqualValues(t, 1, stream.CachedInfo().State.Msgs)
	require.Error(t, stream.DeleteMsg(w.ctx, 1), "told is told")
	c, err := js.Consumer(w.ctx, "WALLET", "cashier_wallet")
	require.NoError(t, err)
	require.Equal(t, []string{"wallet.>"}, c.CachedInfo().Config.FilterSubjects)
	require.Equal(t, jetstream.AckExplicitPolicy, c.CachedInfo().Config.AckPolicy)

	require.NoError(t, bus.Provision(w.ctx, js, changed, bus.ProvisionOptions{}))
	stream, err = js.Stream(w.ctx, "WALLET")
	require.NoError(t, err)
	require.Equal(t, jetstream.NoCompression, stream.CachedInfo().Config.Compression)
	msg, err := stream.GetMsg(w.ctx, 1)
	require.NoError(t, err)
	require.Equal(t, []byte("x"), msg.Data)
}
