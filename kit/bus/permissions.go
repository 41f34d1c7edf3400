package bus

import "fmt"

// Permission is what a NATS user may publish to and subscribe to; nothing else is allowed. The lists are never nil.
type Permission struct {
	Publish   []string
	Subscribe []string
}

// Names of the two users that are not services.
const (
	// Provisioner creates streams and consumers.
	Provisioner = "provisioner"
	// Observer reads all events (`pitboss events tail`).
	Observer = "observer"
)

// Permissions derives the least rights of each service from what it publishes and consumes: its own subjects, the pull and ack subjects of its own
// consumers, its own inbox, what it watches. Provisioner and Observer are in the map too. Errors: those of Check.
func Permissions(all []Topology) (map[string]Permission, error) {
	if err := Check(all); err != nil {
		return nil, err
	}
	out := map[string]Permission{
		Provisioner: {Publish: []string{"$JS.API.>"}, Subscribe: []string{inboxPrefix(Provisioner) + ".>"}},
		// Ordered consumers have names of their own making, so the rights cannot name them. An observer is an operator, not a service.
		Observer: {
			Publish: []string{
				"$JS.API.STREAM.LIST", "$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.CREATE.>", "$JS.API.CONSUMER.DELETE.>",
				"$JS.API.CONSUMER.INFO.>", "$JS.API.CONSUMER.MSG.NEXT.>",
			},
			Subscribe: []string{inboxPrefix(Observer) + ".>"},
		},
	}
	for _, t := range all {
		p := Permission{Publish: append([]string{}, t.Publishes...), Subscribe: append([]string{inboxPrefix(t.Service) + ".>"}, t.Watches...)}
		for _, s := range t.Consumes {
			bindings, err := s.Bindings(all)
			if err != nil {
				return nil, err
			}
			for _, b := range bindings {
				p.Publish = append(p.Publish,
					fmt.Sprintf("$JS.API.CONSUMER.INFO.%s.%s", b.Stream, b.Consumer),
					fmt.Sprintf("$JS.API.CONSUMER.MSG.NEXT.%s.%s", b.Stream, b.Consumer),
					fmt.Sprintf("$JS.ACK.%s.%s.>", b.Stream, b.Consumer))
			}
		}
		out[t.Service] = p
	}
	return out, nil
}
