package stripe

import (
	"crypto/tls"
	"errors"
)

// isCertificateError says whether the other end could not prove who it is.
func isCertificateError(err error) bool {
	var v *tls.CertificateVerificationError
	return errors.As(err, &v)
}
