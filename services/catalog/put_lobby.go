package catalog

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// PutLobby replaces the layout. Games may be unpublished: they appear when they are published. Errors: GAME_NOT_FOUND, STALE_REVISION.
func (s *Server) PutLobby(ctx context.Context, req *catalogv1.PutLobbyRequest) (*catalogv1.PutLobbyResponse, error) {
	sections := make([]section, 0, len(req.GetSections()))
	known := s.current.Load().byID
	for _, x := range req.GetSections() {
		for _, id := range x.GetGameIds() {
			if known[id] == nil {
				return nil, errGameNotFound("game_id", id)
			}
		}
		sections = append(sections, section{Key: x.GetKey(), Title: x.GetTitle(), GameIDs: x.GetGameIds()})
	}
	layout, err := json.Marshal(sections)
	if err != nil {
		return nil, err
	}
	var revision int64
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		old, err := q.LockLobby(ctx)
		if err != nil {
			return err
		}
		if want := req.GetExpectedRevision(); want != 0 && want != old.Revision {
			return errStaleRevision(want, old.Revision)
		}
		if revision, err = q.PutLobby(ctx, db.PutLobbyParams{Sections: layout, Now: s.now()}); err != nil {
			return err
		}
		return q.BumpRevision(ctx)
	})
	if err != nil {
		return nil, err
	}
	s.refreshOwn(ctx)
	return &catalogv1.PutLobbyResponse{Revision: revision}, nil
}
