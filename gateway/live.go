package gateway

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

const (
	// liveQueue is how many messages may wait for a slow socket before it is closed; the client reconnects and reads the balance.
	liveQueue   = 32
	livePing    = 20 * time.Second
	liveTimeout = 10 * time.Second
)

// live pushes a player's balances to the player's open pages. It holds nothing that matters: a page that missed something reads it over REST.
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
	end             context.CancelFunc
}

func newLive(e *edge, ids identityv1.IdentityServiceClient) *live {
	return &live{edge: e, ids: ids, sockets: map[string][]*socket{}}
}

// ServeHTTP opens a WebSocket for the player whose ticket it is. The ticket, not a cookie, proves who it is, so a foreign page cannot.
func (l *live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if origin := r.Header.Get("Origin"); origin != "" && !l.edge.ours(origin, r.Host) {
		refuse(w, codes.PermissionDenied, "FOREIGN_ORIGIN", "the request comes from another site")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), liveTimeout)
	ctx = metadata.AppendToOutgoingContext(ctx, rpc.HeaderRequestID, requestID(ctx), rpc.HeaderClientIP, l.edge.clientIP(r))
	who, err := l.ids.RedeemLiveTicket(ctx, &identityv1.RedeemLiveTicketRequest{Ticket: r.URL.Query().Get("ticket")})
	cancel()
	if err != nil {
		writeStatus(w, status.Convert(err))
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OriginPatterns: []string{l.edge.public.Host, r.Host}})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(4096)
	life, end := context.WithDeadline(r.Context(), who.GetSessionExpiresAt().AsTime())
	defer end()
	s := &socket{player: who.GetPlayerId(), session: who.GetSessionId(), out: make(chan []byte, liveQueue), end: end}
	if !l.add(s) {
		conn.Close(websocket.StatusTryAgainLater, "too many connections")
		return
	}
	defer l.remove(s)
	l.pump(conn.CloseRead(life), conn, s)
}

// pump writes what comes and pings in between, until the session or the connection ends.
func (l *live) pump(ctx context.Context, conn *websocket.Conn, s *socket) {
	tick := time.NewTicker(livePing)
	defer tick.Stop()
	write := func(b []byte) error {
		wctx, cancel := context.WithTimeout(ctx, liveTimeout)
		defer cancel()
		if b == nil {
			return conn.Ping(wctx)
		}
		return conn.Write(wctx, websocket.MessageText, b)
	}
	if write([]byte(`{"type":"hello"}`)) != nil {
		return
	}
	for {
		var next []byte
		select {
		case <-ctx.Done():
			conn.Close(websocket.StatusPolicyViolation, "session ended")
			return
		case <-tick.C:
		case next = <-s.out:
		}
		if write(next) != nil {
			return
		}
	}
}

func (l *live) add(s *socket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.count >= l.edge.cfg.LiveMax {
		return false
	}
	if all := l.sockets[s.player]; len(all) >= l.edge.cfg.LivePerPlayer {
		all[0].end()
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

// observe hears every wallet event and the end of sessions.
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
	if b := balanceOf(m); b != nil {
		l.push(m.PlayerID, b)
	}
}

// balanceOf reads the balance that every wallet event about a player carries.
func balanceOf(m bus.Message) []byte {
	event, err := m.Message()
	if err != nil {
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
			s.end()
		}
	}
}

func (l *live) endSession(player, session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sockets[player] {
		if s.session == session {
			s.end()
		}
	}
}

func (l *live) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, all := range l.sockets {
		for _, s := range all {
			s.end()
		}
	}
}
