package main

import (
	"time"

	"github.com/pitboss-gaming/pitboss/kit/config"
)

// settings are the process's own variables; services have theirs.
type settings struct {
	Home        string        `env:"PITBOSS_HOME" envDefault:".pitboss" doc:"Folder that keeps all state of up."`
	HTTPAddr    string        `env:"PITBOSS_HTTP_ADDR" envDefault:"127.0.0.1:8080" doc:"Public address of the gateway."`
	PublicURL   string        `env:"PITBOSS_PUBLIC_URL" doc:"Where browsers and providers reach the gateway, without a trailing slash; empty derives it from the address."`
	Issuer      string        `env:"PITBOSS_ISSUER" envDefault:"https://pitboss.local" doc:"iss claim of access tokens; every service must have the same."`
	AdminAddr   string        `env:"PITBOSS_ADMIN_ADDR" envDefault:"127.0.0.1:9464" doc:"Address of /metrics, /livez and /readyz; never public. Port 0 picks a free one."`
	Profiling   bool          `env:"PITBOSS_PROFILING" envDefault:"false" doc:"Serves Go's profiles under /debug/pprof/ of the admin address."`
	MeshPort    int           `env:"PITBOSS_MESH_PORT" envDefault:"7440" doc:"First of the services' gRPC ports in up, one each; 0 picks free ones. {port} in PITBOSS_MESH_LISTEN and PITBOSS_MESH_TARGET counts from it too."`
	Within      bool          `env:"PITBOSS_MESH_WITHIN" envDefault:"true" doc:"Hand calls between services of one process (up) through memory, after mutual TLS has shown who calls whom. false sends them over the connection, as between the processes of serve."`
	Unshared    bool          `env:"PITBOSS_MESH_UNSHARED" envDefault:"false" doc:"Make each call between services a gRPC call of its own, and not one of many on a shared stream: for proxies in between that count or route single calls. Costs about twice the processor time a call."`
	PostgresURL string        `env:"PITBOSS_POSTGRES_URL" secret:"true" doc:"Superuser URL of an external PostgreSQL; switches the embedded one off."`
	NATSURL     string        `env:"PITBOSS_NATS_URL" doc:"URL of an external NATS with JetStream that maps the services' certificates to users; switches the embedded one off."`
	ClickHouse  string        `env:"PITBOSS_CLICKHOUSE_URL" doc:"URL of an external ClickHouse; auto installs the embedded library in the background; off does neither." envDefault:"auto"`
	EnginesDir  string        `env:"PITBOSS_ENGINES_DIR" doc:"Folder of installed engines; empty means the user's cache folder."`
	Sandbox     bool          `env:"PITBOSS_SANDBOX" envDefault:"true" doc:"Run the outside world too: studio, payment provider, mail, Telegram; and connect to it."`
	SandboxAddr string        `env:"PITBOSS_SANDBOX_ADDR" envDefault:"127.0.0.1:8090" doc:"Address of the sandbox's pages."`
	SMTPAddr    string        `env:"PITBOSS_SANDBOX_SMTP_ADDR" envDefault:"127.0.0.1:8025" doc:"Address of the sandbox's mail server."`
	MinCycle    time.Duration `env:"PITBOSS_SANDBOX_MIN_CYCLE" envDefault:"2.5s" doc:"Least time between two spins of a sandbox game."`
	CertTTL     time.Duration `env:"PITBOSS_CERT_TTL" envDefault:"24h" doc:"Life of the services' certificates from the development CA; renewed without a restart."`
	DrainDelay  time.Duration `env:"PITBOSS_DRAIN_DELAY" envDefault:"0s" doc:"How long a service that is told to stop stays reachable for those who have not heard yet; 5s behind a load balancer."`
	LogFormat   string        `env:"PITBOSS_LOG_FORMAT" envDefault:"text" doc:"text or json."`
	LogLevel    string        `env:"PITBOSS_LOG_LEVEL" envDefault:"info" doc:"debug, info, warn or error."`
}

// serveSettings are the variables of `serve` and `migrate`, which run against engines that others keep.
type serveSettings struct {
	DatabaseURL string `env:"PITBOSS_DATABASE_URL" secret:"true" doc:"PostgreSQL URL of the service's runtime role, with {service} in place of its name, for example postgres://pitboss_{service}@db/pitboss_{service}; passwords come from the file in PGPASSFILE. For serve, and for the commands that look into a database."`
	OwnerURL    string `env:"PITBOSS_DATABASE_OWNER_URL" secret:"true" doc:"The same for migrate, as the owner role."`
	MeshTarget  string `env:"PITBOSS_MESH_TARGET" envDefault:"dns:///{service}:7443" doc:"gRPC target of a service for serve, with {service} in place of its name and {port} in place of its own port, which counts from PITBOSS_MESH_PORT."`
	MeshListen  string `env:"PITBOSS_MESH_LISTEN" envDefault:"0.0.0.0:7443" doc:"Address a served service listens on. With {port} as the port each service has its own, the one of PITBOSS_MESH_TARGET; with a number each service after the first of a process takes the next one."`
	Certs       string `env:"PITBOSS_CERTS" doc:"Folder with one folder of tls.crt, tls.key and ca.crt per service, and for migrate one of the provisioner, for events tail one of the observer."`
	MasterKeys  string `env:"PITBOSS_MASTER_KEYS" secret:"true" doc:"Keys that encrypt at rest for serve: id=base64url of 32 bytes, separated by commas; the first one seals."`
	Replicas    int    `env:"PITBOSS_STREAM_REPLICAS" envDefault:"1" doc:"Servers that keep each event stream, set by migrate --streams; 3 in a cluster of NATS."`
}

func loadSettings() (settings, error) {
	var s settings
	return s, config.Load(&s)
}
