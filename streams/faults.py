"""A fault that repeats is logged once and then as a rate."""

from __future__ import annotations

import logging

from streams.clock import Clock

_EVERY_S = 60.0


class FaultLog:
    """Logs the first of a run of equal faults at once, and the rest once a minute with their number.

    One owner thread. The texts must have been scrubbed of credentials.
    """

    def __init__(self, logger: logging.Logger, clock: Clock, subject: str) -> None:
        self._logger = logger
        self._clock = clock
        self._subject = subject
        self._text = ""
        self._unsaid = 0
        self._said_at_s = 0.0

    def fault(self, text: str, level: int = logging.WARNING) -> None:
        now_s = self._clock.monotonic_s()
        if text != self._text or now_s - self._said_at_s >= _EVERY_S:
            again = (
                f" ({self._unsaid + 1} times more in {now_s - self._said_at_s:.0f} s)"
                if self._unsaid and text == self._text
                else ""
            )
            self._logger.log(level, "%s: %s%s", self._subject, text, again)
            self._text, self._unsaid, self._said_at_s = text, 0, now_s
        else:
            self._unsaid += 1

    def over(self, text: str) -> None:
        """The trouble has passed; says so only if there was any."""
        if self._text:
            self._logger.info("%s: %s", self._subject, text)
            self._text, self._unsaid = "", 0
