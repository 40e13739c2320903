"""An RTSP 1.0 client of our own (RFC 2326) for H.264 and H.265 over TCP, made for receiving many cameras cheaply.

connect (address, redirects) → dialogue (requests, auth) over wire (socket, TLS) → receiver (interleaved frames, RTCP)
→ units and codecs (RTP packets to pictures) → source (what the readers see).
"""
