package identity

import (
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func (w *telegramWorld) botID() string { return strconv.FormatInt(w.tg.Credentials().BotID, 10) }

func TestLoginWithWidget(t *testing.T) {
	w := newTelegramWorld(t)
	user := w.user(4244)
	fields := func() map[string]string {
		f, err := w.tg.Widget(user, 0)
		require.NoError(t, err)
		return f
	}
	login := func(f map[string]string) (*identityv1.LoginWithWidgetResponse, error) {
		return w.anon().LoginWithWidget(w.ctx(), &identityv1.LoginWithWidgetRequest{Fields: f})
	}
	good := fields()
	res, err := login(good)
	require.NoError(t, err)
	require.True(t, res.GetRegistered())
	refused := func(cause string, err error) {
		t.Helper()
		requireReason(t, "TELEGRAM_PROOF_INVALID", err)
		require.Equal(t, cause, errs.Metadata(err)["cause"])
	}
	_, err = login(good)
	refused("used", err)

	for name, c := range map[string]struct {
		cause  string
		change func(map[string]string)
	}{
		"another user":   {"signature", func(f map[string]string) { f["id"] = "1" }},
		"no hash":        {"", func(f map[string]string) { delete(f, "hash") }},
		"no date":        {"signature", func(f map[string]string) { delete(f, "auth_date") }},
		"a field more":   {"signature", func(f map[string]string) { f["admin"] = "true" }},
		"joined fields":  {"", func(f map[string]string) { f["first_name"] += "\nhash_extra=1" }},
		"upper case hex": {"signature", func(f map[string]string) { f["hash"] = "ZZ" + f["hash"][2:] }},
	} {
		t.Run(name, func(t *testing.T) {
			f := maps.Clone(fields())
			c.change(f)
			_, err := login(f)
			refused(c.cause, err)
		})
	}
	late := fields()
	w.Clock.Advance(telegramProofAge + time.Second)
	_, err = login(late)
	refused("too_old", err)

	settings, _ := w.settings()
	settings[setBotID] = w.botID()
	delete(settings, setClientID)
	w.ops.put(integrationID, settings, nil, true)
	_, err = login(fields())
	requireReason(t, "TELEGRAM_PROOF_INVALID", err) // nothing to check it with
	tooMany := map[string]string{}
	for i := range 21 {
		tooMany[strconv.Itoa(i)] = "x"
	}
	_, err = login(tooMany)
	requireReason(t, "VALIDATION", err)
}
