package rpc

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
)

// maxStates bounds an automaton; the patterns of our requests need 40 at most.
const maxStates = 255

// automaton matches a text against a pattern with one look per byte, where the regexp package tries and goes back: amounts, currencies and ids are
// matched in every call. It knows no letters beyond ASCII, and says of them that they do not match.
type automaton struct {
	next   [][128]uint8 // state 0 has no way out
	accept []bool
}

// newAutomaton returns nil for a pattern that is too large, or looks at more than the beginning and the end of the text.
func newAutomaton(pattern string) *automaton {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil || prog.StartCond()&syntax.EmptyBeginText == 0 {
		return nil
	}
	for _, i := range prog.Inst {
		if i.Op == syntax.InstEmptyWidth && i.Arg != uint32(syntax.EmptyBeginText) && i.Arg != uint32(syntax.EmptyEndText) {
			return nil
		}
	}
	a := &automaton{next: make([][128]uint8, 1), accept: make([]bool, 1)}
	numbers := map[string]uint8{"": 0}
	var kernels [][]uint32 // of state i at i-1: where the program goes on
	number := func(kernel []uint32) (uint8, bool) {
		key := ""
		for _, pc := range kernel {
			key = string(binary.BigEndian.AppendUint32([]byte(key), pc))
		}
		if n, ok := numbers[key]; ok {
			return n, true
		}
		if len(a.next) > maxStates {
			return 0, false
		}
		n := uint8(len(a.next)) //nolint:gosec // bounded
		numbers[key] = n
		kernels = append(kernels, kernel)
		a.next, a.accept = append(a.next, [128]uint8{}), append(a.accept, false)
		return n, true
	}
	number([]uint32{uint32(prog.Start)}) //nolint:gosec // small
	numbers = map[string]uint8{"": 0}    // nothing leads back to it: it alone is at the beginning of the text
	for s := 1; s <= len(kernels); s++ {
		var at syntax.EmptyOp
		if s == 1 {
			at = syntax.EmptyBeginText
		}
		here, match := reach(prog, kernels[s-1], at)
		if match {
			return nil // whatever follows
		}
		_, a.accept[s] = reach(prog, kernels[s-1], at|syntax.EmptyEndText)
		for c := range 128 {
			var kernel []uint32
			for _, pc := range here {
				if i := &prog.Inst[pc]; i.MatchRune(rune(c)) && !slices.Contains(kernel, i.Out) {
					kernel = append(kernel, i.Out)
				}
			}
			slices.Sort(kernel)
			n, ok := number(kernel)
			if !ok {
				return nil
			}
			a.next[s][c] = n
		}
	}
	return a
}

// reach returns the instructions for a next letter that the program comes to without one, and whether it comes to a match.
func reach(prog *syntax.Prog, from []uint32, at syntax.EmptyOp) (letters []uint32, match bool) {
	seen := make([]bool, len(prog.Inst))
	todo := slices.Clone(from)
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch i := &prog.Inst[pc]; i.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, i.Out, i.Arg)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, i.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(i.Arg)&^at == 0 { //nolint:gosec // a set of few bits
				todo = append(todo, i.Out)
			}
		case syntax.InstMatch:
			match = true
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			letters = append(letters, pc)
		case syntax.InstFail:
		}
	}
	return letters, match
}

func (a *automaton) matches(s string) bool {
	state := uint8(1)
	for i := range len(s) {
		if s[i] >= 128 {
			return false
		}
		state = a.next[state][s[i]]
	}
	return a.accept[state]
}
