package mtls

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

const (
	certFile = "tls.crt"
	keyFile  = "tls.key"
	caFile   = "ca.crt"
)

// DefaultPoll is how long a changed certificate may go unnoticed.
const DefaultPoll = 10 * time.Second

// SourceOptions change how a directory is read.
type SourceOptions struct {
	// Poll is how often the files' times are looked at, at most; zero means DefaultPoll, negative means at every use.
	Poll time.Duration
	// Log gets a line when a changed pair cannot be read and when a new one is taken; nil means slog.Default.
	Log *slog.Logger
}

// Source reads a certificate, its key and the CA bundle from a directory and reads them again when they change, without a restart:
// it is asked at every handshake. A pair that cannot be parsed is not taken; the old one goes on. It is safe for concurrent use and
// has no goroutine to stop.
type Source struct {
	dir  string
	poll time.Duration
	log  *slog.Logger

	mu       sync.Mutex
	looked   time.Time
	stamp    [3]fileStamp
	svid     *x509svid.SVID
	bundle   *x509bundle.Bundle
	failures int
}

type fileStamp struct {
	mod  int64
	size int64
}

// Open reads the directory. It fails when there is no usable pair yet.
func Open(dir string, o SourceOptions) (*Source, error) {
	if o.Poll == 0 {
		o.Poll = DefaultPoll
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Source{dir: dir, poll: o.Poll, log: o.Log}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return nil, err
	}
	return s, nil
}

// GetX509SVID returns the current certificate and key.
func (s *Source) GetX509SVID() (*x509svid.SVID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	return s.svid, nil
}

// GetX509BundleForTrustDomain returns the current CA certificates.
func (s *Source) GetX509BundleForTrustDomain(td spiffeid.TrustDomain) (*x509bundle.Bundle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	return s.bundle.GetX509BundleForTrustDomain(td)
}

// Identity returns whom the current certificate speaks for.
func (s *Source) Identity() Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	id, _ := ParseID(s.svid.ID.String()) // load takes only identities of the mesh
	id.NotBefore, id.NotAfter = s.svid.Certificates[0].NotBefore, s.svid.Certificates[0].NotAfter
	return id
}

// NotAfter returns when the current certificate ends, for the metric cert_not_after_seconds.
func (s *Source) NotAfter() time.Time { return s.Identity().NotAfter }

// Failures counts the times that a changed pair could not be taken, for a metric.
func (s *Source) Failures() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures
}

// refresh takes what changed since it looked last.
func (s *Source) refresh() {
	now := time.Now() // how often to look at files has nothing to do with the platform's clock
	if s.poll > 0 && now.Sub(s.looked) < s.poll {
		return
	}
	s.looked = now
	stamp, err := s.stat()
	if err == nil && stamp == s.stamp {
		return
	}
	if err == nil {
		err = s.load()
	}
	if err != nil {
		s.failures++
		s.log.Warn("changed certificate not taken, the old one goes on", "dir", s.dir, "error", err)
		return
	}
	s.log.Info("certificate reloaded", "dir", s.dir, "id", s.svid.ID.String(), "not_after", s.svid.Certificates[0].NotAfter)
}

func (s *Source) load() error {
	// The times are taken first: a file that changes while it is read is then seen as changed again.
	stamp, err := s.stat()
	if err != nil {
		return err
	}
	svid, err := x509svid.Load(filepath.Join(s.dir, certFile), filepath.Join(s.dir, keyFile))
	if err != nil {
		return fmt.Errorf("mtls: %s: %w", s.dir, err)
	}
	if _, err := ParseID(svid.ID.String()); err != nil {
		return err
	}
	bundle, err := x509bundle.Load(trustDomain, filepath.Join(s.dir, caFile))
	if err != nil {
		return fmt.Errorf("mtls: %s: %w", s.dir, err)
	}
	if bundle.Empty() {
		return errors.New("mtls: no CA certificate in " + filepath.Join(s.dir, caFile))
	}
	s.svid, s.bundle, s.stamp, s.looked = svid, bundle, stamp, time.Now()
	return nil
}

// stat follows symbolic links, because Kubernetes swaps mounted files by one.
func (s *Source) stat() ([3]fileStamp, error) {
	var stamps [3]fileStamp
	for i, name := range []string{certFile, keyFile, caFile} {
		st, err := os.Stat(filepath.Join(s.dir, name))
		if err != nil {
			return stamps, fmt.Errorf("mtls: %w", err)
		}
		stamps[i] = fileStamp{mod: st.ModTime().UnixNano(), size: st.Size()}
	}
	return stamps, nil
}
