package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/config"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/secret"
	"github.com/pitboss-gaming/pitboss/kit/telemetry"
)

// serveCmd runs services against engines that others keep.
type serveCmd struct {
	Service []string `arg:"" help:"Services to run, for example wallet."`
}

// Run serves until ctx ends.
func (c *serveCmd) Run(ctx context.Context) error {
	set, err := loadSettings()
	if err != nil {
		return err
	}
	var srv serveSettings
	if err := config.Load(&srv); err != nil {
		return err
	}
	if err := srv.check(set); err != nil {
		return err
	}
	log, err := telemetry.NewLogger(os.Stderr, telemetry.LogOptions{Format: set.LogFormat, Level: set.LogLevel})
	if err != nil {
		return err
	}
	u := newUp(set, log)
	context.AfterFunc(ctx, u.progress.stopping)
	if u.telemetry, err = telemetry.New(ctx, telemetry.Options{Service: strings.Join(c.Service, "+"), Version: version()}); err != nil {
		return err
	}
	u.telemetry.SetGlobal()
	u.onStop(u.telemetry.Shutdown)
	if err = u.openAdmin(ctx); err != nil {
		return errors.Join(err, u.stop(ctx))
	}
	err = c.start(ctx, u, srv)
	switch {
	case err == nil:
		log.Info("ready", "services", strings.Join(c.Service, ","))
		select {
		case <-ctx.Done():
		case err = <-u.failed:
		}
	case ctx.Err() != nil:
		log.Info("told to stop while starting", "error", err)
		err = nil
	}
	stop, cancel := context.WithTimeout(context.Background(), stopLimit+set.DrainDelay)
	defer cancel()
	return errors.Join(err, u.stop(stop))
}

func (c *serveCmd) start(ctx context.Context, u *up, srv serveSettings) error {
	box, err := srv.box()
	if err != nil {
		return err
	}
	listen, err := listenAddresses(srv.MeshListen, u.set.MeshPort, c.Service)
	if err != nil {
		return err
	}
	if strings.Contains(srv.MeshTarget, portMark) && u.set.MeshPort < 1 {
		return errors.New("{port} in PITBOSS_MESH_TARGET counts from PITBOSS_MESH_PORT, which must be a port")
	}
	if len(c.Service) > 1 && !strings.Contains(srv.MeshListen, portMark) {
		u.log.Warn("each service after the first listens one port higher, where a PITBOSS_MESH_TARGET with one port for all does not lead; {port} gives each its own")
	}
	u.host, err = app.Start(ctx, app.Options{
		Platform: u.services, Run: c.Service, Log: u.log, Box: box, Issuer: u.set.Issuer, PublicURL: strings.TrimRight(u.set.PublicURL, "/"), Home: u.set.Home,
		Waits:       u.progress.waitsFor,
		DatabaseURL: func(svc string) string { return forService(srv.DatabaseURL, svc) },
		NATSURL:     u.set.NATSURL, Certs: srv.Certs, Registry: u.telemetry.Registry, DrainDelay: u.set.DrainDelay, Unshared: u.set.Unshared,
		Listen: func(svc string) string { return listen[svc] },
		Target: func(svc string) string { return withPort(forService(srv.MeshTarget, svc), u.set.MeshPort, svc) },
	})
	if err != nil {
		return err
	}
	u.onStop(u.host.Stop)
	for _, svc := range c.Service {
		u.log.Info("serving", "service", svc, "address", u.host.Addr(svc))
	}
	if u.host.HTTP() != nil {
		if u.public, err = listenOn(ctx, u.set.HTTPAddr, "PITBOSS_HTTP_ADDR"); err != nil {
			return err
		}
		u.servePublic()
	}
	return u.serve(ctx)
}

// check names everything that is missing at once.
func (s serveSettings) check(set settings) error {
	var missing []string
	for name, value := range map[string]string{"PITBOSS_DATABASE_URL": s.DatabaseURL, "PITBOSS_NATS_URL": set.NATSURL, "PITBOSS_CERTS": s.Certs, "PITBOSS_MASTER_KEYS": s.MasterKeys, "PITBOSS_PUBLIC_URL": set.PublicURL} {
		if value == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("serve needs %s; `pitboss config` tells what they mean", strings.Join(missing, ", "))
	}
	return nil
}

// box reads id=key pairs; the first one seals.
func (s serveSettings) box() (*secret.Box, error) {
	keys, active := map[string][]byte{}, ""
	for pair := range strings.SplitSeq(s.MasterKeys, ",") {
		id, text, ok := strings.Cut(strings.TrimSpace(pair), "=")
		key, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
		if !ok || err != nil {
			return nil, errors.New("PITBOSS_MASTER_KEYS must be id=base64url pairs separated by commas")
		}
		keys[id] = key
		if active == "" {
			active = id
		}
	}
	return secret.NewBox(keys, active)
}

func forService(template, service string) string {
	return strings.ReplaceAll(template, "{service}", service)
}

// portMark is where an address gets the port of the service.
const portMark = "{port}"

func withPort(address string, base int, service string) string {
	return strings.ReplaceAll(address, portMark, strconv.Itoa(meshPort(base, service)))
}

// listenAddresses are where the services of a process listen: each on its own port, or, from a port that is given as a number, one after the other.
func listenAddresses(template string, base int, services []string) (map[string]string, error) {
	out := map[string]string{}
	if strings.Contains(template, portMark) {
		if base < 1 {
			return nil, errors.New("{port} in PITBOSS_MESH_LISTEN counts from PITBOSS_MESH_PORT, which must be a port")
		}
		for _, name := range services {
			out[name] = withPort(template, base, name)
		}
		return out, nil
	}
	host, first, err := splitPort(template)
	if err != nil {
		return nil, err
	}
	for i, name := range services {
		out[name] = net.JoinHostPort(host, strconv.Itoa(first+i))
	}
	return out, nil
}

func splitPort(addr string) (string, int, error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("PITBOSS_MESH_LISTEN: %w", err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", 0, fmt.Errorf("PITBOSS_MESH_LISTEN: port %q is not a number", text)
	}
	return host, port, nil
}

// migrateCmd brings databases to this binary's version, and streams with them, before new services start.
type migrateCmd struct {
	Service []string `arg:"" optional:"" help:"Services to migrate; all when none is named."`
	Streams bool     `help:"Create and update the event streams and consumers too, with the provisioner's certificate from PITBOSS_CERTS."`
}

// Run migrates. It is safe to repeat and to run by several at once.
func (c *migrateCmd) Run(ctx context.Context) error {
	set, err := loadSettings()
	if err != nil {
		return err
	}
	var srv serveSettings
	if err := config.Load(&srv); err != nil {
		return err
	}
	if srv.OwnerURL == "" {
		return errors.New("migrate needs PITBOSS_DATABASE_OWNER_URL; `up` migrates its own databases by itself")
	}
	all := platform()
	for _, s := range all {
		if s.Migrations == nil || len(c.Service) > 0 && !slices.Contains(c.Service, s.Name) {
			continue
		}
		if err := app.Migrate(ctx, s, forService(srv.OwnerURL, s.Name)); err != nil {
			return fmt.Errorf("migrate %s: %w", s.Name, err)
		}
		fmt.Println("migrated", s.Name)
	}
	if !c.Streams {
		return nil
	}
	source, err := mtls.Open(srv.Certs+"/"+bus.Provisioner, mtls.SourceOptions{})
	if err != nil {
		return err
	}
	return app.ProvisionStreams(ctx, set.NATSURL, all, mtls.ClientTLS(source, "nats"), bus.ProvisionOptions{Compress: true, Replicas: srv.Replicas})
}
