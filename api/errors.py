"""Errors of the API, and how they leave it: RFC 9457 problem documents.

ApiError
├── BadRequest       400  the request cannot be read
├── NotSignedIn      401  nobody, or a token or session that is not (any more) good
│   └── NeedsCode    401  the password was right: the second factor is asked for
├── NotAllowed       403  somebody who may not do this
├── NotFound         404  nothing here, or nothing that the caller may see
├── WrongState       409  the ticket's state does not allow the command
├── VersionChanged   412  If-Match named an older version
├── NeedsVersion     428  this changes what others change too: say which version was seen, by If-Match
├── TooLarge         413  more bytes than this route takes
├── Unprocessable    422  readable, and wrong: `errors` names each fault
├── TooManyAttempts  429  sign-in attempts; `retry_after_s` says when to come back
└── Unavailable      503  the server lacks what this needs; its operator can help
"""

from __future__ import annotations

from typing import Any, ClassVar


class ApiError(Exception):
    """`detail` is shown to the caller: what was expected, what came, what to do. Never a secret."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "The server failed"

    def __init__(self, detail: str, headers: dict[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}
        self.members = members


class BadRequest(ApiError):
    status, slug, title = 400, "bad-request", "The request cannot be read"


class NotSignedIn(ApiError):
    status, slug, title = 401, "not-signed-in", "Sign in first"

    def __init__(self, detail: str = "this needs a session cookie or a bearer token") -> None:
        super().__init__(detail, {"WWW-Authenticate": 'Bearer realm="sanxun"'})


class NeedsCode(NotSignedIn):
    """`wrong` where a code was given and is not good."""

    slug, title = "second-factor", "A code is needed as well"

    def __init__(self, *, wrong: bool) -> None:
        told = "this code is wrong or was used before" if wrong else "this account asks for a code as well"
        super().__init__(f"{told}; send the authenticator app's six digits, or a recovery code, as `code`")
        self.members = {"code_was_wrong": wrong}


class NotAllowed(ApiError):
    status, slug, title = 403, "not-allowed", "Not allowed for this role"


class NotFound(ApiError):
    status, slug, title = 404, "not-found", "Nothing here"


class WrongState(ApiError):
    status, slug, title = 409, "wrong-state", "The state does not allow this"


class VersionChanged(ApiError):
    status, slug, title = 412, "version-changed", "It has changed meanwhile"


class NeedsVersion(ApiError):
    status, slug, title = 428, "version-needed", "Say which version you saw"


class TooLarge(ApiError):
    status, slug, title = 413, "too-large", "Too many bytes"


class Unprocessable(ApiError):
    status, slug, title = 422, "unprocessable", "The content is wrong"

    def __init__(self, detail: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(detail, errors=errors or [])


class TooManyAttempts(ApiError):
    status, slug, title = 429, "too-many-attempts", "Too many attempts"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail, {"Retry-After": str(retry_after_s)})


class Unavailable(ApiError):
    status, slug, title = 503, "unavailable", "The server lacks what this needs"
