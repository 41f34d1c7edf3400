package notification

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/notification/internal/db"
)

// order is a mail to queue.
type order struct {
	caller, requestID, template, language, subjectID string
	address                                          string // empty: asked for when it is sent
	variables                                        map[string]string
	expiresAt                                        time.Time
}

// enqueue inserts a delivery; it answers "" when the key was used before.
func (s *Server) enqueue(ctx context.Context, q *db.Queries, o order) (string, error) {
	now := s.clock()
	if o.expiresAt.IsZero() {
		o.expiresAt = now.Add(s.cfg.GiveUpAfter)
	}
	plain, err := json.Marshal(o.variables)
	if err != nil {
		return "", err
	}
	id := ids.New("msg")
	p := db.InsertDeliveryParams{
		DeliveryID: id, Caller: o.caller, RequestID: o.requestID, Fingerprint: o.fingerprint(), Template: o.template, Language: o.language,
		SubjectID: o.subjectID, AddressMasked: maskAddress(o.address), Variables: s.box.Seal(plain, []byte("delivery/variables/"+id)), Now: now, ExpiresAt: o.expiresAt,
	}
	if o.address != "" {
		p.Address = s.box.Seal([]byte(o.address), []byte("delivery/address/"+id))
	}
	return q.InsertDelivery(ctx, p)
}

// fingerprint tells a repetition from another mail under the same key.
func (o order) fingerprint() []byte {
	body, err := json.Marshal([]any{o.template, o.language, o.subjectID, o.address, o.variables})
	if err != nil {
		panic(err) // strings can always be written
	}
	sum := sha256.Sum256(body)
	return sum[:]
}

// maskAddress keeps the first letter and the domain: p***@example.com.
func maskAddress(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" {
		return ""
	}
	return string([]rune(local)[:1]) + "***@" + domain
}

func toProto(d db.Delivery) *notificationv1.Delivery {
	out := &notificationv1.Delivery{
		DeliveryId: d.DeliveryID, Template: d.Template, SubjectId: d.SubjectID, AddressMasked: d.AddressMasked,
		State: notificationv1.DeliveryState(d.State), Attempts: d.Attempts, LastError: d.LastError, CreatedAt: timestamppb.New(d.CreatedAt),
	}
	if d.SentAt != nil {
		out.SentAt = timestamppb.New(*d.SentAt)
	}
	return out
}
