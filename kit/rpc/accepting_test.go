package rpc_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	_ "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// requests are the request types of all our RPCs.
func requests() []protoreflect.MessageDescriptor {
	var all []protoreflect.MessageDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				if in := methods.Get(j).Input(); strings.HasPrefix(string(in.FullName()), "pitboss.") && !slices.Contains(all, in) {
					all = append(all, in)
				}
			}
		}
		return true
	})
	return all
}

// TestAcceptedIsValid draws requests of every RPC near the borders of their rules: what is accepted at once is valid by protovalidate and holds no NUL, and
// of what is valid only requests with rules that are not known there are not accepted.
func TestAcceptedIsValid(t *testing.T) {
	validator, err := protovalidate.New(protovalidate.WithMessageDescriptors(requests()...))
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // to be repeated
	total, surelyMissed := 0, []string{}
	var valid, accepted int
	for _, d := range requests() {
		accepts := rpc.Acceptor(d)
		typ, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
		require.NoError(t, err)
		ours, theirs := 0, 0
		for range 400 {
			m := typ.New()
			fillMessage(r, m, 0)
			total++
			is := validator.Validate(m.Interface()) == nil && rpc.NULField(m.Interface()) == ""
			if is {
				theirs++
			}
			if accepts(m.Interface()) {
				ours++
				require.True(t, is, "%s: accepted: %v", d.FullName(), m.Interface())
			}
		}
		valid, accepted = valid+theirs, accepted+ours
		if theirs > 0 && ours < theirs*9/10 {
			surelyMissed = append(surelyMissed, fmt.Sprintf("%s %d of %d", d.FullName(), ours, theirs))
		}
	}
	t.Logf("%d requests, %d valid, %d accepted; missed: %s", total, valid, accepted, strings.Join(surelyMissed, "\n"))
	require.Greater(t, accepted, total/10, "the test draws valid requests")
	require.Greater(t, total-valid, total/10, "and invalid ones")
	require.Greater(t, accepted, valid*8/10)
}

// fillMessage sets fields to values that are right more often than not.
func fillMessage(r *rand.Rand, m protoreflect.Message, depth int) {
	for i := range m.Descriptor().Fields().Len() {
		fd := m.Descriptor().Fields().Get(i)
		rules, _ := protovalidate.ResolveFieldRules(fd) //nolint:errcheck // the validator has read them
		if !rules.GetRequired() && r.IntN(3) == 0 || r.IntN(60) == 0 || depth > 4 {
			continue
		}
		switch {
		case fd.IsMap():
			pairs := m.Mutable(fd).Map()
			for range r.IntN(3) {
				pairs.Set(drawValue(r, fd.MapKey(), rules.GetMap().GetKeys()).MapKey(), drawElement(r, pairs.NewValue(), fd.MapValue(), rules.GetMap().GetValues(), depth))
			}
		case fd.IsList():
			list := m.Mutable(fd).List()
			n := r.IntN(4)
			if r.IntN(50) == 0 {
				n = int(rules.GetRepeated().GetMaxItems()%1200) + r.IntN(2) //nolint:gosec // small
			}
			for range n {
				list.Append(drawElement(r, list.NewElement(), fd, rules.GetRepeated().GetItems(), depth))
			}
		case fd.Message() != nil:
			fillMessage(r, m.Mutable(fd).Message(), depth+1)
		default:
			m.Set(fd, drawValue(r, fd, rules))
		}
	}
}

func drawElement(r *rand.Rand, empty protoreflect.Value, fd protoreflect.FieldDescriptor, rules *validate.FieldRules, depth int) protoreflect.Value {
	if fd.Message() == nil {
		return drawValue(r, fd, rules)
	}
	fillMessage(r, empty.Message(), depth+1)
	return empty
}

