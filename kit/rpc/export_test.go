package rpc

// SharedStreams is how many clients share a stream for their calls.
func (s *Server) SharedStreams() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.answering)
}
