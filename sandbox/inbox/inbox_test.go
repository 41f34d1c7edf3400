package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	gomail "github.com/wneessen/go-mail"
	"go.uber.org/goleak"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

type bench struct {
	t   *testing.T
	dir string
	in  *Inbox
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir()}
	b.open()
	t.Cleanup(func() { b.close() })
	return b
}

func (b *bench) open() {
	in, err := New(Config{SMTPAddr: "127.0.0.1:0", StateDir: b.dir, Log: slog.New(slog.DiscardHandler)})
	require.NoError(b.t, err)
	b.in = in
}

func (b *bench) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(b.t, b.in.Close(ctx))
}

// compose makes a message with text and HTML whose header and body need encoding.
func compose(t *testing.T, to, subject string) *gomail.Msg {
	t.Helper()
	m := gomail.NewMsg()
	require.NoError(t, m.From("casino@example.com"))
	require.NoError(t, m.To(to))
	m.Subject(subject)
	m.SetBodyString(gomail.TypeTextPlain, "Your code is 123456 – gültig fünf Minuten.")
	m.AddAlternativeString(gomail.TypeTextHTML, "<p>Your code is <b>123456</b></p><script>alert(1)</script>")
	return m
}

func (b *bench) client(opts ...gomail.Option) *gomail.Client {
	b.t.Helper()
	host, portText, err := net.SplitHostPort(b.in.SMTPAddr())
	require.NoError(b.t, err)
	port, err := strconv.Atoi(portText)
	require.NoError(b.t, err)
	opts = append([]gomail.Option{gomail.WithPort(port), gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithTimeout(patience)}, opts...)
	c, err := gomail.NewClient(host, opts...)
	require.NoError(b.t, err)
	return c
}

func (b *bench) send(m *gomail.Msg, opts ...gomail.Option) error {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return b.client(opts...).DialAndSendWithContext(ctx, m)
}

func (b *bench) request(method, path string, header ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	req := httptest.NewRequest(method, "http://127.0.0.1/inbox"+path, nil)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	http.StripPrefix("/inbox", b.in.Handler()).ServeHTTP(w, req)
	return w
}

func (b *bench) list(query string) []Summary {
	b.t.Helper()
	w := b.request("GET", "/api/messages"+query)
	require.Equal(b.t, 200, w.Code, w.Body)
	var out struct {
		Messages []Summary `json:"messages"`
	}
	require.NoError(b.t, json.Unmarshal(w.Body.Bytes(), &out))
	return out.Messages
}

func (b *bench) read(id string) Mail {
	b.t.Helper()
	w := b.request("GET", "/api/messages/"+id)
	require.Equal(b.t, 200, w.Code)
	var m Mail
	require.NoError(b.t, json.Unmarshal(w.Body.Bytes(), &m))
	return m
}

func TestMailArrivesDecoded(t *testing.T) {
	b := start(t)
	m := compose(t, "Player@Example.com", "Bestätigung – your code")
	m.AttachReadSeeker("terms.txt", strings.NewReader("house rules"))
	require.NoError(t, b.send(m))
	require.NoError(t, b.send(compose(t, "other@example.com", "Hello")))

	require.Len(t, b.list(""), 2)
	require.Equal(t, "Hello", b.list("?limit=1")[0].Subject)
	require.Empty(t, b.list("?to=nobody@example.com"))
	got := b.list("?to=player@example.com")
	require.Len(t, got, 1)
	require.Equal(t, "Bestätigung – your code", got[0].Subject)
	require.Equal(t, "casino@example.com", got[0].From)

	full := b.read(got[0].ID)
	require.Contains(t, full.Text, "123456 – gültig fünf Minuten.")
	require.Contains(t, full.HTML, "<b>123456</b>")
	require.Equal(t, []Attachment{{Name: "terms.txt", Type: "text/plain", Size: 11}}, full.Attachments)
	require.Empty(t, full.Problem)
	require.Contains(t, full.Headers["From"], "casino@example.com")

	b.close()
	b.open() // mail outlives the process, in the same order
	require.Equal(t, got, b.list("?to=player@example.com"))
	require.Equal(t, "Hello", b.list("")[0].Subject)
	require.Equal(t, full, b.read(got[0].ID))
}

