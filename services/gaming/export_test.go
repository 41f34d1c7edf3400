package gaming

// RequestID is requestID: the wallet's key of a step.
var RequestID = requestID
