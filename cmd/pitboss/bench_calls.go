package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"google.golang.org/grpc"

	"github.com/pitboss-gaming/pitboss/engines/nats"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// walletOps is what a caller needs of the wallet, in process or over the network.
type walletOps interface {
	hold(ctx context.Context, r *walletv1.PlaceHoldRequest) (*walletv1.PlaceHoldResponse, error)
	settle(ctx context.Context, r *walletv1.SettleHoldRequest) error
}

// open starts the wallet as a mode has it.
func (b *walletBench) open(ctx context.Context, mode string, d benchDatabase) (walletOps, func() error, error) {
	switch mode {
	case "each": // two servers of eight workers: 16 connections, each with one operation in a transaction
		one := wallet.Config{Workers: 8, MaxBatch: 1, QueueLen: b.cfg.QueueLen, KeyLen: b.cfg.KeyLen}
		w := inProcess{wallet.New(d.pool, one, time.Now), wallet.New(d.pool, one, time.Now)}
		return w, w.close, nil
	case "group":
		w := inProcess{wallet.New(d.pool, b.cfg, time.Now)}
		return w, w.close, nil
	}
	return b.overNetwork(ctx, d.url, mode == "unary")
}

// inProcess calls servers without a chain; what one player does goes to one of them.
type inProcess []*wallet.Server

func (s inProcess) of(player string) *wallet.Server {
	n := 0
	for _, c := range player {
		n += int(c)
	}
	return s[n%len(s)]
}

func (s inProcess) close() error {
	for _, w := range s {
		w.Close()
	}
	return nil
}

func as(ctx context.Context, peer string) context.Context {
	return authn.NewContext(ctx, authn.Caller{Kind: authn.KindPeer, ID: peer, Peer: peer})
}

func (s inProcess) hold(ctx context.Context, r *walletv1.PlaceHoldRequest) (*walletv1.PlaceHoldResponse, error) {
	return s.of(r.GetPlayerId()).PlaceHold(as(ctx, "gaming"), r)
}

func (s inProcess) settle(ctx context.Context, r *walletv1.SettleHoldRequest) error {
	_, err := s.of(r.GetPlayerId()).SettleHold(as(ctx, "gaming"), r)
	return err
}

// network calls a wallet through a connection.
type network struct{ walletv1.WalletServiceClient }

func (n network) hold(ctx context.Context, r *walletv1.PlaceHoldRequest) (*walletv1.PlaceHoldResponse, error) {
	return n.PlaceHold(ctx, r)
}

func (n network) settle(ctx context.Context, r *walletv1.SettleHoldRequest) error {
	_, err := n.SettleHold(ctx, r)
	return err
}

// overNetwork serves the wallet as in production and calls it as gaming does; client and server share this process's CPUs. Without --relay there is
// no NATS, and events stay in the outbox. unshared gives each call a stream of its own.
func (b *walletBench) overNetwork(ctx context.Context, url string, unshared bool) (ops walletOps, stop func() error, err error) {
	certs, err := b.certificates("wallet", "gaming", "nats", bus.Provisioner)
	if err != nil {
		return nil, nil, err
	}
	o := app.Options{
		Platform: platform(), Run: []string{"wallet"}, Log: quiet(), Issuer: "https://bench.pitboss", Home: b.home, Certs: certs,
		DatabaseURL: func(string) string { return url },
		Vars: map[string]string{
			"PITBOSS_WALLET_WORKERS": strconv.Itoa(b.cfg.Workers), "PITBOSS_WALLET_MAX_BATCH": strconv.Itoa(b.cfg.MaxBatch),
			"PITBOSS_WALLET_QUEUE_LEN": strconv.Itoa(b.cfg.QueueLen), "PITBOSS_WALLET_KEY_LEN": strconv.Itoa(b.cfg.KeyLen),
		},
	}
	var stops []func(context.Context) error
	stop = func() error {
		limit, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		var errs []error
		for i := len(stops) - 1; i >= 0; i-- {
			errs = append(errs, stops[i](limit))
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, stop())
		}
	}()
	if b.Relay {
		server, err := b.startStreams(ctx, certs)
		if err != nil {
			return nil, nil, err
		}
		stops = append(stops, server.Shutdown)
		o.NATSURL = server.URL()
	}
	host, err := app.Start(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	stops = append(stops, host.Stop)
	conn, err := dialWallet(host.Addr("wallet"), filepath.Join(certs, "gaming"), unshared)
	if err != nil {
		return nil, nil, err
	}
	stops = append(stops, func(context.Context) error { return conn.Close() })
	return network{walletv1.NewWalletServiceClient(conn)}, stop, nil
}

func dialWallet(addr, certs string, unshared bool) (*grpc.ClientConn, error) {
	source, err := mtls.Open(certs, mtls.SourceOptions{})
	if err != nil {
		return nil, err
	}
	return rpc.ClientConn(addr, "wallet", source, rpc.ClientOptions{Unshared: unshared})
}

// certificates makes a CA and a folder with certificates of these services.
func (b *walletBench) certificates(services ...string) (string, error) {
	ca, err := mtls.NewCA()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(b.home, fmt.Sprint("certs", b.number))
	for _, s := range services {
		if err := mtls.Issue(ca, mtls.ServiceID(s), filepath.Join(dir, s), 24*time.Hour); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// startStreams runs JetStream with the platform's streams, as durable as `pitboss up` has it.
func (b *walletBench) startStreams(ctx context.Context, certs string) (*nats.Server, error) {
	users, err := app.NATSUsers(platform())
	if err != nil {
		return nil, err
	}
	source, err := mtls.Open(filepath.Join(certs, "nats"), mtls.SourceOptions{})
	if err != nil {
		return nil, err
	}
	provisioner, err := mtls.Open(filepath.Join(certs, bus.Provisioner), mtls.SourceOptions{})
	if err != nil {
		return nil, err
	}
	server, err := nats.Start(ctx, nats.Options{
		StoreDir: filepath.Join(b.home, fmt.Sprint("nats", b.number)), TLS: app.NATSTLS(source), Users: users, Durable: true, Log: quiet(),
	})
	if err != nil {
		return nil, err
	}
	if err := app.ProvisionStreams(ctx, server.URL(), platform(), mtls.ClientTLS(provisioner, "nats"), bus.ProvisionOptions{}); err != nil {
		return nil, errors.Join(err, server.Shutdown(ctx))
	}
	return server, nil
}
