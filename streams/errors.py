"""Errors of sources and sites.

StreamError
├── StreamLost        a source that was open gave up, hung or ended against expectation
├── SourceUnusable    it cannot be opened at all, or holds no video
├── BadSite           the site file or the site that the API sent is not usable
├── OutboxUnwritable  the disk does not take what must not be lost
└── LinkError         the API did not do what it was asked
    ├── ApiAway       no answer, or a server's fault: try again later
    ├── ApiDenied     the token is not accepted (401, 403): a person must act
    └── ApiRefused    the request itself is wrong (other 4xx): repeating it will not help
"""


class StreamError(Exception):
    """The message is safe to show: credentials have been taken out of it."""


class StreamLost(StreamError):
    """Worth reconnecting."""


class SourceUnusable(StreamError):
    """Worth telling the user; a camera is retried all the same, a file is not."""


class BadSite(StreamError):
    """Names every fault and its place."""


class OutboxUnwritable(StreamError):
    """Nothing of the commit is kept; worth trying again."""


class LinkError(StreamError):
    """Names the request and what came back."""


class ApiAway(LinkError):
    """Worth trying again later."""


class ApiDenied(LinkError):
    """Worth telling a person: a new token is needed."""


class ApiRefused(LinkError):
    """Not worth repeating. `status` is the HTTP status, `detail` the API's own words."""

    def __init__(self, message: str, status: int, detail: str) -> None:
        super().__init__(message)
        self.status = status
        self.detail = detail