func TestAuthenticationIsOptional(t *testing.T) {
	b := start(t)
	require.NoError(t, b.send(compose(t, "p@example.com", "a"), gomail.WithSMTPAuth(gomail.SMTPAuthPlainNoEnc), gomail.WithUsername("any"), gomail.WithPassword("thing")))
	require.NoError(t, b.send(compose(t, "p@example.com", "b"), gomail.WithTLSPolicy(gomail.TLSOpportunistic)))
	require.Len(t, b.list(""), 2)
}

func TestPages(t *testing.T) {
	b := start(t)
	require.Contains(t, b.request("GET", "/").Body.String(), "No mail yet")
	require.NoError(t, b.send(compose(t, "p@example.com", "<b>bold</b>")))
	id := b.list("")[0].ID

	list := b.request("GET", "/")
	require.Contains(t, list.Body.String(), "&lt;b&gt;bold&lt;/b&gt;")
	require.Contains(t, list.Body.String(), `href="messages/`+id+`"`)
	require.Equal(t, pagePolicy, list.Header().Get("Content-Security-Policy"))

	page := b.request("GET", "/messages/"+id)
	require.Contains(t, page.Body.String(), "<iframe sandbox")
	require.NotContains(t, page.Body.String(), "alert(1)")
	frame := b.request("GET", "/messages/"+id+"/html")
	require.Contains(t, frame.Body.String(), "<b>123456</b>")
	require.True(t, strings.HasPrefix(frame.Header().Get("Content-Security-Policy"), "sandbox; default-src 'none'"))
	raw := b.request("GET", "/messages/"+id+"/raw")
	require.Contains(t, raw.Body.String(), "multipart/alternative")
	require.Equal(t, "text/plain; charset=utf-8", raw.Header().Get("Content-Type"))

	bare := b.request("GET", "")
	require.Equal(t, 301, bare.Code)
	require.True(t, strings.HasSuffix(bare.Header().Get("Location"), "/inbox/"))
	for _, path := range []string{"/messages/msg_x", "/messages/..%2Fadmin-token", "/api/messages/msg_x", "/messages/x/html", "/messages/x/raw"} {
		require.Equal(t, 404, b.request("GET", path).Code, path)
	}
	require.Equal(t, 400, b.request("GET", "/api/messages?limit=0").Code)
	require.Equal(t, 200, b.request("GET", "/assets/inbox.css").Code)
}

