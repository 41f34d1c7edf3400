package telegram

import (
	"html"
	"slices"
	"strings"
)

// htmlTags are those of Telegram's HTML style.
var htmlTags = []string{"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a", "code", "pre", "blockquote"}

// stripHTML returns the text of a message in HTML style and refuses what Telegram cannot parse: unknown tags, tags
// that are not closed in order, a "<" that begins none. A template that forgets to escape a name is found by this.
func stripHTML(s string) (string, error) {
	var out strings.Builder
	var open []string
	for {
		before, rest, found := strings.Cut(s, "<")
		out.WriteString(html.UnescapeString(before))
		if !found {
			break
		}
		tag, after, closed := strings.Cut(rest, ">")
		if !closed {
			return "", badRequest("can't parse entities: Unclosed start tag")
		}
		s = after
		if name, end := strings.CutPrefix(tag, "/"); end {
			if len(open) == 0 || !strings.EqualFold(open[len(open)-1], name) {
				return "", badRequest("can't parse entities: Unexpected end tag %q", name)
			}
			open = open[:len(open)-1]
			continue
		}
		name, _, _ := strings.Cut(tag, " ")
		if !slices.Contains(htmlTags, strings.ToLower(name)) {
			return "", badRequest("can't parse entities: Unsupported start tag %q", name)
		}
		open = append(open, name)
	}
	if len(open) > 0 {
		return "", badRequest("can't parse entities: Can't find end tag corresponding to start tag %q", open[len(open)-1])
	}
	return out.String(), nil
}
