package identity

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const goodPassword = "correct horse staple 42"

var testPepper = "test:" + base64.StdEncoding.EncodeToString(make([]byte, minPepperBytes))

// world is identity running for one test, with the test in the place of notification, operations and the wallet.
type world struct {
	t *testing.T
	*testkit.Harness
	mail *mailbox
	ops  *integrations
	fund *testFunds
}

func newWorld(t *testing.T, vars ...string) *world {
	t.Helper()
	return newWorldAt(t, "https://casino.test", vars...)
}

// newWorldAt is newWorld with another public address.
func newWorldAt(t *testing.T, publicURL string, vars ...string) *world {
	t.Helper()
	t.Parallel()
	w := &world{t: t, mail: &mailbox{}, ops: &integrations{byID: map[string]*operationsv1.GetIntegrationSecretsResponse{}}, fund: &testFunds{}}
	all := map[string]string{"PITBOSS_IDENTITY_PEPPER": testPepper, "PITBOSS_IDENTITY_HOUSEKEEPING": "250ms"}
	for i := 0; i < len(vars); i += 2 {
		all[vars[i]] = vars[i+1]
	}
	w.Harness = testkit.Start(t, Service(), testkit.Options{
		Vars: all, PublicURL: publicURL,
		Remote: map[string]func(grpc.ServiceRegistrar){
			"notification": func(r grpc.ServiceRegistrar) {
				testkit.Play(r, notificationv1.NotificationService_ServiceDesc, w.mail, "SendMail")
			},
			"operations": func(r grpc.ServiceRegistrar) {
				testkit.Play(r, operationsv1.OperationsService_ServiceDesc, w.ops, "GetIntegrationSecrets")
			},
			"wallet": func(r grpc.ServiceRegistrar) {
				testkit.Play(r, walletv1.WalletService_ServiceDesc, w.fund, "FundTestPlayer")
			},
		},
	})
	return w
}

func (w *world) ctx() context.Context {
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	w.t.Cleanup(cancel)
	return ctx
}

// anon calls through the gateway without a token; kv is more request metadata.
func (w *world) anon(kv ...string) identityv1.IdentityServiceClient {
	return identityv1.NewIdentityServiceClient(w.As(testkit.Anonymous().With(kv...)))
}

// bearer calls with an access token that identity issued.
func (w *world) bearer(token string, kv ...string) identityv1.IdentityServiceClient {
	return w.anon(append([]string{"authorization", "Bearer " + token}, kv...)...)
}

func (w *world) as(c testkit.Caller) identityv1.IdentityServiceClient {
	return identityv1.NewIdentityServiceClient(w.As(c))
}

func (w *world) adapter(c testkit.Caller) adapterv1.AdapterServiceClient {
	return adapterv1.NewAdapterServiceClient(w.As(c))
}

// admin is an administrator who does not exist as a row, which only changes to oneself would notice.
func (w *world) admin() identityv1.IdentityServiceClient { return w.as(testkit.Operator("admin")) }

func registration(email string) *identityv1.RegisterRequest {
	return &identityv1.RegisterRequest{
		Email: email, Password: goodPassword, Country: "MT", Language: "en", TimeZone: "Europe/Malta", AdultConfirmed: true,
	}
}

// newcomer is a player who has registered and confirmed the address.
type newcomer struct {
	id, email     string
	tokens        *identityv1.Tokens
	secret        string
	recoveryCodes []string
}

var emails atomic.Int64

func newEmail() string { return fmt.Sprintf("player%d@example.com", emails.Add(1)) }

// player registers somebody and confirms the address; kv is metadata of all calls.
func (w *world) player(kv ...string) *newcomer {
	w.t.Helper()
	email := newEmail()
	_, err := w.anon(kv...).Register(w.ctx(), registration(email))
	require.NoError(w.t, err)
	res, err := w.anon(kv...).VerifyEmail(w.ctx(), &identityv1.VerifyEmailRequest{Email: email, Code: w.mail.last(w.t, "verify_email", email)["code"]})
	require.NoError(w.t, err)
	return &newcomer{id: res.GetPlayer().GetPlayerId(), email: email, tokens: res.GetTokens()}
}

// enrol gives a player a second factor; the tokens are those after it.
func (w *world) enrol(p *newcomer) *newcomer {
	w.t.Helper()
	e, err := w.bearer(p.tokens.GetAccessToken()).EnrolTotp(w.ctx(), &identityv1.EnrolTotpRequest{})
	require.NoError(w.t, err)
	p.secret = e.GetSecret()
	c, err := w.bearer(p.tokens.GetAccessToken()).ConfirmTotp(w.ctx(), &identityv1.ConfirmTotpRequest{Code: w.code(p.secret)})
	require.NoError(w.t, err)
	p.recoveryCodes = c.GetRecoveryCodes()
	refresh := p.tokens.GetRefreshToken()
	p.tokens = c.GetTokens()
	p.tokens.RefreshToken = refresh
	w.nextPeriod() // the confirming code is spent
	return p
}

// nextPeriod moves the clock to the beginning of the next TOTP period, wherever in one it is: a code taken before it is one period old
// then, and all of the new period is left for the test. Adding a period's length would keep the place in it, and the period could end in
// the middle of a test.
func (w *world) nextPeriod() {
	now := w.Clock.Now()
	w.Clock.Advance(time.Unix((now.Unix()/totpPeriod+1)*totpPeriod, 0).Sub(now))
}