func TestClear(t *testing.T) {
	b := start(t)
	require.NoError(t, b.send(compose(t, "p@example.com", "a")))
	require.Equal(t, 204, b.request("DELETE", "/api/messages").Code)
	require.Empty(t, b.list(""))
	files, err := os.ReadDir(filepath.Join(b.dir, "messages"))
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestBounds(t *testing.T) {
	b := start(t)
	big := compose(t, "p@example.com", "big")
	big.SetBodyString(gomail.TypeTextPlain, strings.Repeat("x", maxMessage))
	require.Error(t, b.send(big))
	require.Empty(t, b.list(""))
	for i := range maxMessages + 5 {
		require.NoError(t, b.in.store.add(message{ID: newID(time.UnixMilli(int64(i))), Received: time.UnixMilli(int64(i)),
			To: []string{"p@example.com"}, Raw: []byte("Subject: " + strconv.Itoa(i) + "\r\n\r\nx\r\n")}))
	}
	all := b.list("?limit=1000")
	require.Len(t, all, maxMessages)
	require.Equal(t, "5", all[maxMessages-1].Subject)
	files, err := os.ReadDir(filepath.Join(b.dir, "messages"))
	require.NoError(t, err)
	require.Len(t, files, maxMessages)
}

func TestFaults(t *testing.T) {
	b := start(t)
	rule := func(k fault.Kind, delay int) {
		require.NoError(t, b.in.Faults().Set(1, fault.Rule{Operation: Operation, Kind: k, Count: 1, DelayMS: delay}))
	}
	rule(FaultFail, 0)
	err := b.send(compose(t, "p@example.com", "fail"))
	var refused *gomail.SendError
	require.ErrorAs(t, err, &refused)
	require.True(t, refused.IsTemp())
	require.Empty(t, b.list(""))
	require.NoError(t, b.send(compose(t, "p@example.com", "fail"))) // the second try gets through
	require.Len(t, b.list(""), 1)

	rule(fault.Drop, 0)
	require.Error(t, b.send(compose(t, "p@example.com", "drop")))
	require.Len(t, b.list(""), 2)

	rule(fault.Duplicate, 0)
	require.NoError(t, b.send(compose(t, "p@example.com", "twice")))
	require.Len(t, b.list(""), 4)

	rule(FaultLose, 0)
	require.NoError(t, b.send(compose(t, "p@example.com", "lost")))
	require.Len(t, b.list(""), 4)

	rule(fault.Delay, 200)
	began := time.Now()
	require.NoError(t, b.send(compose(t, "p@example.com", "late")))
	require.GreaterOrEqual(t, time.Since(began), 200*time.Millisecond)

	require.Equal(t, 401, b.request("GET", "/admin/faults").Code)
	w := b.request("GET", "/admin/faults", "Authorization", "Bearer "+b.in.AdminToken())
	require.Equal(t, 200, w.Code)
	require.Contains(t, w.Body.String(), `"delay"`)
}

func TestDecode(t *testing.T) {
	nested := "Content-Type: multipart/mixed; boundary=b0\r\n\r\n"
	for i := range maxDepth + 2 {
		nested += fmt.Sprintf("--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i+1)
	}
	for _, c := range []struct{ name, raw, subject, text, html string }{
		{"plain", "Subject: Hi\r\n\r\nBody\r\n", "Hi", "Body\r\n", ""},
		{"quoted-printable", "Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ngr=C3=BC=\r\nn", "", "grün", ""},
		{"base64", "Content-Transfer-Encoding: base64\r\nContent-Type: text/html\r\n\r\nPGI+SGk8L2I+\r\n", "", "", "<b>Hi</b>"},
		{"latin-1", "Subject: =?iso-8859-1?Q?gr=FCn?=\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n\r\ngr\xfcn", "grün", "grün", ""},
		{"base64 subject", "Subject: =?UTF-8?B?w7xiZXI=?= =?UTF-8?Q?_da?=\r\n\r\n", "über da", "", ""},
		{"alternative", "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nT\r\n--b\r\nContent-Type: text/html\r\n\r\n<i>H</i>\r\n--b--\r\n", "", "T", "<i>H</i>"},
		{"not utf-8", "\r\n\xff\xfe", "", "\uFFFD", ""},
	} {
		got := decode(message{Raw: []byte(c.raw)})
		require.Empty(t, got.Problem, c.name)
		require.Equal(t, []string{c.subject, c.text, c.html}, []string{got.Subject, got.Text, got.HTML}, c.name)
	}
	for _, raw := range []string{"", "no header at all", nested, "Content-Transfer-Encoding: base64\r\n\r\n!!!"} {
		require.NotEmpty(t, decode(message{Raw: []byte(raw)}).Problem, raw)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("Subject: =?x?q?y?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--"))
	f.Fuzz(func(_ *testing.T, raw []byte) { decode(message{Raw: raw}) })
}

func TestAddressInUse(t *testing.T) {
	b := start(t)
	_, err := New(Config{SMTPAddr: b.in.SMTPAddr(), StateDir: t.TempDir()})
	require.Error(t, err)
	_, err = New(Config{})
	require.Error(t, err)
}

func TestCloseDoesNotWaitForIdleClients(t *testing.T) {
	b := start(t)
	conn, err := net.Dial("tcp", b.in.SMTPAddr())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.ReadAtLeast(conn, make([]byte, 3), 3)
	require.NoError(t, err)
	b.close()
	_, err = io.Copy(io.Discard, conn) // the server hangs up
	require.NoError(t, err)
	b.open()
}
