package gaming

import (
	"bytes"
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// partnerRefusal names a partner's request that may have been refused.
type partnerRefusal struct {
	partner, key string
	betID        string // bet that it would have made
	print        []byte
}

// printOf is the fingerprint of a partner's bet: the same wherever its key stood.
func printOf(req *gamingv1.PlacePartnerBetRequest) []byte {
	same := proto.CloneOf(req)
	same.RequestId = ""
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(same)
	if err != nil { // of a message that was just read
		return nil
	}
	return fingerprint(string(text))
}

// refusedBefore answers what a request was refused with; nil when it was not. Errors: DUPLICATE_MISMATCH when the key was refused for another bet.
func (s *Server) refusedBefore(ctx context.Context, r partnerRefusal) (*gamingv1.PlacePartnerBetResponse, error) {
	row, err := s.q.GetPartnerRefusal(ctx, db.GetPartnerRefusalParams{PartnerID: r.partner, RequestID: r.key, BetID: r.betID, Rejected: betRejected})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case !bytes.Equal(row.Fingerprint, r.print):
		return nil, errDuplicateMismatch(r.key)
	}
	answer := &gamingv1.PlacePartnerBetResponse{}
	return answer, protojson.Unmarshal(row.Answer, answer)
}

// keepRefusal writes a refusal down. A partner that does not get it for lack of it asks again.
func (s *Server) keepRefusal(ctx context.Context, r partnerRefusal, answer *gamingv1.PlacePartnerBetResponse) error {
	text, err := protojson.Marshal(answer)
	if err != nil {
		return err
	}
	return s.q.InsertPartnerRefusal(ctx, db.InsertPartnerRefusalParams{PartnerID: r.partner, RequestID: r.key, Fingerprint: r.print, Answer: text, Now: s.now()})
}
