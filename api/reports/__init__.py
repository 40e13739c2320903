"""What people report: a foot patrol's photo, a resident's QR code, another system's request."""
