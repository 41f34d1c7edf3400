package bus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// TailOptions selects what Tail reads.
type TailOptions struct {
	// Filter is a subject pattern; empty for all events.
	Filter string
	// Since is where to begin; zero begins with the next event.
	Since time.Time
}

// Tail calls fn for events as they are published, until ctx ends (nil) or fn fails. Events of one stream come in order; fn is called by one
// goroutine at a time. Nothing is acknowledged and no consumer's position changes. It needs the rights of Observer. A message that
// is no event is passed with what could be read of it. Errors: fn's, JetStream's, a filter that no stream matches.
func Tail(ctx context.Context, js jetstream.JetStream, o TailOptions, fn func(Message) error) error {
	if o.Filter == "" {
		o.Filter = ">"
	}
	streams, err := matchingStreams(ctx, js, o.Filter)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	var once sync.Once
	var first error
	var mu sync.Mutex
	one := func(m Message) error {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil {
			return nil
		}
		return fn(m)
	}
	for stream, subjects := range streams {
		wg.Go(func() {
			if err := tailStream(ctx, js, stream, subjects, o.Since, one); err != nil {
				once.Do(func() { first = err })
				cancel()
			}
		})
	}
	wg.Wait()
	return first
}

// matchingStreams finds the streams with events that match, and the part of the filter that falls to each.
func matchingStreams(ctx context.Context, js jetstream.JetStream, filter string) (map[string][]string, error) {
	out := map[string][]string{}
	list := js.ListStreams(ctx)
	for info := range list.Info() {
		for _, has := range info.Config.Subjects {
			if both, ok := intersect(filter, has); ok {
				out[info.Config.Name] = append(out[info.Config.Name], both)
			}
		}
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("bus: list streams: %w", err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("bus: no stream has subjects that match %s", filter)
	}
	for name, subjects := range out {
		out[name] = withoutCovered(subjects)
	}
	return out, nil
}

func tailStream(ctx context.Context, js jetstream.JetStream, stream string, subjects []string, since time.Time, fn func(Message) error) error {
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: subjects, DeliverPolicy: jetstream.DeliverNewPolicy}
	if !since.IsZero() {
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &since
	}
	consumer, err := js.OrderedConsumer(ctx, stream, cfg)
	if err != nil {
		return fmt.Errorf("bus: tail %s: %w", stream, err)
	}
	it, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("bus: tail %s: %w", stream, err)
	}
	stop := context.AfterFunc(ctx, it.Stop)
	defer it.Stop()
	defer stop()
	for {
		msg, err := it.Next()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("bus: tail %s: %w", stream, err)
		}
		m, _ := parseMessage(msg.Subject(), msg.Headers(), msg.Data()) // what is not an event is shown as far as it can be
		if err := fn(m); err != nil {
			return err
		}
	}
}
