"""Turns that opening a camera may take: nothing is wrong with it, but it goes on elsewhere."""

from __future__ import annotations


class NotOurs(Exception):
    """FFmpeg must receive it. The message says why."""


class TcpRefused(NotOurs):
    """The camera does not send over TCP."""


class Redirected(Exception):
    """To another address; carries it."""
