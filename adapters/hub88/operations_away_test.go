package hub88_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// TestOperationsAway: a restart of operations refuses no stake, win or rollback. What it said is used for half a minute, and what it says afterwards at once.
func TestOperationsAway(t *testing.T) {
	t.Parallel()
	const unknown = `{"status":"RS_ERROR_UNKNOWN"}`
	x := openAggregator(t)
	require.Equal(t, x.ok("9000000"), x.bet("b1", "r1", "1000000"))
	require.Equal(t, x.ok("8000000"), x.bet("b2", "r2", "1000000"))
	x.OperationsAway(true)
	x.Clock.Advance(10 * time.Second)
	require.Equal(t, x.ok("10000000"), x.win("w1", "b1", "r1", "2000000"))
	require.Equal(t, x.ok("11000000"), x.rollback("k2", "b2", "r2"))
	require.Equal(t, x.ok("10000000"), x.bet("b3", "r3", "1000000"))
	forged := []byte(fmt.Sprintf(winBody, "w3", "b3", "r3", "false", "2000000"))
	_, body := x.Send(&adapterv1.HandleCallbackRequest{
		Path: "/transaction/win", Body: forged, Headers: []*adapterv1.Header{{Name: "X-Hub88-Signature", Value: signed(t, strangerKey(), forged)}},
	})
	require.Equal(t, fails("RS_ERROR_INVALID_SIGNATURE"), body, "the keys still count")

	x.Clock.Advance(30 * time.Second)
	require.Equal(t, unknown, x.win("w3", "b3", "r3", "2000000"), "nobody knows any more whether the integration is on")
	x.OperationsAway(false)
	require.Equal(t, x.ok("12000000"), x.win("w3", "b3", "r3", "2000000"), "the provider's repetition")

	x.OperationsAway(true)
	x.Clock.Advance(10 * time.Second)
	require.Equal(t, x.ok("11000000"), x.bet("b4", "r4", "1000000"))
	x.Enable(false)
	x.OperationsAway(false)
	require.Equal(t, fails("RS_ERROR_INVALID_PARTNER"), x.bet("b5", "r5", "1000000"), "off is felt with the first answer")
	x.Cash("110.00", "10.00")
}
