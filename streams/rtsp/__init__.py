"""An RTSP 1.0 client of our own (RFC 2326) for H.264 and H.265 over TCP, made for receiving many cameras cheaply.

dialogue (requests, auth, redirects) over wire (socket, TLS, buffer) → receiver (interleaved frames, RTP, RTCP)
→ units (access units) → source (what the readers see).
"""
