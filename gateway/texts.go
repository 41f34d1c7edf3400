package gateway

import (
	"fmt"
	"io"
	"unicode"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// plainTexts reads bodies as JSONPb does and refuses texts with characters that no person can have meant: they are shown to players and staff, written into reports, and
// passed on to studios, where they would forge lines or turn what stands beside them around.
type plainTexts struct{ *runtime.JSONPb }

// NewDecoder is the runtime's.
func (p plainTexts) NewDecoder(r io.Reader) runtime.Decoder {
	inner := p.JSONPb.NewDecoder(r)
	return runtime.DecoderFunc(func(v any) error {
		if err := inner.Decode(v); err != nil {
			return err
		}
		if m, ok := v.(proto.Message); ok {
			if field := rpc.FieldHolding(m, invisible); field != "" {
				return fmt.Errorf("%s holds a control character", field)
			}
		}
		return nil
	})
}

// invisible tells characters that control a device or the direction of text. Lines and tabs are text; what joins emojis and letters is too.
func invisible(r rune) bool {
	switch {
	case r == '\n', r == '\r', r == '\t':
		return false
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return unicode.IsControl(r)
}
