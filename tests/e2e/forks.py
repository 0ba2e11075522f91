"""Servers that start quickly: one process imports the program, once, and every server is a fork of it.

What runs is what `python -m intercom` runs, in a process of its own with its own environment; what is
spared is the second of imports. The tests of the command line start the program itself.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parents[2]


class Fork:
    """A server's process, as `subprocess.Popen` would have it. Its parent is the one that forked it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        if self.returncode is None:
            self.returncode = _ask({"pid": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises `subprocess.TimeoutExpired`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(f"server {self.pid}", timeout or 0.0)
            time.sleep(0.005)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """`kill -9`."""
        self.send_signal(signal.SIGKILL)


def start(arguments: Sequence[str], env: Mapping[str, str], out: BinaryIO, log: BinaryIO) -> Fork:
    """`python -m intercom` with these arguments, in an environment of its own."""
    return Fork(_ask({"arguments": list(arguments), "env": dict(env)}, out.fileno(), log.fileno()))


def _ask(question: dict[str, Any], *files: int) -> Any:
    channel = _forker()
    socket.send_fds(channel, [json.dumps(question).encode()], files)
    return json.loads(channel.recv(1000))


@functools.cache
def _forker() -> socket.socket:
    """The process that forks; it ends when nobody can ask it any more."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.forks", str(theirs.fileno())],
        cwd=ROOT,
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        # numpy's arithmetic would start a thread for each core, and a fork loses threads
        env={**os.environ, "PYTHONUNBUFFERED": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    return ours


# -- the process that forks ---------------------------------------------------------------------------


def _fork_on_demand(channel: socket.socket) -> None:
    """Fork a server, or say how one ended, until nobody asks any more."""
    import alembic.command
    import uvloop

    import intercom.app
    import intercom.cli

    del alembic, uvloop
    assert len(os.listdir("/proc/self/task")) == 1, "a fork would lose threads"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at the tests' terminal is for the tests
    while True:
        question, files, _, _ = socket.recv_fds(channel, 1_000_000, 2)
        if not question:
            return
        asked = json.loads(question)
        if "pid" in asked:
            gone, status = os.waitpid(asked["pid"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if gone else None
        else:
            answer = os.fork()
            if answer == 0:
                channel.close()
                _become(asked["env"], *files)
                sys.argv = ["intercom", *asked["arguments"]]
                intercom.cli.main()  # ends the process
        for file in files:
            os.close(file)
        channel.send(json.dumps(answer).encode())


def _become(env: Mapping[str, str], out: int, log: int) -> None:
    """Take on the server's environment and files."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(env)
    with open(os.devnull, "rb") as nothing:
        for file, number in ((nothing.fileno(), 0), (out, 1), (log, 2)):
            os.dup2(file, number)
    os.close(out)
    os.close(log)


if __name__ == "__main__":
    _fork_on_demand(socket.socket(fileno=int(sys.argv[1])))
