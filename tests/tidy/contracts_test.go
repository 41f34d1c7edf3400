package tidy_test

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing/fstest"
	"unicode"
)

const (
	goodProto = "service WalletService {\n  // Deposit credits.\n  rpc Deposit(DepositRequest) returns (DepositResponse) {\n    option (pitboss.options.v1.access) = {actors: [ACTOR_PEER]};\n  }\n}\n"
	goodRPC   = "package wallet\n\n// Deposit credits.\nfunc (s *Server) Deposit() {}\n"
	goodCall  = "package wallet_test\n\nfunc TestDeposit() { client.Deposit(ctx, nil) }\n"
	protoPath = "proto/pitboss/wallet/v1/wallet_service.proto"
)

var contractRules = []rule{
	{
		name: "every RPC has an access option, a file of its own and a test", check: rpcs,
		bad: []fstest.MapFS{
			files(protoPath, strings.Replace(goodProto, "(pitboss.options.v1.access)", "(other)", 1), "services/wallet/deposit.go", goodRPC, "services/wallet/deposit_test.go", goodCall),
			files(protoPath, goodProto, "services/wallet/wallet.go", goodRPC, "services/wallet/deposit_test.go", goodCall),
			files(protoPath, goodProto, "services/wallet/deposit.go", "package wallet\n", "services/wallet/deposit_test.go", goodCall),
			files(protoPath, goodProto, "services/wallet/deposit.go", goodRPC),
			files("proto/pitboss/adapter/v1/adapter_service.proto", goodProto),
			files("proto/pitboss/adapter/v1/adapter_service.proto", goodProto, "adapters/acme/deposit.go", goodRPC),
		},
		good: files(protoPath, goodProto, "services/wallet/deposit.go", goodRPC, "services/wallet/deposit_test.go", goodCall,
			"proto/pitboss/adapter/v1/adapter_service.proto", strings.ReplaceAll(goodProto, "Deposit", "GetRoundUrl"),
			"adapters/acme/get_round_url.go", strings.ReplaceAll(goodRPC, "Deposit", "GetRoundUrl"), "adapters/acme/acme_test.go", "package acme\n\nvar _ = x.GetRoundUrl(1)\n"),
	},
	{
		name: "events on the bus are those of the contracts", check: eventSubjects,
		bad: []fstest.MapFS{
			files("proto/pitboss/wallet/v1/events.proto", "// Paid is wallet.paid.v1: paid.\nmessage Paid {}\n"),
			files("services/wallet/pay.go", "package wallet\n\nvar subject = \"wallet.paid.v1\"\n"),
		},
		good: files("proto/pitboss/wallet/v1/events.proto", "// Paid is wallet.paid.v1: paid.\nmessage Paid {}\n",
			"services/wallet/pay.go", "package wallet\n\nvar subject = \"wallet.paid.v1\"\n", "services/gaming/on_paid.go", "package gaming\n\nvar subject = \"wallet.paid.v1\"\n"),
	},
	{
		name: "every variable is documented and has the platform's prefix", check: variables,
		bad: []fstest.MapFS{
			file("services/wallet/config.go", "package wallet\n\ntype Config struct {\n\tA int `env:\"PITBOSS_WALLET_A\"`\n}\n"),
			file("services/wallet/config.go", "package wallet\n\ntype Config struct {\n\tA int `env:\"A\" doc:\"A.\"`\n}\n"),
		},
		good: file("services/wallet/config.go", "package wallet\n\ntype Config struct {\n\tA int `env:\"PITBOSS_WALLET_A\" doc:\"A.\"`\n}\n"),
	},
}

type rpc struct {
	proto, domain, name string
	access              bool
}

var rpcLine = regexp.MustCompile(`^  rpc (\w+)\(`)

// readRPCs reads the RPCs of all services from the protos, whose form buf keeps.
func readRPCs(t *tree) []rpc {
	var all []rpc
	for _, p := range t.find(func(p string) bool { return below(p, "proto/pitboss") && strings.HasSuffix(p, ".proto") }) {
		domain, inside := strings.Split(p, "/")[2], false
		t.lines(p, func(_ int, line string) {
			if m := rpcLine.FindStringSubmatch(line); m != nil {
				all, inside = append(all, rpc{proto: p, domain: domain, name: m[1]}), true
			}
			inside = inside && line != "}"
			if inside && strings.Contains(line, "option (pitboss.options.v1.access)") {
				all[len(all)-1].access = true
			}
		})
	}
	return all
}

