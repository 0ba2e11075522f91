"""The log: everything speaks through the standard library; structlog only gives the lines their form."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from intercom.config import Settings
from intercom.ports import call_in_hand


def log_to_stderr(settings: Settings) -> None:
    """Log in the settings' form and from their level on; each line names the call in hand."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_call,
    ]
    as_json = settings.log_format == "json"
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if as_json else []),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("aiosqlite", "alembic", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _with_call(_: Any, __: str, event: Any) -> Any:
    call = call_in_hand.get()
    if call:
        event["call"] = call
    return event
