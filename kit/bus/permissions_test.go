package bus_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/bus"
)

// restrict restarts the server with one user per service, with the derived rights and nothing else.
func (w *world) restrict() {
	w.t.Helper()
	permissions, err := bus.Permissions(topology)
	require.NoError(w.t, err)
	w.stopNATS()
	account := server.NewAccount("PITBOSS")
	w.opts.Accounts = []*server.Account{account}
	for name, p := range permissions {
		w.opts.Users = append(w.opts.Users, &server.User{Username: name, Password: name, Account: account, Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: p.Publish}, Subscribe: &server.SubjectPermission{Allow: p.Subscribe},
		}})
	}
	w.conn.Close()
	w.startNATS()
	account, err = w.nats.LookupAccount("PITBOSS")
	require.NoError(w.t, err)
	require.NoError(w.t, account.EnableJetStream(nil, nil))
	provisioner := w.as(bus.Provisioner)
	require.NoError(w.t, bus.Provision(w.ctx, provisioner.JetStream(), topology, bus.ProvisionOptions{}))
	w.conn = w.as("wallet")
}

func (w *world) as(name string) *bus.Conn { return w.connect(name, nats.UserInfo(name, name)) }

func TestPermissions_AreEnoughForTheWholeWay(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	w.restrict()
	cashier := w.as("cashier")
	observer := w.as(bus.Observer)
	seen := make(chan bus.Message, 10)
	_ = w.start(func(ctx context.Context) error {
		return bus.Tail(ctx, observer.JetStream(), bus.TailOptions{Since: time.Now().Add(-time.Hour)}, func(m bus.Message) error { seen <- m; return nil })
	})
	b, _ := w.relay()
	_ = w.consume(w.bus("cashier", cashier), consumer(func(m bus.Message) error {
		if m.Version == 2 {
			return bus.Permanent(context.Canceled)
		}
		return nil
	}))
	w.publish(1, 2, 3)
	w.awaitEffects(1, 3)
	w.awaitLetters(1)
	require.EqualValues(t, 1, (<-seen).Version)
	for name, err := range map[string]error{"wallet": b.Health(), "cashier": cashier.Health(), "observer": observer.Health()} {
		require.NoError(t, err, name)
	}
}

func TestPermissions_ForbidTheRestAndHealthTells(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	w.restrict()
	short := func(fn func(ctx context.Context) error) error {
		ctx, cancel := context.WithTimeout(w.ctx, 300*time.Millisecond)
		defer cancel()
		return fn(ctx)
	}
	for name, tc := range map[string]struct {
		who, subject string
		try          func(ctx context.Context, c *bus.Conn) error
	}{
		"another's events": {"cashier", "wallet.credited.v1", func(ctx context.Context, c *bus.Conn) error {
			_, err := c.JetStream().Publish(ctx, "wallet.credited.v1", nil)
			return err
		}},
		"another's consumer": {"wallet", "$JS.API.CONSUMER.INFO.WALLET.cashier_wallet", func(ctx context.Context, c *bus.Conn) error {
			_, err := c.JetStream().Consumer(ctx, "WALLET", "cashier_wallet")
			return err
		}},
		"a new stream": {"cashier", "$JS.API.STREAM.CREATE.MINE", func(ctx context.Context, c *bus.Conn) error {
			_, err := c.JetStream().CreateStream(ctx, jetstream.StreamConfig{Name: "MINE", Subjects: []string{"mine.>"}})
			return err
		}},
		"purging": {"wallet", "$JS.API.STREAM.PURGE.WALLET", func(ctx context.Context, c *bus.Conn) error {
			_, err := c.NATS().RequestWithContext(ctx, "$JS.API.STREAM.PURGE.WALLET", nil)
			return err
		}},
		"another's replies": {"cashier", "_INBOX_wallet.>", func(ctx context.Context, c *bus.Conn) error {
			sub, err := c.NATS().SubscribeSync("_INBOX_wallet.>")
			if err != nil {
				return err
			}
			_, err = sub.NextMsgWithContext(ctx)
			return err
		}},
		"live events": {"cashier", "wallet.>", func(ctx context.Context, c *bus.Conn) error {
			sub, err := c.NATS().SubscribeSync("wallet.>")
			if err != nil {
				return err
			}
			_, err = sub.NextMsgWithContext(ctx)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.as(tc.who)
			require.NoError(t, c.Health())
			require.Error(t, short(func(ctx context.Context) error { return tc.try(ctx, c) }))
			w.eventually("unhealthy", func() (bool, any) { err := c.Health(); return err != nil, err })
			require.ErrorIs(t, c.Health(), bus.ErrForbidden)
			require.ErrorContains(t, c.Health(), tc.subject)
			require.ErrorIs(t, w.bus("cashier", c).Health(), bus.ErrForbidden)
		})
	}
}

func TestConnect_ServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	c, err := bus.Connect(context.Background(), "nats://127.0.0.1:1", "wallet", nil)
	require.NoError(t, err, "it may come later")
	defer c.Close()
	require.Error(t, c.Health())
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = bus.Connect(ctx, "nats://127.0.0.1:1", "wallet", nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = bus.Connect(context.Background(), "nats://bad host:x", "wallet", nil)
	require.Error(t, err)
}

func TestConnect_RefusedUserIsToldAndRetried(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	w.restrict()
	c := w.connect("stranger", nats.UserInfo("stranger", "x"))
	w.eventually("told", func() (bool, any) { err := c.Health(); return contains(err, "Authorization"), err })
	require.False(t, c.NATS().IsClosed())
}

func TestTail_FiltersAndStops(t *testing.T) {
	w := newWorld(t, bus.ProvisionOptions{})
	_, _ = w.relay()
	w.publish(1)
	e := event(2)
	e.Subject = "wallet.debited.v1"
	require.NoError(t, pgx.BeginFunc(w.ctx, w.pool, func(tx pgx.Tx) error { return bus.Publish(w.ctx, tx, e) }))
	w.publish(3)
	w.awaitPublished(1, 2, 3)
	var got []int64
	stop := context.Canceled
	err := bus.Tail(w.ctx, w.conn.JetStream(), bus.TailOptions{Filter: subject, Since: time.Now().Add(-time.Hour)}, func(m bus.Message) error {
		got = append(got, m.Version)
		if len(got) == 2 {
			return stop
		}
		return nil
	})
	require.ErrorIs(t, err, stop)
	require.Equal(t, []int64{1, 3}, got)
	require.ErrorContains(t, bus.Tail(w.ctx, w.conn.JetStream(), bus.TailOptions{Filter: "kyc.>"}, nil), "kyc.>")
}
