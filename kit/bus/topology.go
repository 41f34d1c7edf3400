package bus

import (
	"fmt"
	"slices"
	"strings"
)

// Subscription is a consumer as it is known before anything runs. Name is the durable consumer's name, unique in the platform:
// lower-case words with underscores, "<service>_<what>".
type Subscription struct {
	Name     string
	Subjects []string // subjects or patterns with * and >, of any services
}

// Topology is what one service publishes and consumes, taken from its descriptor.
type Topology struct {
	Service   string
	Publishes []string // patterns such as "wallet.>"; no two services' patterns may overlap
	Consumes  []Subscription
	Watches   []string // patterns it may watch live, see Conn.Watch
}

// StreamName is the stream of a publishing service: its name in upper case.
func StreamName(service string) string { return strings.ToUpper(service) }

// Binding says which subjects a consumer takes from which stream.
type Binding struct {
	Stream   string
	Consumer string
	Subjects []string
}

// Bindings finds the streams of a subscription among all services. Errors: a subject that no service publishes.
func (s Subscription) Bindings(all []Topology) ([]Binding, error) {
	var out []Binding
	for _, want := range s.Subjects {
		found := false
		for _, t := range all {
			for _, has := range t.Publishes {
				both, ok := intersect(want, has)
				if !ok {
					continue
				}
				found = true
				stream := StreamName(t.Service)
				i := slices.IndexFunc(out, func(b Binding) bool { return b.Stream == stream })
				if i < 0 {
					i = len(out)
					out = append(out, Binding{Stream: stream, Consumer: s.Name})
				}
				out[i].Subjects = append(out[i].Subjects, both)
			}
		}
		if !found {
			return nil, fmt.Errorf("bus: consumer %s wants %s, which no service publishes", s.Name, want)
		}
	}
	for i := range out {
		out[i].Subjects = withoutCovered(out[i].Subjects)
	}
	return out, nil
}

// intersect is the pattern of the subjects that both patterns match, if there are any.
func intersect(a, b string) (string, bool) {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	var out []string
	for i := 0; ; i++ {
		switch {
		case i == len(as) || i == len(bs):
			return strings.Join(out, "."), len(as) == len(bs)
		case as[i] == ">":
			return strings.Join(append(out, bs[i:]...), "."), true
		case bs[i] == ">":
			return strings.Join(append(out, as[i:]...), "."), true
		case as[i] == "*" || as[i] == bs[i]:
			out = append(out, bs[i])
		case bs[i] == "*":
			out = append(out, as[i])
		default:
			return "", false
		}
	}
}

// withoutCovered drops the patterns that another one of the list includes; JetStream refuses overlapping filters of one consumer.
func withoutCovered(patterns []string) []string {
	slices.Sort(patterns)
	patterns = slices.Compact(patterns)
	return slices.DeleteFunc(slices.Clone(patterns), func(p string) bool {
		return slices.ContainsFunc(patterns, func(q string) bool {
			both, ok := intersect(p, q)
			return q != p && ok && both == p
		})
	})
}
