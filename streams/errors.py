"""Errors of sources and sites.

StreamError
├── StreamLost        a source that was open gave up, hung or ended against expectation
├── SourceUnusable    it cannot be opened at all, or holds no video
└── BadSite           the site file or the site that the API sent is not usable
"""


class StreamError(Exception):
    """The message is safe to show: credentials have been taken out of it."""


class StreamLost(StreamError):
    """Worth reconnecting."""


class SourceUnusable(StreamError):
    """Worth telling the user; a camera is retried all the same, a file is not."""


class BadSite(StreamError):
    """Names every fault and its place."""
