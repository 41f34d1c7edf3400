package tidy_test

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"
)

// The words that these rules look for are put together here, so that this file does not contain them.
var (
	todo     = "TO" + "DO"
	fixme    = "FIX" + "ME"
	rootPath = "/ro" + "ot/"
	workPath = "/wo" + "rk/"
)

var textRules = []rule{
	{
		name: "unfinished work has an issue", check: unfinished,
		bad: []fstest.MapFS{
			file("kit/ids/a.go", "package ids\n\n// "+todo+": later\n"), file("proto/pitboss/a/v1/a.proto", "// "+fixme+" this\n"),
			file("services/wallet/internal/db/a.sql", "-- "+todo+"\n"),
		},
		good: file("kit/ids/a.go", "package ids\n\n// "+todo+"(#12): later\n"),
	},
	{
		name: "no secrets", check: secrets,
		bad: []fstest.MapFS{
			file("a.pem", "-----BEGIN "+"PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n"),
			file("kit/a.go", "package a\n\nconst k = `-----BEGIN "+"RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n`\n"),
			file("a.env", "KEY=sk_"+"live_51H8abcdefgh12345678\n"),
			file("kit/a.go", "package a\n\nconst k = \""+strings.Repeat("Ab3/", 40)+"\"\n"),
		},
		good: files("kit/a.go", "package a\n\nconst kind = \"-----BEGIN "+"PRIVATE KEY-----\"\n", "package-lock.json", "\"integrity\": \"sha512-"+strings.Repeat("Ab3/", 22)+"\"\n"),
	},
	{
		name: "nothing tells where it was written", check: places,
		bad: []fstest.MapFS{
			file("README.md", "see "+rootPath+"x\n"), file("Makefile", "cd "+workPath+"main\n"), file("docs/a.md", "made by "+"Clau"+"de\n"),
			file("package-lock.json", "\"resolved\": \"https://example.com/a.tgz\"\n"), file("a/.npmrc", "registry=https://example.com\n"),
			file("Makefile", "export GO"+"PROXY=https://example.com\n"),
		},
		good: files("README.md", "a network path like net/work/x, and the folder workers/root\n", "package-lock.json", "\"integrity\": \"sha512-x\"\n"),
	},
}

// unfinished: what is not built is not there, and what is known to be missing is in an issue that the line names.
func unfinished(t *tree) []string {
	mark := regexp.MustCompile(`\b(` + todo + `|` + fixme + `)\b`)
	issue := regexp.MustCompile(`#\d+`)
	return grep(t, func(p string) bool { return !below(p, "gen") && !lockFile(p) }, func(line string) string {
		if mark.MatchString(line) && !issue.MatchString(line) {
			return "unfinished work without the number of an issue"
		}
		return ""
	})
}

// secrets: keys in tests that are made for one protocol's published vectors would have to be listed here; there are none.
func secrets(t *tree) []string {
	pem := regexp.MustCompile(`-----BEGIN ([A-Z]+ )*PRIVATE KEY-----\s*\n\s*[A-Za-z0-9+/=]{16,}`)
	live := regexp.MustCompile(`\b(sk|rk)_` + `live_[A-Za-z0-9]{8,}|\bAKIA[A-Z0-9]{16}\b|\bghp_[A-Za-z0-9]{30,}`)
	long := regexp.MustCompile(`[A-Za-z0-9+/]{120,}`)
	var problems []string
	for _, p := range t.find(func(p string) bool { return true }) {
		if pem.MatchString(t.text[p]) {
			problems = append(problems, p+": a private key")
		}
	}
	problems = append(problems, grep(t, func(string) bool { return true }, func(line string) string {
		if live.MatchString(line) {
			return "a live key"
		}
		return ""
	})...)
	// Generated code holds descriptors and lock files hold hashes; certificates and signed vectors belong into tests.
	return append(problems, grep(t, func(p string) bool { return !t.generated(p) && !lockFile(p) && !isTest(p) }, func(line string) string {
		if long.MatchString(line) {
			return "a long random string"
		}
		return ""
	})...)
}

// lockFile tells whether a tool keeps the file.
func lockFile(p string) bool {
	return slices.Contains([]string{"package-lock.json", "go.sum"}, path.Base(p))
}

// places: a checkout may lie anywhere, packages may come from anywhere, and who wrote a line does not matter.
func places(t *tree) []string {
	words := []string{"clau" + "de", "anthro" + "pic", "sub" + "agent", "chat" + "gpt", "co-authored" + "-by", "language " + "model"}
	folder := regexp.MustCompile("(^|[\\s\"'`(=:,])(" + rootPath + "|" + workPath + ")")
	return grep(t, func(p string) bool { return !below(p, "gen") && path.Base(p) != "go.sum" }, func(line string) string {
		lower := strings.ToLower(line)
		switch {
		case folder.MatchString(line):
			return "the path of one machine"
		case slices.ContainsFunc(words, func(w string) bool { return strings.Contains(lower, w) }):
			return "says who or what wrote it"
		case strings.Contains(line, "\"resolved\": \"http"), strings.HasPrefix(line, "registry="), strings.Contains(line, "GO"+"PROXY="):
			return "names a package registry; the machine's own configuration does"
		}
		return ""
	})
}

// grep applies a check to every line of the chosen files.
func grep(t *tree, keep func(p string) bool, check func(line string) string) []string {
	var problems []string
	for _, p := range t.find(keep) {
		t.lines(p, func(n int, line string) {
			if problem := check(line); problem != "" {
				problems = append(problems, fmt.Sprintf("%s:%d: %s", p, n, problem))
			}
		})
	}
	return problems
}
