package mtls

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

// Rotator keeps development certificates fresh while `pitboss up` runs.
type Rotator struct {
	CA  *CA
	TTL time.Duration     // life of an issued certificate
	IDs map[string]string // directory by SPIFFE id
	Log *slog.Logger      // nil means slog.Default
}

// Ensure issues every certificate that is missing, unreadable, not of this CA or in the last third of its life. Idempotent.
func (r *Rotator) Ensure() error {
	var failed []error
	for id, dir := range r.IDs {
		if r.fresh(id, dir, time.Now()) {
			continue
		}
		if err := Issue(r.CA, id, dir, r.TTL); err != nil {
			failed = append(failed, fmt.Errorf("mtls: issue %s: %w", id, err))
			continue
		}
		log := r.Log
		if log == nil {
			log = slog.Default()
		}
		log.Debug("certificate issued", "id", id, "dir", dir, "ttl", r.TTL)
	}
	return errors.Join(failed...)
}

// Run calls Ensure until ctx ends, often enough to renew in time. A failure is logged and tried again: two thirds of a life are
// left for that.
func (r *Rotator) Run(ctx context.Context) error {
	tick := time.NewTicker(min(max(r.TTL/12, 10*time.Millisecond), time.Minute))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := r.Ensure(); err != nil {
				log := r.Log
				if log == nil {
					log = slog.Default()
				}
				log.Error("certificates not renewed", "error", err)
			}
		}
	}
}

// fresh reports whether the directory holds this id, issued by this CA, with more than a third of its life left and the CA's bundle.
func (r *Rotator) fresh(id, dir string, now time.Time) bool {
	svid, err := x509svid.Load(filepath.Join(dir, certFile), filepath.Join(dir, keyFile))
	if err != nil || svid.ID.String() != id {
		return false
	}
	leaf := svid.Certificates[0]
	if leaf.NotAfter.Sub(now) < leaf.NotAfter.Sub(leaf.NotBefore)/3 || leaf.CheckSignatureFrom(r.CA.cert) != nil {
		return false
	}
	have, err := os.ReadFile(filepath.Join(dir, caFile))
	if err != nil {
		return false
	}
	bundle, err := x509bundle.Parse(trustDomain, have)
	return err == nil && bundle.Equal(x509bundle.FromX509Authorities(trustDomain, r.CA.bundle))
}
