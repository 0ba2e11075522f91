"""A real TURN server (coturn) on loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

SECRET = "a secret that coturn and the house share"


class TurnServer:
    """coturn with time-limited credentials, relaying between loopback addresses: for tests only."""

    def __init__(self, folder: Path, *, quota: int = 24) -> None:
        program = shutil.which("turnserver")
        assert program, "these tests need coturn: scripts/setup.sh test installs it"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        low = 40_000 + self.port % 20_000
        self._words = [
            program,
            *("-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={self.port}"),
            *(f"--min-port={low}", f"--max-port={low + 400}", "--realm=intercom.test", "--fingerprint"),
            *("--use-auth-secret", f"--static-auth-secret={SECRET}", "--allow-loopback-peers"),
            *("--no-tls", "--no-dtls", "--no-cli", "--no-multicast-peers", f"--user-quota={quota}"),
            *(f"--pidfile={folder / 'turn.pid'}", f"--userdb={folder / 'turn.db'}"),
            *("--log-file=stdout", "--simple-log", "--verbose"),
        ]
        self.log = folder / "turn.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def urls(self) -> tuple[str, str]:
        """By UDP first, as panels want it, then by TCP."""
        base = f"turn:127.0.0.1:{self.port}?transport="
        return f"{base}udp", f"{base}tcp"

    def __enter__(self) -> TurnServer:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(self._words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            assert self._process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise TimeoutError("coturn does not listen")

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    @property
    def said(self) -> str:
        """Its log."""
        return self.log.read_text(errors="replace")
