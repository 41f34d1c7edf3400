package evolution

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// openSession gives a player a session without a launch, beside those there are. The provider's test runs begin with it; it is there only with
// test_environment.
func (s *Server) openSession(ctx context.Context, c call) answer {
	c.user = c.fields.TextUpTo("userId", maxUser)
	c.fields.Text("uuid")
	c.fields.OptionalText("sid")
	c.fields.OptionalObject("channel").OptionalText("type")
	currency := c.fields.OptionalText("currency")
	if !c.fields.OK() {
		return answer{Status: statusInvalidParameter}
	}
	p, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.caller(), Open: true, OpenCurrency: currency})
	if err != nil {
		return s.refuse(ctx, c, err)
	}
	return answer{Status: statusOK, Sid: p.GetSessionToken()}
}
