"""What the log looks like: lines for people, or one JSON object a line for a collector."""

from __future__ import annotations

import json
import logging
import logging.config
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """``{"at", "level", "logger", "message"}``, with ``error``, the trace, where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, str] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(log_format: str, level: str) -> None:
    """For the whole process, on standard error. Servers' own loggers follow."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "plain": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"},
                "json": {"()": JsonLines},
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": log_format}},
            "root": {"handlers": ["stderr"], "level": level.upper()},
            # Its lines on each request to another server would drown ours.
            "loggers": {"httpx": {"level": "WARNING"}, "alembic": {"level": "WARNING"}},
        }
    )
