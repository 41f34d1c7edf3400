package wallet

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// keptViolations is how many violations of a check are kept and told; how many there are is always known.
const keptViolations = 100

// keptViolation is a violation as a check keeps it.
type keptViolation struct {
	Invariant string `json:"invariant"`
	Subject   string `json:"subject"`
	Detail    string `json:"detail"`
	PlayerID  string `json:"player_id,omitempty"`
}

func keepViolations(all []*walletv1.Violation) ([]byte, error) {
	kept := make([]keptViolation, min(len(all), keptViolations))
	for i := range kept {
		kept[i] = keptViolation{all[i].GetInvariant(), all[i].GetSubject(), all[i].GetDetail(), all[i].GetPlayerId()}
	}
	return json.Marshal(kept)
}

// ledgerCheckOf is a check with at most so many of its violations.
func ledgerCheckOf(r db.LedgerCheck, most int) (*walletv1.LedgerCheck, error) {
	var kept []keptViolation
	if err := json.Unmarshal(r.Violations, &kept); err != nil {
		return nil, fmt.Errorf("violations of check %s: %w", r.ID, err)
	}
	c := &walletv1.LedgerCheck{
		CheckId: r.ID, Kind: walletv1.LedgerCheckKind(r.Kind), StartedAt: timestamppb.New(r.StartedAt), FinishedAt: timestamppb.New(r.FinishedAt), Ok: r.Ok,
		SinceNumber: r.SinceNumber, CheckpointNumber: r.CheckpointNumber, Operations: r.Operations, Entries: r.Entries, Accounts: r.Accounts,
		Holds: r.Holds, ViolationCount: r.ViolationCount, FrozenPlayers: r.FrozenPlayers,
	}
	for _, v := range kept[:min(len(kept), most)] {
		c.Violations = append(c.Violations, &walletv1.Violation{Invariant: v.Invariant, Subject: v.Subject, Detail: v.Detail, PlayerId: v.PlayerID})
	}
	return c, nil
}
