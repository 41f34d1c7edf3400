package main

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
)

// event is one subject of the bus.
type event struct {
	subject   string
	message   protoreflect.MessageDescriptor
	meaning   string
	publisher string
	consumers []consumer
	watchers  []string
}

type consumer struct{ service, name string }

var (
	// eventComment is how the comment of every event's message begins: "<Name> is <subject>: meaning."
	eventComment = regexp.MustCompile(`^(\w+) is ([a-z_]+(?:\.[a-z_]+)+\.v\d+)(?:: (.*)|\.(.*))$`)
	// everyService is the same for an event that every service can publish.
	everyService = regexp.MustCompile(`^\w+ (.*?)\. Subject <service>\.([a-z_]+\.v\d+)\.(.*)$`)
)

// events reads the subjects from the comments of all events.proto files and checks them against what the services say they publish and
// consume: each subject has one publisher, which is the service of the contract, and nobody consumes what is not published.
func (r *reference) events() ([]event, error) {
	var all []event
	for _, f := range r.files {
		if path.Base(f.Path()) != "events.proto" {
			continue
		}
		for i := range f.Messages().Len() {
			found, err := r.eventsOf(f, f.Messages().Get(i))
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	slices.SortFunc(all, func(a, b event) int { return cmp.Compare(a.subject, b.subject) })
	for i, e := range all {
		if i > 0 && all[i-1].subject == e.subject {
			return nil, fmt.Errorf("%s stands for %s and for %s", e.subject, all[i-1].message.FullName(), e.message.FullName())
		}
	}
	return all, r.readers(all)
}

// eventsOf is the events that a message stands for: none when it is part of another message of the file.
func (r *reference) eventsOf(f protoreflect.FileDescriptor, m protoreflect.MessageDescriptor) ([]event, error) {
	text, err := r.comments.of(m)
	if err != nil {
		return nil, err
	}
	if parts := everyService.FindStringSubmatch(text); parts != nil {
		return r.auditEvents(m, parts[2], sentence(parts[1])+"."+parts[3]), nil
	}
	parts := eventComment.FindStringSubmatch(text)
	if parts == nil {
		if partOf(f, m) {
			return nil, nil
		}
		return nil, fmt.Errorf("the comment of %s must begin \"%s is <subject>: \"", m.FullName(), m.Name())
	}
	if parts[1] != string(m.Name()) {
		return nil, fmt.Errorf("the comment of %s is about %s", m.FullName(), parts[1])
	}
	publisher, err := r.publisher(parts[2])
	if err != nil {
		return nil, err
	}
	if publisher != domain(f) {
		return nil, fmt.Errorf("%s is published by %s but its contract is %s's", parts[2], publisher, domain(f))
	}
	meaning := sentence(strings.TrimSpace(parts[3] + parts[4]))
	return []event{{subject: parts[2], message: m, meaning: meaning, publisher: publisher}}, nil
}

// auditEvents is one event for each service that has an audited RPC.
func (r *reference) auditEvents(m protoreflect.MessageDescriptor, suffix, meaning string) []event {
	var all []event
	for _, s := range r.Services {
		audited := slices.ContainsFunc(r.files, func(f protoreflect.FileDescriptor) bool { return domain(f) == s.Name && hasAudited(f) })
		if audited {
			all = append(all, event{subject: s.Name + "." + suffix, message: m, meaning: meaning, publisher: s.Name})
		}
	}
	return all
}

func hasAudited(f protoreflect.FileDescriptor) bool {
	for i := range f.Services().Len() {
		methods := f.Services().Get(i).Methods()
		for j := range methods.Len() {
			if a, _ := proto.GetExtension(methods.Get(j).Options(), optionsv1.E_Access).(*optionsv1.Access); a.GetAudited() {
				return true
			}
		}
	}
	return false
}

// partOf tells whether another message of the file has a field of this type.
func partOf(f protoreflect.FileDescriptor, m protoreflect.MessageDescriptor) bool {
	for i := range f.Messages().Len() {
		fields := f.Messages().Get(i).Fields()
		for j := range fields.Len() {
			if x := fields.Get(j).Message(); x != nil && x.FullName() == m.FullName() {
				return true
			}
		}
	}
	return false
}

// publisher is the one service whose stream takes the subject.
func (r *reference) publisher(subject string) (string, error) {
	var names []string
	for _, s := range r.Services {
		if slices.ContainsFunc(s.Publishes, func(p string) bool { return matches(p, subject) }) {
			names = append(names, s.Name)
		}
	}
	if len(names) != 1 {
		return "", fmt.Errorf("%s is published by %d services: %s", subject, len(names), strings.Join(names, ", "))
	}
	return names[0], nil
}

// readers fills in who consumes and watches each event.
func (r *reference) readers(all []event) error {
	for _, s := range r.Services {
		for _, c := range s.Consumes {
			for _, pattern := range c.Subjects {
				n := 0
				for i := range all {
					if matches(pattern, all[i].subject) {
						all[i].consumers = append(all[i].consumers, consumer{s.Name, c.Name})
						n++
					}
				}
				if n == 0 {
					return fmt.Errorf("the consumer %s of %s wants %s, which is no event", c.Name, s.Name, pattern)
				}
			}
		}
		for i := range all {
			if slices.ContainsFunc(s.Watches, func(p string) bool { return matches(p, all[i].subject) }) {
				all[i].watchers = append(all[i].watchers, s.Name)
			}
		}
	}
	return nil
}

// matches is NATS's rule for subjects: * is one token, > is the rest.
func matches(pattern, subject string) bool {
	p, s := strings.Split(pattern, "."), strings.Split(subject, ".")
	for i, token := range p {
		if token == ">" {
			return len(s) > i
		}
		if i >= len(s) || token != "*" && token != s[i] {
			return false
		}
	}
	return len(p) == len(s)
}

// eventsDoc lists the events by publisher.
func (r *reference) eventsDoc(all []event) (string, error) {
	var b strings.Builder
	b.WriteString(notice + `# Events

An event is written in the transaction of what it reports and delivered at least once; consumers have its effect once. On NATS the payload is protobuf and the
envelope is in the headers (` + code("Pitboss-Schema") + `, ` + code("ce-id") + `, ` + code("ce-time") + `, ` + code("traceparent") + `); ` + code("pitboss events tail") + ` shows the JSON form of [asyncapi.json](asyncapi.json).
Consumers are durable and miss nothing; watchers see only what happens while they look.

`)
	for _, s := range r.Services {
		var rows [][]string
		for _, e := range all {
			if e.publisher != s.Name {
				continue
			}
			var readers []string
			for _, c := range e.consumers {
				readers = append(readers, c.service+" ("+code(c.name)+")")
			}
			rows = append(rows, []string{code(e.subject), string(e.message.Name()), e.meaning, strings.Join(readers, ", "), strings.Join(e.watchers, ", ")})
		}
		if len(rows) > 0 {
			fmt.Fprintf(&b, "## %s\n\n%s\n", s.Name, table([]string{"Subject", "Message", "Meaning", "Consumed by", "Watched by"}, rows))
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n", nil
}

// sentence begins with a capital letter.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
