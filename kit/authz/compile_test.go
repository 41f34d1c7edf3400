package authz_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/authz/authztest"
)

const (
	public   = optionsv1.Actor_ACTOR_PUBLIC
	player   = optionsv1.Actor_ACTOR_PLAYER
	operator = optionsv1.Actor_ACTOR_OPERATOR
	partner  = optionsv1.Actor_ACTOR_PARTNER
	peer     = optionsv1.Actor_ACTOR_PEER

	none    = optionsv1.Owner_OWNER_NONE
	caller  = optionsv1.Owner_OWNER_CALLER
	field   = optionsv1.Owner_OWNER_FIELD
	checked = optionsv1.Owner_OWNER_CHECKED_IN_HANDLER
)

var peers = []string{"gateway", "gaming", "wallet"}

func actors(a ...optionsv1.Actor) []optionsv1.Actor { return a }

func permit(p ...optionsv1.Permission) []optionsv1.Permission { return p }

func compile(t *testing.T, m authztest.Method) error {
	t.Helper()
	if m.Name == "" {
		m.Name = "Do"
	}
	s := authztest.Build(t, m)
	_, err := authz.Compile(s.Info(), authz.Options{Peers: peers, Resolver: s.Files})
	return err
}

var (
	readRounds  = optionsv1.Permission_PERMISSION_ROUND_READ
	emptyStream = func(*authztest.Service, grpc.ServerStream) error { return nil }
)

// contradictions are all the ways in which a rule can be wrong, with what the error says.
var contradictions = map[string]struct {
	m    authztest.Method
	want string
}{
	"no option":         {authztest.Method{}, "has no (pitboss.options.v1.access)"},
	"no actors":         {authztest.Method{Access: &optionsv1.Access{Owner: none}}, "has no actors"},
	"unspecified actor": {authztest.Method{Access: &optionsv1.Access{Actors: actors(0), Owner: none}}, "unspecified actor"},
	"unknown actor":     {authztest.Method{Access: &optionsv1.Access{Actors: actors(99), Owner: none}}, "unspecified actor"},
	"operator without permissions": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(operator)}}, "operators without permissions"},
	"permissions without operator": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: caller, Permissions: permit(readRounds)}}, "does not admit operators"},
	"unspecified permission": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(operator), Permissions: permit(0)}}, "unspecified permission"},
	"unknown permission": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(operator), Permissions: permit(9999)}}, "unspecified permission"},
	"peer without peers": {authztest.Method{Access: &optionsv1.Access{Actors: actors(peer)}}, "peers without naming them"},
	"peers without peer": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: caller, Peers: []string{"gaming"}}}, "does not admit peers"},
	"unknown peer": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(peer), Peers: []string{"gamming"}}}, `unknown peer "gamming"`},
	"peers only with HTTP": {
		authztest.Method{HTTP: true, Access: &optionsv1.Access{Actors: actors(peer), Peers: []string{"gaming"}}}, "peers only and has an HTTP rule"},
	"gateway as peer with HTTP": {
		authztest.Method{HTTP: true, Access: &optionsv1.Access{Actors: actors(player, peer), Owner: caller, Peers: []string{"gateway"}}},
		"would admit anybody"},
	"player without owner":  {authztest.Method{Access: &optionsv1.Access{Actors: actors(player)}}, "whose data"},
	"partner without owner": {authztest.Method{Access: &optionsv1.Access{Actors: actors(partner), Scopes: []string{"bets"}}}, "whose data"},
	"public without owner":  {authztest.Method{Access: &optionsv1.Access{Actors: actors(public)}}, "whose data"},
	"unknown owner":         {authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: 77}}, "unknown owner"},
	"owner field missing": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: field}}, "without owner_field"},
	"owner field does not exist": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: field, OwnerField: "playerid"}}, `no field "playerid"`},
	"nested owner field does not exist": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: field, OwnerField: "nested.nobody"}}, `no field "nobody"`},
	"owner field through a string": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: field, OwnerField: "note.player_id"}}, "is not a message"},
	"owner field is a number": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: field, OwnerField: "number"}}, "not a string"},
	"owner field is a list": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: field, OwnerField: "many"}}, "not a string"},
	"owner field is a message": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: field, OwnerField: "nested"}}, "not a string"},
	"owner_field without OWNER_FIELD": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: caller, OwnerField: "player_id"}}, "without OWNER_FIELD"},
	"OWNER_FIELD for operators only": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(operator), Permissions: permit(readRounds), Owner: field, OwnerField: "player_id"}},
		"neither players nor partners"},
	"partner without scopes": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(partner), Owner: caller}}, "partners without scopes"},
	"scopes without partner": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(player), Owner: caller, Scopes: []string{"bets"}}}, "does not admit partners"},
	"empty scope": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(partner), Owner: caller, Scopes: []string{""}}}, "empty scope"},
	"public with owner field": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(public), Owner: field, OwnerField: "player_id"}}, "anonymous caller owns nothing"},
	"public alone with owner caller": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(public), Owner: caller}}, "anonymous caller owns nothing"},
	"public and operators": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(public, operator), Owner: none, Permissions: permit(readRounds)}}, "is public and restricts"},
	"public with step-up": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(public, player), Owner: caller, StepUp: true}}, "is public and asks"},
	"four eyes without a person": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(peer), Peers: []string{"gaming"}, FourEyes: true}}, "four eyes but admits no person"},
	"step-up without a person": {
		authztest.Method{Access: &optionsv1.Access{Actors: actors(partner), Owner: caller, Scopes: []string{"bets"}, StepUp: true}},
		"second factor but admits no person"},
	"audited stream of requests": {
		authztest.Method{Stream: emptyStream, ClientStream: true,
			Access: &optionsv1.Access{Actors: actors(player), Owner: caller, Audited: true}}, "stream of requests"},
}

