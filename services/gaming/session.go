package gaming

// Why a session ended.
const (
	endedByPlayer = "PLAYER"
	endedLocked   = "PLAYER_LOCKED"
	endedLaunch   = "LAUNCH_FAILED"
)
