package bus

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ProvisionOptions are what operators may choose. Zero values are replaced by the defaults named.
type ProvisionOptions struct {
	// MaxAge is how long streams keep events (14 days). It must be shorter than the inboxes' memory, see Options.InboxRetention.
	MaxAge time.Duration
	// Replicas of each stream (1); 3 in a cluster.
	Replicas int
	// AckWait is when an event whose handler has not answered is delivered again (20 s); longer than Options.HandlerTimeout.
	AckWait time.Duration
	// Compress has streams keep their events compressed: half of the disk or less, for processor time whenever a file of events is full. Either may follow the other; what is there stays as it is.
	Compress bool
}

// duplicateWindow is how long JetStream remembers event ids. A relay that repeats a batch within it leaves no trace; later the inboxes catch it.
const duplicateWindow = 10 * time.Minute

// Provision creates or updates one stream per publishing service and one durable consumer per subscription and stream. Services have no permission
// to do that; it runs as the provisioner, before them. Idempotent. Errors: a topology that contradicts itself (Check), or JetStream's.
func Provision(ctx context.Context, js jetstream.JetStream, all []Topology, o ProvisionOptions) error {
	if o.MaxAge == 0 {
		o.MaxAge = 14 * 24 * time.Hour
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	if o.AckWait == 0 {
		o.AckWait = 20 * time.Second
	}
	if err := Check(all); err != nil {
		return err
	}
	for _, t := range all {
		if len(t.Publishes) == 0 {
			continue
		}
		if _, err := js.CreateOrUpdateStream(ctx, streamConfig(t, o)); err != nil {
			return fmt.Errorf("bus: stream of %s: %w", t.Service, err)
		}
	}
	for _, t := range all {
		for _, s := range t.Consumes {
			bindings, err := s.Bindings(all)
			if err != nil {
				return err
			}
			for _, b := range bindings {
				if _, err := js.CreateOrUpdateConsumer(ctx, b.Stream, consumerConfig(b, o)); err != nil {
					return fmt.Errorf("bus: consumer %s on %s: %w", b.Consumer, b.Stream, err)
				}
			}
		}
	}
	return nil
}

func streamConfig(t Topology, o ProvisionOptions) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        StreamName(t.Service),
		Description: "events of " + t.Service,
		Subjects:    t.Publishes,
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		Compression: compression(o.Compress),
		MaxAge:      o.MaxAge,
		Duplicates:  min(duplicateWindow, o.MaxAge),
		MaxMsgSize:  1 << 20,
		Replicas:    o.Replicas,
		DenyDelete:  true, // what has been told cannot be untold, not even by the provisioner
		AllowDirect: true,
		// The relay publishes many events as one batch, for which the file is synced once. A server before 2.12 ignores this.
		AllowAtomicPublish: true,
	}
}

func compression(on bool) jetstream.StoreCompression {
	if on {
		return jetstream.S2Compression
	}
	return jetstream.NoCompression
}

// consumerConfig leaves MaxDeliver unlimited: JetStream would drop the event silently at the limit. The runner counts, and writes the dead letter itself.
func consumerConfig(b Binding, o ProvisionOptions) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:        b.Consumer,
		FilterSubjects: b.Subjects,
		DeliverPolicy:  jetstream.DeliverAllPolicy,
		AckPolicy:      jetstream.AckExplicitPolicy,
		AckWait:        o.AckWait,
		MaxDeliver:     -1,
		MaxAckPending:  256,
	}
}

var (
	serviceShape = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	nameShape    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	patternShape = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.([a-z0-9_]+|\*))*(\.>)?$`)
	wantShape    = regexp.MustCompile(`^(>|([a-z0-9_]+|\*)(\.([a-z0-9_]+|\*))*(\.>)?)$`)
)

// Check tells what contradicts itself in the services' topologies: bad names, overlapping publishers, two consumers of one name, a subscription
// to what nobody publishes.
func Check(all []Topology) error {
	services, consumers := map[string]bool{}, map[string]string{}
	for i, t := range all {
		if !serviceShape.MatchString(t.Service) || services[t.Service] {
			return fmt.Errorf("bus: service name %q is bad or taken twice", t.Service)
		}
		services[t.Service] = true
		for j, p := range t.Publishes {
			if !patternShape.MatchString(p) {
				return fmt.Errorf("bus: %s publishes %q, which is no pattern", t.Service, p)
			}
			if slices.ContainsFunc(t.Publishes[:j], func(q string) bool { return overlap(p, q) }) {
				return fmt.Errorf("bus: %s publishes %s twice", t.Service, p)
			}
			for _, other := range all[:i] {
				if slices.ContainsFunc(other.Publishes, func(q string) bool { return overlap(p, q) }) {
					return fmt.Errorf("bus: %s and %s both publish %s", other.Service, t.Service, p)
				}
			}
		}
		for _, s := range t.Consumes {
			if !nameShape.MatchString(s.Name) || consumers[s.Name] != "" {
				return fmt.Errorf("bus: consumer name %q of %s is bad or taken twice", s.Name, t.Service)
			}
			consumers[s.Name] = t.Service
			if len(s.Subjects) == 0 {
				return fmt.Errorf("bus: consumer %s has no subjects", s.Name)
			}
			for _, p := range s.Subjects {
				if !wantShape.MatchString(p) {
					return fmt.Errorf("bus: consumer %s wants %q, which is no pattern", s.Name, p)
				}
			}
			if _, err := s.Bindings(all); err != nil {
				return err
			}
		}
	}
	return nil
}

func overlap(a, b string) bool {
	_, ok := intersect(a, b)
	return ok
}
