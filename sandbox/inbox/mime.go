package inbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
)

// Bounds against mail that is built to cost time.
const (
	maxDepth = 10
	maxParts = 100
)

// Mail is a decoded message.
type Mail struct {
	Summary
	Headers     map[string]string `json:"headers"` // decoded; the first of each name
	Text        string            `json:"text"`
	HTML        string            `json:"html"`
	Attachments []Attachment      `json:"attachments"`
	// Problem says what could not be decoded; the raw message has everything.
	Problem string `json:"problem,omitempty"`
}

// Attachment names a part that is not the message's text.
type Attachment struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int    `json:"size"`
}

var words = mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(r)
	return strings.NewReader(toUTF8(b, charset)), err
}}

// decode reads headers and parts; what cannot be read is left out and named in Problem.
func decode(m message) Mail {
	out := Mail{Summary: summarize(m), Headers: map[string]string{}, Attachments: []Attachment{}}
	msg, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		out.Problem, out.Text = "the headers cannot be read: "+err.Error(), toUTF8(m.Raw, "utf-8")
		return out
	}
	for name, values := range msg.Header {
		out.Headers[name] = decodeHeader(values[0])
	}
	d := decoder{out: &out}
	if err := d.part(textproto.MIMEHeader(msg.Header), msg.Body, 0); err != nil {
		out.Problem = "the body cannot be read: " + err.Error()
	}
	return out
}

type decoder struct {
	out   *Mail
	parts int
}

func (d *decoder) part(h textproto.MIMEHeader, body io.Reader, depth int) error {
	if d.parts++; d.parts > maxParts || depth > maxDepth {
		return fmt.Errorf("more than %d parts or %d levels", maxParts, maxDepth)
	}
	kind, args, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind, args = "text/plain", map[string]string{}
	}
	if strings.HasPrefix(kind, "multipart/") {
		return d.multipart(multipart.NewReader(body, args["boundary"]), depth)
	}
	raw, err := io.ReadAll(transferDecoder(h.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		return err
	}
	disposition, names, _ := mime.ParseMediaType(h.Get("Content-Disposition")) // without one it is inline
	switch {
	case disposition != "attachment" && kind == "text/plain" && d.out.Text == "":
		d.out.Text = toUTF8(raw, args["charset"])
	case disposition != "attachment" && kind == "text/html" && d.out.HTML == "":
		d.out.HTML = toUTF8(raw, args["charset"])
	default:
		name := names["filename"]
		if name == "" {
			name = args["name"]
		}
		d.out.Attachments = append(d.out.Attachments, Attachment{Name: decodeHeader(name), Type: kind, Size: len(raw)})
	}
	return nil
}

func (d *decoder) multipart(r *multipart.Reader, depth int) error {
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := d.part(p.Header, p, depth+1); err != nil {
			return err
		}
	}
}

func transferDecoder(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	}
	return r
}

// toUTF8 reads UTF-8 and Latin-1; bytes of other character sets that are not UTF-8 become replacement characters.
func toUTF8(b []byte, charset string) string {
	switch strings.ToLower(charset) {
	case "iso-8859-1", "iso-8859-15", "windows-1252", "latin1":
		r := make([]rune, len(b))
		for i, c := range b {
			r[i] = rune(c)
		}
		return string(r)
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

func decodeHeader(v string) string {
	d, err := words.DecodeHeader(v)
	if err != nil {
		return toUTF8([]byte(v), "utf-8")
	}
	return toUTF8([]byte(d), "utf-8")
}

func subject(raw []byte) string {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return ""
	}
	return decodeHeader(m.Header.Get("Subject"))
}
