"""The log: everything speaks through the standard library; here the lines get their form.

On a terminal structlog colours them. Elsewhere plain formatters write the same lines: a call logs a line at
each of its steps, and through structlog's processors these took a tenth of the server's time.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

import structlog
from aiohttp.http_exceptions import HttpProcessingError

from intercom.config import Settings
from intercom.ports import call_in_hand


def log_to_stderr(settings: Settings) -> None:
    """Log in the settings' form and from their level on; each line names the call in hand."""
    handler = logging.StreamHandler()
    if settings.log_format == "json":
        handler.setFormatter(_Json())
    else:
        handler.setFormatter(_coloured() if sys.stderr.isatty() else _Plain())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("aiosqlite", "alembic", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(_without_what_came_in)


class _Stamped(logging.Formatter):
    """Knows the ISO 8601 time in UTC, written anew once a second."""

    def __init__(self) -> None:
        super().__init__()
        self._second, self._text = 0, ""

    def stamp(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second:
            self._second, self._text = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._text}.{int((record.created - second) * 1_000_000):06}Z"

    def trouble(self, record: logging.LogRecord) -> str:
        """The traceback and the stack that the record carries, or nothing."""
        told = [self.formatException(record.exc_info)] if record.exc_info else []
        if record.stack_info:
            told.append(self.formatStack(record.stack_info))
        return "\n".join(told)


class _Plain(_Stamped):
    def format(self, record: logging.LogRecord) -> str:
        level, message = record.levelname.lower(), record.getMessage()
        line = f"{self.stamp(record)} [{level:<9}] {message:<30} [{record.name}]"
        if call := call_in_hand.get():
            line += f" call={call}"
        if trouble := self.trouble(record):
            line += f"\n{trouble}"
        return line


class _Json(_Stamped):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": self.stamp(record),
        }
        if call := call_in_hand.get():
            line["call"] = call
        if trouble := self.trouble(record):
            line["exception"] = trouble
        return json.dumps(line)


def _coloured() -> logging.Formatter:
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_call,
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback),
        ],
    )


def _with_call(_: Any, __: str, event: Any) -> Any:
    call = call_in_hand.get()
    if call:
        event["call"] = call
    return event


def _without_what_came_in(record: logging.LogRecord) -> bool:
    """A request that cannot be parsed is its sender's fault: no traceback, and not its cookies."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
    return True
