"""The doorstation: what runs on the small computer beside a street door.

A caller like a visitor's browser, without a browser: it signs in with its own key, shows the names
on a terminal, rings, sends the camera's picture while it rings, and talks once somebody accepted.
It knows the house only by its address. Nobody enters this room but the command line, through
`run`, and it enters no other room.

================  ===============================================================
``options``       what it is started with
``program``       the doorstation itself: what happened, what follows, what to say
``link``          the connection to the house, which returns by itself
``identity``      the doorstation's key
``messages``      what the house says, checked
``legs``          one peer connection for each device that rings
``text``          what is written in the call
``picture``       one encoder for all who watch, and the test picture
``sound``         microphone, loudspeaker, how loud
``capture``       cameras and microphones, read by a thread
``media``         what the media libraries leave untyped
``keys``          the terminal as a keypad
``words``         what is printed
``refusals``      what can go wrong
================  ===============================================================
"""

from __future__ import annotations

from typing import TextIO

from .options import PanelOptions

__all__ = ["PanelOptions", "run"]


async def run(options: PanelOptions, out: TextIO | None = None) -> int:
    """Be the doorstation until it is told to stop; returns the exit code.

    0: stopped as asked, or with `once` the call was talked. 1: with `once`, nobody was reached. 2: the
    house does not take this doorstation (wrong or removed key, wrong pairing code, or another
    doorstation took its place). `out` gets the sentences, by default stdout. Must run in the main
    thread, as it listens for SIGINT and SIGTERM, and hangs up before it ends.
    """
    from .program import start  # aiortc takes a second to import: not for every command

    return await start(options, out)
