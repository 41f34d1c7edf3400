package gaming

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// asideEntry is an entry of a provider's book of bets that cannot be read.
type asideEntry struct {
	key          string // tells it apart: the provider's id of the bet, or what the entry is
	raw, problem string
	recordedAt   time.Time // zero when it cannot be told
}

// asideOf is an entry that the adapter could not read.
func asideOf(e *adapterv1.UnreadablePlay) asideEntry {
	a := asideEntry{key: e.GetBetRef(), raw: plain(e.GetRaw()), problem: plain(e.GetProblem())}
	if a.key == "" || len(a.key) > maxPlayName || strings.ContainsRune(a.key, 0) {
		sum := sha256.Sum256([]byte(e.GetRaw()))
		a.key = "entry:" + hex.EncodeToString(sum[:16])
	}
	if at := e.GetRecordedAt(); at != nil && at.IsValid() && at.GetSeconds() > 0 {
		a.recordedAt = at.AsTime()
	}
	return a
}

// asideBet is an entry that the adapter could read and we cannot.
func asideBet(e *adapterv1.ProviderPlay, problem error) asideEntry {
	raw, _ := json.Marshal(e) // its fields in their order, the same each time; strings and numbers cannot fail
	words := problem.Error()
	if meta := errs.Metadata(problem); len(meta) > 0 {
		text, _ := json.Marshal(meta)
		words += " " + string(text)
	}
	return asideOf(&adapterv1.UnreadablePlay{BetRef: e.GetBetRef(), Raw: string(raw), Problem: words, RecordedAt: e.GetRecordedAt()})
}

// plain is text that PostgreSQL takes.
func plain(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }

// setAside makes a finding of an entry that cannot be read, once, and tells of it when it is new.
func (s *Server) setAside(ctx context.Context, q *db.Queries, integrationID, runID string, from *time.Time, e asideEntry, now time.Time) error {
	fresh, err := q.SetPlayAside(ctx, db.SetPlayAsideParams{
		FindingID: ids.New("fnd"), IntegrationID: integrationID, EntryKey: e.key, Problem: e.problem, Raw: e.raw, RunID: runID, Now: now, ReadFrom: from,
	})
	if err == nil && len(fresh) > 0 && fresh[0] {
		s.log.ErrorContext(ctx, "an entry of a provider's book of bets cannot be read; it is a finding now", "integration_id", integrationID, "entry", e.key, "problem", e.problem)
	}
	return err
}
