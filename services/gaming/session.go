package gaming

// Why a session ended.
const (
	endedByPlayer = "PLAYER"
	endedLocked   = "PLAYER_LOCKED"
	endedAdmitted = "PLAYER_ADMITTED" // by a lock that was lifted since
	endedLaunch   = "LAUNCH_FAILED"
)
