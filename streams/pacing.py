"""How a camera is to be looked at: told by the threads that infer, taken by the thread that reads."""

from __future__ import annotations

from streams.decoding.decode import Decoder

# From this rate on somebody waits for the looks: the receiver wakes more often.
_URGENT_HZ = 1.5
# An appointment is prepared for so long before: the receiver wakes more often, and dense decoding begins.
_EXPECTED_S = 1.5


class Pacing:
    """The rate wanted, and the media time of a look that decides something. `ask` is for any thread, `apply` and
    `reconnected` for the reading one."""

    def __init__(self, looks_per_s: float) -> None:
        self.looks_per_s = looks_per_s
        # One value, read once: it is written by the threads that infer.
        self._appointment: tuple[float, bool] | None = None
        self._taken: tuple[float, bool] | None = None

    def ask(self, looks_per_s: float, appointment_s: float | None, at_once: bool) -> bool:
        """Whether somebody begins to wait for the looks."""
        begins = looks_per_s >= _URGENT_HZ > self.looks_per_s
        self.looks_per_s = looks_per_s
        self._appointment = None if appointment_s is None else (appointment_s, at_once)
        return begins

    def reconnected(self) -> None:
        """An appointment was of another session's media time."""
        self._appointment = None

    def apply(self, decoder: Decoder) -> bool:
        """Hand on to the decoder what it should know by now; whether somebody waits."""
        if decoder.looks_per_s != self.looks_per_s:
            decoder.looks_per_s = self.looks_per_s
        appointment = self._appointment
        if appointment is not None and appointment is not self._taken:
            at_s, at_once = appointment
            if decoder.media_s >= at_s - _EXPECTED_S:
                self._taken = appointment
                decoder.appointment.at_s, decoder.appointment.at_once = at_s, at_once
        return decoder.appointment.at_s is not None or self.looks_per_s >= _URGENT_HZ