func drawValue(r *rand.Rand, fd protoreflect.FieldDescriptor, rules *validate.FieldRules) protoreflect.Value {
	number := pick(r, int64(0), 1, 1, 2, 5, 18, 100, 1000, 86400, -1, math.MaxInt32, math.MinInt32)
	for _, n := range []int64{rules.GetInt64().GetGte(), rules.GetInt64().GetGt(), rules.GetInt64().GetLte(), int64(rules.GetInt32().GetGte()), int64(rules.GetInt32().GetLte())} {
		if n != 0 && r.IntN(2) == 0 {
			number = n + int64(r.IntN(3)-1)
		}
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(drawText(r, rules.GetString()))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(make([]byte, pick(r, 0, 1, 16, 32, int(rules.GetBytes().GetMaxLen())%5000+r.IntN(2)))) //nolint:gosec // small
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(r.IntN(2) == 0)
	case protoreflect.EnumKind:
		values := fd.Enum().Values()
		if r.IntN(30) == 0 {
			return protoreflect.ValueOfEnum(9999)
		}
		return protoreflect.ValueOfEnum(values.Get(min(values.Len()-1, r.IntN(values.Len()+2))).Number())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(number)) //nolint:gosec // any will do
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(number)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(number)) //nolint:gosec // any will do
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(uint64(number)) //nolint:gosec // any will do
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(number))
	default:
		return protoreflect.ValueOfFloat64(float64(number))
	}
}

func drawText(r *rand.Rand, rules *validate.StringRules) string {
	switch r.IntN(80) {
	case 0:
		return "a\x00b"
	case 1:
		return ""
	case 2, 3, 4, 5:
		n := pick(r, rules.GetMinLen(), rules.GetMaxLen(), rules.GetMaxLen(), rules.GetLen()) % 5000
		return strings.Repeat(pick(r, "a", "é", "€"), max(0, int(n)+r.IntN(3)-1)) //nolint:gosec // small
	case 6:
		return pick(r, "é", "\n", "EUR\n", " ", "a b", "€€€", "😀")
	}
	if p := rules.GetPattern(); p != "" {
		for range 8 {
			if s := drawMatch(r); compiled(p).MatchString(s) {
				return s
			}
		}
	}
	if rules.GetEmail() {
		return pick(r, "a@example.org", "a@", "x.y@example.org")
	}
	if rules.GetUri() {
		return pick(r, "https://example.org/a", "x")
	}
	if n := int(rules.GetLen()); n > 0 { //nolint:gosec // small
		return strings.Repeat("a", n)
	}
	return pick(r, "a", "abc", "ply_01jcqz5k3v8e7s9m2n4p6r8t0w", "10.00", "EUR", strings.Repeat("b", 8), strings.Repeat("c", 20))
}

var compiledPatterns = map[string]*regexp.Regexp{}

func compiled(pattern string) *regexp.Regexp {
	if compiledPatterns[pattern] == nil {
		compiledPatterns[pattern] = regexp.MustCompile(pattern)
	}
	return compiledPatterns[pattern]
}