func TestCompileRefusesContradictionsAndSaysWhich(t *testing.T) {
	for name, c := range contradictions {
		t.Run(name, func(t *testing.T) {
			err := compile(t, c.m)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, authztest.ServiceName+"/Do", "the error names the RPC")
		})
	}
}

func TestCompileTakesConsistentRules(t *testing.T) {
	read := permit(optionsv1.Permission_PERMISSION_ROUND_READ)
	for name, m := range map[string]authztest.Method{
		"public":            {HTTP: true, Access: &optionsv1.Access{Actors: actors(public), Owner: none}},
		"public, checked":   {HTTP: true, Access: &optionsv1.Access{Actors: actors(public), Owner: checked}},
		"public and player": {Access: &optionsv1.Access{Actors: actors(public, player), Owner: caller}},
		"player by field":   {HTTP: true, Access: &optionsv1.Access{Actors: actors(player), Owner: field, OwnerField: "player_id"}},
		"nested field":      {Access: &optionsv1.Access{Actors: actors(player), Owner: field, OwnerField: "nested.player_id"}},
		"player or operator": {HTTP: true, Access: &optionsv1.Access{
			Actors: actors(player, operator), Owner: checked, Permissions: read, StepUp: true, Audited: true, FourEyes: true}},
		"operator":          {HTTP: true, Access: &optionsv1.Access{Actors: actors(operator), Permissions: read}},
		"peers":             {Access: &optionsv1.Access{Actors: actors(peer), Peers: []string{"gaming", "gateway"}}},
		"operator or peers": {HTTP: true, Access: &optionsv1.Access{Actors: actors(operator, peer), Permissions: read, Peers: []string{"gaming"}}},
		"partner":           {HTTP: true, Access: &optionsv1.Access{Actors: actors(partner), Scopes: []string{"bets"}, Owner: caller}},
	} {
		t.Run(name, func(t *testing.T) { require.NoError(t, compile(t, m)) })
	}
}

func TestCompileNamesEveryWrongRPC(t *testing.T) {
	s := authztest.Build(t, authztest.Method{Name: "First"}, authztest.Method{Name: "Second", Access: &optionsv1.Access{}},
		authztest.Method{Name: "Good", Access: &optionsv1.Access{Actors: actors(public), Owner: none}})
	_, err := authz.Compile(s.Info(), authz.Options{Peers: peers, Resolver: s.Files})
	require.ErrorContains(t, err, "TestService/First")
	require.ErrorContains(t, err, "TestService/Second")
	require.NotContains(t, err.Error(), "TestService/Good")
}

func TestCompileNeedsDescriptors(t *testing.T) {
	s := authztest.Build(t, authztest.Method{Name: "Do", Access: &optionsv1.Access{Actors: actors(public), Owner: none}})
	_, err := authz.Compile(s.Info(), authz.Options{Peers: peers})
	require.ErrorContains(t, err, "TestService/Do: no descriptor")
}

func TestCompileRefusesAuditWithoutDatabase(t *testing.T) {
	s := authztest.Build(t, authztest.Method{Name: "Do", Access: &optionsv1.Access{Actors: actors(player), Owner: caller, Audited: true}})
	_, err := authz.Compile(s.Info(), authz.Options{Peers: peers, Resolver: s.Files, NoAudit: true})
	require.ErrorContains(t, err, "no database for the audit log")
}

func TestCompileLeavesHealthAndReflectionAlone(t *testing.T) {
	server := grpc.NewServer()
	healthv1.RegisterHealthServer(server, health.NewServer())
	reflection.Register(server)
	_, err := authz.Compile(server.GetServiceInfo(), authz.Options{Peers: peers})
	require.NoError(t, err)
	require.False(t, authz.Exempt("/grpcx.health.v1.Health/Check"))
	require.False(t, authz.Exempt("/pitboss.grpc.health.v1.Health/Check"))
}
