package gateway

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

const (
	// liveQueue is how many messages may wait for a slow socket before it is closed; the client reconnects and reads the balance.
	liveQueue   = 32
	livePing    = 20 * time.Second
	liveTimeout = 10 * time.Second
	// liveGrace is how long a message that is being written may take once the connection is to end, so that its reason can follow.
	liveGrace = time.Second
)

// subjectInbox tells of a new message in a player's inbox.
const subjectInbox = "notification.inbox_added.v1"

// live pushes a player's balances and new messages to the player's open pages. It holds nothing that matters: a page that missed something reads it over REST.
type live struct {
	edge *edge
	ids  identityv1.IdentityServiceClient

	mu      sync.Mutex
	sockets map[string][]*socket // by player, oldest first
	count   int
	closed  bool
}

type socket struct {
	player, session string
	out             chan []byte
	end             context.CancelCauseFunc
}

// ending is why a socket closes, as its close frame says it.
type ending struct {
	code websocket.StatusCode
	why  string
}

func (e *ending) Error() string { return e.why }

var (
	sessionEnded = &ending{websocket.StatusPolicyViolation, "session ended"}
	replaced     = &ending{websocket.StatusPolicyViolation, "replaced by a newer connection"}
	tooSlow      = &ending{websocket.StatusTryAgainLater, "too slow"}
	goingAway    = &ending{websocket.StatusGoingAway, "going away"}
	oldAge       = &ending{websocket.StatusServiceRestart, "connect again"}
)

func newLive(e *edge, ids identityv1.IdentityServiceClient) *live {
	return &live{edge: e, ids: ids, sockets: map[string][]*socket{}}
}

// ServeHTTP opens a WebSocket for the player whose ticket it is. The ticket, not a cookie, proves who it is, so a foreign page cannot.
func (l *live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !l.edge.admit(w, r) {
		return
	}
	if origin := r.Header.Get("Origin"); origin != "" && !l.edge.ours(origin, r.Host) {
		refuse(w, codes.PermissionDenied, "FOREIGN_ORIGIN", "the request comes from another site")
		return
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") { // before the ticket is used up
		w.Header().Set("Upgrade", "websocket")
		refuseAs(w, http.StatusUpgradeRequired, codes.InvalidArgument, "UPGRADE_REQUIRED", "this address speaks WebSocket")
		return
	}
	who, err := l.redeem(r)
	if err != nil {
		l.edge.failed(r.Context(), w, err)
		return
	}
	// The origin was checked above, against the scheme too; net/http has taken its deadlines off a hijacked connection.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	life, end := context.WithCancelCause(r.Context())
	defer end(nil)
	life, cancel := context.WithTimeoutCause(life, l.edge.cfg.LiveLife, oldAge)
	defer cancel()
	life, cancel = context.WithDeadlineCause(life, who.GetSessionExpiresAt().AsTime(), sessionEnded)
	defer cancel()
	s := &socket{player: who.GetPlayerId(), session: who.GetSessionId(), out: make(chan []byte, liveQueue), end: end}
	if !l.add(s) {
		conn.Close(websocket.StatusTryAgainLater, "too many connections")
		return
	}
	defer l.remove(s)
	l.pump(life, conn, s)
}

func (l *live) redeem(r *http.Request) (*identityv1.RedeemLiveTicketResponse, error) {
	ctx, cancel := context.WithTimeout(r.Context(), liveTimeout)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, rpc.HeaderRequestID, requestID(ctx), rpc.HeaderClientIP, clientIP(r.Context()))
	return l.ids.RedeemLiveTicket(ctx, &identityv1.RedeemLiveTicketRequest{Ticket: strings.ToValidUTF8(r.URL.Query().Get("ticket"), "")})
}

// pump writes what comes and pings in between, until life or the connection ends. Reading and writing go on under contexts of their own: one
// that ended would take the connection down before the close frame.
func (l *live) pump(life context.Context, conn *websocket.Conn, s *socket) {
	gone := conn.CloseRead(context.WithoutCancel(life))
	tick := time.NewTicker(livePing)
	defer tick.Stop()
	write := func(b []byte) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(life), liveTimeout)
		defer cancel()
		defer context.AfterFunc(life, func() { time.AfterFunc(liveGrace, cancel) })()
		if b == nil {
			return conn.Ping(ctx)
		}
		return conn.Write(ctx, websocket.MessageText, b)
	}
	next := []byte(`{"type":"hello"}`)
	for {
		if err := write(next); err != nil {
			return
		}
		select {
		case <-gone.Done():
			return
		case <-life.Done():
			if why, ok := errors.AsType[*ending](context.Cause(life)); ok {
				conn.Close(why.code, why.why)
			}
			return
		case <-tick.C:
			next = nil
		case next = <-s.out:
		}
	}
}

func (l *live) add(s *socket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.count >= l.edge.cfg.LiveMax {
		return false
	}
	all := l.sockets[s.player]
	for _, old := range all[:max(0, len(all)+1-l.edge.cfg.LivePerPlayer)] { // those that are still closing count too
		old.end(replaced)
	}
	l.sockets[s.player] = append(l.sockets[s.player], s)
	l.count++
	return true
}

func (l *live) remove(s *socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := slices.DeleteFunc(l.sockets[s.player], func(x *socket) bool { return x == s })
	l.count--
	if len(rest) == 0 {
		delete(l.sockets, s.player)
		return
	}
	l.sockets[s.player] = rest
}

// observe hears every wallet event, new messages and the end of sessions.
func (l *live) observe(m bus.Message) {
	if m.Subject == "session.ended.v1" {
		var e identityv1.SessionEnded
		if m.Decode(&e) == nil {
			l.endSession(e.GetSubjectId(), e.GetSessionId())
		}
		return
	}
	l.mu.Lock()
	waiting := len(l.sockets[m.PlayerID]) > 0
	l.mu.Unlock()
	if !waiting {
		return
	}
	if b := pushed(m); b != nil {
		l.push(m.PlayerID, b)
	}
}

// pushed is what pages are told of an event: a new message of the inbox, or the balance after a wallet event.
func pushed(m bus.Message) []byte {
	if m.Subject != subjectInbox {
		return balanceOf(m)
	}
	var e notificationv1.NotificationInboxAdded
	if m.Decode(&e) != nil {
		return nil
	}
	return envelope("inbox", e.GetInboxMessage())
}

// balanceOf reads the balance that every wallet event about a player carries.
func balanceOf(m bus.Message) []byte {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(m.Schema))
	if err != nil {
		return nil
	}
	event := kind.New().Interface()
	if m.Decode(event) != nil {
		return nil
	}
	r := event.ProtoReflect()
	f := r.Descriptor().Fields().ByName("balance_after")
	if f == nil || f.Kind() != protoreflect.MessageKind || !r.Has(f) {
		return nil
	}
	balance, ok := r.Get(f).Message().Interface().(*walletv1.Balance)
	if !ok {
		return nil
	}
	return envelope("balance", balance)
}

func envelope(kind string, m proto.Message) []byte {
	body, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		return nil
	}
	return append(append([]byte(`{"type":"`+kind+`","`+kind+`":`), body...), '}')
}

func (l *live) push(player string, b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sockets[player] {
		select {
		case s.out <- b:
		default:
			s.end(tooSlow)
		}
	}
}

func (l *live) endSession(player, session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sockets[player] {
		if s.session == session {
			s.end(sessionEnded)
		}
	}
}

func (l *live) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, all := range l.sockets {
		for _, s := range all {
			s.end(goingAway)
		}
	}
}
