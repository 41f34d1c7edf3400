package simulate

// Rounds is how many rounds a test plays: ten million, two in short runs.
func Rounds(short bool) int64 {
	if short {
		return 2_000_000
	}
	return 10_000_000
}
