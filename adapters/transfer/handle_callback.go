package transfer

import (
	"context"
	"net/http"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

const notFound = "NOT_FOUND"

// HandleCallback answers that there is nothing: the protocol has calls of the platform only.
func (s *Server) HandleCallback(context.Context, *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
	return adapter.Answer(http.StatusNotFound, map[string]string{"error": notFound}, notFound, false)
}
