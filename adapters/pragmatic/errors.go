package pragmatic

import "errors"

// errInternal says that the provider answered with an error of its own.
var errInternal = errors.New("pragmatic: the provider answered internal error")
