"""What was carried out, on disk: one command turns one lock once, whoever repeats it or restarts."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from intercom.domain.ids import LockId, RequestId

log = logging.getLogger(__name__)


class Journal:
    """A file to which each carried-out command is appended, one JSON line with `request`, `lock` and `at`,
    flushed to disk before the lock turns. Read once, when it is opened."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._done: set[str] = set()
        self._torn = False  # the last line may lack its end: the next one starts anew
        if file.exists():
            written = file.read_bytes()
            self._torn = bool(written) and not written.endswith(b"\n")
            for line in written.splitlines():
                try:
                    self._done.add(json.loads(line)["request"])
                except (ValueError, KeyError, TypeError):
                    log.warning("a line of the door journal cannot be read")  # torn by a power cut

    def __contains__(self, request: RequestId) -> bool:
        return request in self._done

    def record(self, lock: LockId, request: RequestId, at: float) -> None:
        """On disk when this returns. Raises `OSError`."""
        line = json.dumps({"request": request, "lock": lock, "at": at}) + "\n"
        data = ("\n" + line if self._torn else line).encode()
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            self._torn = True
            if os.write(handle, data) < len(data):
                raise OSError("the disk is full")
            os.fsync(handle)
            self._torn = False
        finally:
            os.close(handle)
        self._done.add(request)