// drawMatch is a text as our patterns want it.
func drawMatch(r *rand.Rand) string {
	return pick(r, "", "10.00", "-3", "0.123456789", "123456789012345678", "EUR", "USDT", "DE", "de", "123456", "abc", "a-b_c9", "a", "DE89370400440532013000",
		"house:a", "psp:stripe", "A.b-1", "a/b+c_d", strings.Repeat("x", 40), strings.Repeat("x", 41))
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// TestRequestsOfGamesAreAccepted: the calls of a game's bet take the short way.
func TestRequestsOfGamesAreAccepted(t *testing.T) {
	for _, m := range gameRequests() {
		accepts := rpc.Acceptor(m.ProtoReflect().Descriptor())
		require.True(t, accepts(m), "%T", m)
		b, err := proto.Marshal(m)
		require.NoError(t, err)
		received := m.ProtoReflect().New().Interface()
		require.NoError(t, proto.Unmarshal(b, received))
		require.True(t, accepts(received), "%T", m)
	}
	require.False(t, rpc.Acceptor((&walletv1.PostRoundRequest{}).ProtoReflect().Descriptor())(&walletv1.PlaceHoldRequest{}), "of another type")
	require.False(t, rpc.Acceptor((&walletv1.PostRoundRequest{}).ProtoReflect().Descriptor())((*walletv1.PostRoundRequest)(nil)), "none")
}

// gameRequests are what a game's callback brings about.
func gameRequests() []proto.Message {
	caller := &gamingv1.Caller{IntegrationId: "hub88", SessionToken: strings.Repeat("t0k", 16), PlayerId: "ply_01jcqz5k3v8e7s9m2n4p6r8t0w"}
	money := &commonv1.Money{Amount: "10.00", Currency: "EUR"}
	return []proto.Message{
		roundRequest(), callbackRequest(),
		&gamingv1.PlaceBetRequest{Caller: caller, GameCode: "book-of-tests", ProviderRoundId: "r-5f2b1c9e-77aa", ProviderTxId: "tx-5f2b1c9e-77aa", Amount: money},
		&gamingv1.SettleBetRequest{
			Caller: caller, GameCode: "book-of-tests", ProviderRoundId: "r-5f2b1c9e-77aa", ProviderTxId: "tx-5f2b1c9e-77ab", BetProviderTxId: "tx-5f2b1c9e-77aa",
			Amount: money, RoundClosed: true,
		},
	}
}

func roundRequest() *walletv1.PostRoundRequest {
	return &walletv1.PostRoundRequest{
		PlayerId: "ply_01jcqz5k3v8e7s9m2n4p6r8t0w", Steps: []*walletv1.RoundStep{{Step: &walletv1.RoundStep_PlaceHold{PlaceHold: holdRequest()}}},
	}
}

func callbackRequest() *adapterv1.HandleCallbackRequest {
	m := &adapterv1.HandleCallbackRequest{
		IntegrationId: "hub88", Method: "POST", Path: "/v2/transaction/bet", Body: []byte(strings.Repeat(`{"user":"ply"},`, 27)), RemoteIp: "198.51.100.7",
	}
	for _, name := range []string{
		"Accept", "Accept-Encoding", "Authorization", "Cache-Control", "Connection", "Content-Length", "Content-Type", "Host", "User-Agent", "X-Forwarded-For",
		"X-Hub88-Signature", "X-Request-Id",
	} {
		m.Headers = append(m.Headers, &adapterv1.Header{Name: name, Value: "a value of " + strings.ToLower(name)})
	}
	return m
}

// FuzzAutomaton compares automatons with the regexp package, for ASCII; of other letters they know none.
func FuzzAutomaton(f *testing.F) {
	for _, p := range patterns() {
		for _, s := range []string{"", "a", "EUR", "EUR\n", "10.00", "-1", "abc-1", "é", "house:x", "A"} {
			f.Add(p, s)
		}
	}
	for _, p := range []string{`(?:^a)+$`, `^(^a)*$`, `^a$|^b$`, `a`, `^a`, `^$`, `^(?i)ab$`, `^\bx$`, `(?m)^a$`, `^[^a]*$`, `^.$`, `^(a|b){2,3}c?$`, `^(a$|ab)c*$`} {
		for _, s := range []string{"", "a", "aa", "ab", "abc", "b", "AB", "x", "\n", "aabc"} {
			f.Add(p, s)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return
		}
		matches := rpc.Automaton(pattern)
		if matches == nil {
			return
		}
		ascii := !strings.ContainsFunc(s, func(r rune) bool { return r >= 128 })
		require.Equal(t, ascii && re.MatchString(s), matches(s), "%q %q", pattern, s)
	})
}

// patterns are those of our requests' rules.
func patterns() []string {
	var all []string
	protoregistry.GlobalTypes.RangeMessages(func(m protoreflect.MessageType) bool {
		for i := range m.Descriptor().Fields().Len() {
			rules, _ := protovalidate.ResolveFieldRules(m.Descriptor().Fields().Get(i)) //nolint:errcheck // other tests compile them
			for _, p := range []string{rules.GetString().GetPattern(), rules.GetRepeated().GetItems().GetString().GetPattern()} {
				if p != "" && strings.HasPrefix(string(m.Descriptor().FullName()), "pitboss.") && !slices.Contains(all, p) {
					all = append(all, p)
				}
			}
		}
		return true
	})
	slices.Sort(all)
	return all
}

func TestOurPatternsHaveAutomatons(t *testing.T) {
	require.Greater(t, len(patterns()), 20)
	for _, p := range patterns() {
		require.NotNil(t, rpc.Automaton(p), p)
	}
}

// BenchmarkAccepting compares the short way with the one that says what is wrong.
func BenchmarkAccepting(b *testing.B) {
	validator, err := protovalidate.New(protovalidate.WithMessageDescriptors(requests()...))
	require.NoError(b, err)
	for _, m := range gameRequests() {
		accepts := rpc.Acceptor(m.ProtoReflect().Descriptor())
		name := string(m.ProtoReflect().Descriptor().Name())
		b.Run(name+"/accepts", func(b *testing.B) {
			for b.Loop() {
				if !accepts(m) {
					b.Fatal()
				}
			}
		})
		b.Run(name+"/nul", func(b *testing.B) {
			for b.Loop() {
				_ = rpc.NULField(m)
			}
		})
		b.Run(name+"/rules", func(b *testing.B) {
			for b.Loop() {
				_ = validator.Validate(m)
			}
		})
	}
}
