package rpc

import (
	"context"

	"google.golang.org/grpc/stats"
)

// callStack is more than the library, the chain and a plain handler need of a stack; the runtime makes 16 KB of it.
const callStack = 9 << 10

// roomy gives the goroutine of a call its stack at once, where gRPC first calls us and only few functions are on it. A goroutine begins
// with 2 KB; left alone it outgrows them several times in the middle of the chain, and each time the runtime walks and moves the deep
// stack: a tenth of a call's processor time (BenchmarkCall). gRPC's stream workers do not help, because the collector shrinks them again.
type roomy struct{ stats.Handler }

// TagRPC is called at the beginning of each call.
func (r roomy) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	growStack(len(info.FullMethodName))
	return r.Handler.TagRPC(ctx, info)
}

// growStack needs so much stack that the runtime grows it. What it answers means nothing: it keeps the array from being optimized away.
//
//go:noinline
func growStack(i int) byte {
	var room [callStack]byte
	return room[uint(i)%callStack]
}