// code is the TOTP code of this moment.
func (w *world) code(secret string) string {
	w.t.Helper()
	code, err := totp.GenerateCode(secret, w.Clock.Now())
	require.NoError(w.t, err)
	return code
}

// wrongCode is a code that is neither this moment's nor the one before.
func (w *world) wrongCode(secret string) string {
	now := w.Clock.Now()
	for i := range 10 {
		c := fmt.Sprintf("%06d", i)
		if matchTotp(secret, c, now) == 0 && matchTotp(secret, c, now.Add(time.Minute)) == 0 {
			return c
		}
	}
	return "999999"
}

func (w *world) login(p *newcomer, kv ...string) *identityv1.LoginResponse {
	w.t.Helper()
	res, err := w.anon(kv...).Login(w.ctx(), &identityv1.LoginRequest{Email: p.email, Password: goodPassword})
	require.NoError(w.t, err)
	return res
}

// staff invites a staff member, accepts and confirms.
func (w *world) staff(roles ...identityv1.Role) *newcomer {
	w.t.Helper()
	email := newEmail()
	o, err := w.admin().CreateOperator(w.ctx(), &identityv1.CreateOperatorRequest{Email: email, Name: "Staff Member", Roles: roles})
	require.NoError(w.t, err)
	invitation := w.mail.last(w.t, "operator_invitation", email)["invitation"]
	a, err := w.anon().AcceptInvitation(w.ctx(), &identityv1.AcceptInvitationRequest{Invitation: invitation, Password: goodPassword})
	require.NoError(w.t, err)
	c, err := w.anon().ConfirmInvitation(w.ctx(), &identityv1.ConfirmInvitationRequest{Invitation: invitation, TotpCode: w.code(a.GetSecret())})
	require.NoError(w.t, err)
	w.nextPeriod()
	return &newcomer{id: o.GetOperator().GetOperatorId(), email: email, tokens: c.GetTokens(), secret: a.GetSecret()}
}

// ended waits for the event that ends a session and answers why.
func (w *world) ended(sessionID string) string {
	w.t.Helper()
	reason := ""
	eventually(w.t, func() bool {
		for _, m := range w.Published("session.ended.v1") {
			var e identityv1.SessionEnded
			require.NoError(w.t, m.Decode(&e))
			if e.GetSessionId() == sessionID {
				reason = e.GetReason()
			}
		}
		return reason != ""
	})
	return reason
}

// claims reads a token without checking it.
func claims(t *testing.T, token string) jwt.MapClaims {
	t.Helper()
	c := jwt.MapClaims{}
	_, _, err := jwt.NewParser().ParseUnverified(token, c)
	require.NoError(t, err)
	return c
}

func requireReason(t *testing.T, want string, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, errs.ReasonOf(err), "%v", err)
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 15*time.Second, 20*time.Millisecond)
}

func fromIP(ip string) []string     { return []string{rpc.HeaderClientIP, ip} }
func fromDevice(id string) []string { return []string{rpc.HeaderDevice, id} }

// mailbox is the test in the place of notification.
type mailbox struct {
	notificationv1.UnimplementedNotificationServiceServer
	mu   sync.Mutex
	down bool
	got  []*notificationv1.SendMailRequest
}

func (m *mailbox) SendMail(_ context.Context, req *notificationv1.SendMailRequest) (*notificationv1.SendMailResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return nil, status.Error(codes.Unavailable, "down")
	}
	if !slices.ContainsFunc(m.got, func(r *notificationv1.SendMailRequest) bool { return r.GetRequestId() == req.GetRequestId() }) {
		m.got = append(m.got, req)
	}
	return &notificationv1.SendMailResponse{DeliveryId: req.GetRequestId()}, nil
}

func (m *mailbox) setDown(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = down
}

func (m *mailbox) all(template, address string) []map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []map[string]string
	for _, r := range m.got {
		if r.GetTemplate() == template && r.GetAddress() == address {
			out = append(out, maps.Clone(r.GetVariables()))
		}
	}
	return out
}

// last waits for a mail and answers the variables of the latest one.
func (m *mailbox) last(t *testing.T, template, address string) map[string]string {
	t.Helper()
	return m.nth(t, template, address, 1)
}

// nth waits until there are n mails and answers the variables of the latest one.
func (m *mailbox) nth(t *testing.T, template, address string, n int) map[string]string {
	t.Helper()
	eventually(t, func() bool { return len(m.all(template, address)) >= n })
	mails := m.all(template, address)
	return mails[len(mails)-1]
}

// integrations is the test in the place of operations.
type integrations struct {
	operationsv1.UnimplementedOperationsServiceServer
	mu   sync.Mutex
	byID map[string]*operationsv1.GetIntegrationSecretsResponse
}

func (o *integrations) put(id string, settings, secrets map[string]string, enabled bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.byID[id] = &operationsv1.GetIntegrationSecretsResponse{
		Integration: &operationsv1.Integration{IntegrationId: id, Protocol: protocolTelegram, Settings: settings, Enabled: enabled}, Secrets: secrets,
	}
}

func (o *integrations) GetIntegrationSecrets(_ context.Context, req *operationsv1.GetIntegrationSecretsRequest) (*operationsv1.GetIntegrationSecretsResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	id := req.GetIntegrationId()
	if id == "" && len(o.byID) == 1 {
		for id = range o.byID {
		}
	}
	if in := o.byID[id]; in != nil {
		return in, nil
	}
	return nil, errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "none", "integration_id", id)
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
