package main

import (
	"encoding/json"
	"os"

	"github.com/pitboss-gaming/pitboss/kit/app"
)

// describeCmd prints what is known of the platform before anything runs. The reference documents are made from it.
type describeCmd struct{}

// serviceDescription is a service's descriptor without its code.
type serviceDescription struct {
	Name      string             `json:"name"`
	Database  bool               `json:"database"`
	Publishes []string           `json:"publishes,omitempty"`
	Consumes  []app.Subscription `json:"consumes,omitempty"`
	Watches   []string           `json:"watches,omitempty"`
}

// Run prints the services in the order of their start, and the configuration.
func (c *describeCmd) Run() error {
	out := struct {
		Services []serviceDescription `json:"services"`
		Config   []configGroup        `json:"config"`
	}{Config: configuration()}
	for _, s := range platform() {
		out.Services = append(out.Services, serviceDescription{
			Name: s.Name, Database: s.Migrations != nil, Publishes: s.Publishes, Consumes: s.Consumes, Watches: s.Watches,
		})
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