// rpcs: the path of a request is proto, file, query. The contract of adapters has no service of its own; whoever has the file implements it. The
// stream that calls share is kit/rpc's, and each call on it has its own rule.
func rpcs(t *tree) []string {
	var problems []string
	for _, r := range readRPCs(t) {
		if r.domain == "mesh" {
			continue
		}
		if !r.access {
			problems = append(problems, fmt.Sprintf("%s: %s has no access option", r.proto, r.name))
		}
		name := snake(r.name) + ".go"
		dirs := []string{"services/" + r.domain}
		if r.domain == "adapter" {
			if dirs = implementers(t, name); len(dirs) == 0 {
				problems = append(problems, fmt.Sprintf("%s: no adapter has a file %s for %s", r.proto, name, r.name))
			}
		}
		for _, dir := range dirs {
			if p := dir + "/" + name; !declaresMethod(t, p, r.name) {
				problems = append(problems, fmt.Sprintf("%s: %s has no method of this name in a file of its own", p, r.name))
			}
			called := regexp.MustCompile(`\.` + r.name + `\(`)
			tests := t.find(func(p string) bool { return path.Dir(p) == dir && isTest(p) && called.MatchString(t.text[p]) })
			if len(tests) == 0 {
				problems = append(problems, fmt.Sprintf("%s: no test calls %s", dir, r.name))
			}
		}
	}
	return problems
}

func implementers(t *tree, name string) []string {
	var dirs []string
	for _, p := range t.find(func(p string) bool { return path.Base(p) == name && below(p, "adapters", "services") }) {
		dirs = append(dirs, path.Dir(p))
	}
	return dirs
}

func declaresMethod(t *tree, p, name string) bool {
	f := t.trees[p]
	return f != nil && slices.ContainsFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv != nil && fn.Name.Name == name
	})
}

// snake is the file name of an RPC: GetRoundUrl is get_round_url, GetJWKS is get_jwks.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

var (
	declaredSubject = regexp.MustCompile(`(?m)^// \w+ is ([a-z_]+(?:\.[a-z_]+)+\.v\d+)[:.]`)
	usedSubject     = regexp.MustCompile(`^"[a-z_]+(?:\.[a-z_]+)+\.v\d+"$`)
)

// eventSubjects: a subject in the code stands in a contract, and a subject of a contract is in the code of its service. Subjects that are
// patterns or put together at run time (<service>.audited.v1) are not seen.
func eventSubjects(t *tree) []string {
	var problems []string
	declared := map[string]string{} // subject -> service
	for _, p := range t.find(func(p string) bool { return path.Base(p) == "events.proto" }) {
		for _, m := range declaredSubject.FindAllStringSubmatch(t.text[p], -1) {
			declared[m[1]] = strings.Split(p, "/")[2]
		}
	}
	used := map[string][]string{}
	for _, p := range t.goFiles("services", "adapters", "gateway") {
		if isTest(p) {
			continue
		}
		ast.Inspect(t.trees[p], func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || !usedSubject.MatchString(lit.Value) {
				return true
			}
			subject, _ := strconv.Unquote(lit.Value)
			used[subject] = append(used[subject], folder(p, 2))
			if declared[subject] == "" && !strings.HasSuffix(subject, ".audited.v1") {
				problems = append(problems, fmt.Sprintf("%s: %s is in no events.proto", t.at(lit), subject))
			}
			return true
		})
	}
	for subject, service := range declared {
		if !slices.Contains(used[subject], "services/"+service) {
			problems = append(problems, fmt.Sprintf("proto/pitboss/%s/v1/events.proto: services/%s never publishes %s", service, service, subject))
		}
	}
	slices.Sort(problems)
	return problems
}

var (
	envTag = regexp.MustCompile(`\benv:"([^",]+)`)
	docTag = regexp.MustCompile(`\bdoc:"[^"]+"`)
)

// variables: what an operator can set, `pitboss config` must explain. Flags of commands explain themselves with help.
func variables(t *tree) []string {
	var problems []string
	for _, p := range t.goFiles("services", "adapters", "gateway", "kit", "cmd") {
		if isTest(p) {
			continue
		}
		ast.Inspect(t.trees[p], func(n ast.Node) bool {
			field, ok := n.(*ast.Field)
			if !ok || field.Tag == nil {
				return true
			}
			env := envTag.FindStringSubmatch(field.Tag.Value)
			if env == nil || strings.Contains(field.Tag.Value, "help:\"") {
				return true
			}
			if !strings.HasPrefix(env[1], "PITBOSS_") {
				problems = append(problems, fmt.Sprintf("%s: %s does not begin with PITBOSS_", t.at(field), env[1]))
			}
			if !docTag.MatchString(field.Tag.Value) {
				problems = append(problems, fmt.Sprintf("%s: %s has no doc tag", t.at(field), env[1]))
			}
			return true
		})
	}
	return problems
}
