#!/usr/bin/env python3
"""Copy the pinned third-party browser files from node_modules to web/static/vendor.

The files are served by the intercom itself and never committed.  Each must be exactly the
one that was looked at: its SHA-256 stands in the table below, next to the version that
package.json pins.  Raising a version means raising both.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FROM = ROOT / "node_modules"
TO = ROOT / "web" / "static" / "vendor"

# (file in node_modules, name in web/static/vendor, SHA-256)
FILES = (
    (
        "socket.io-client/dist/socket.io.esm.min.js",
        "socket.io.esm.min.js",
        "771c3872e7d9bf81020615fda67ef0fd2aa61fcaf1990100714a46fa2c39f8a1",
    ),
    (
        "tannin/dist/tannin.min.js",
        "tannin.js",
        "43ea3969899d7fb5f78136d8e56fa21ca142736a443b06e515e9075ace7a0a5e",
    ),
    (
        "tannin/LICENSE.md",
        "tannin.LICENSE.txt",
        "b8b1d5725df1c9cd07dc36ae04969cbba01b85b41b8f6e5b63957ae2278e6ea5",
    ),
    (
        "socket.io-client/LICENSE",
        "socket.io.LICENSE.txt",
        "73cb68c437d59e066f9386ef97be57298df4db119fdbd7d7150817c6dbd9f189",
    ),
    (
        "leaflet/dist/leaflet.js",
        "leaflet.js",
        "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a",
    ),
    (
        "leaflet/dist/leaflet.css",
        "leaflet.css",
        "a7837102824184820dfa198d1ebcd109ff6d0ff9a2672a074b9a1b4d147d04c6",
    ),
    (
        "leaflet/LICENSE",
        "leaflet.LICENSE.txt",
        "53e8dc25862014e4324741ca18fbe3611e11d42ef69f59f86ea8c5389647d4cb",
    ),
    (
        "@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.min.js",
        "leaflet-geoman.js",
        "20d0ba38069526be959287b8ae13234f660f92db28de86782ebcad028dda9ed3",
    ),
    (
        "@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.css",
        "leaflet-geoman.css",
        "a0df8e0f6301f9f71d772b2c61913bb9094ae0735fd2223ccd1aecd871ea250c",
    ),
    (
        "@geoman-io/leaflet-geoman-free/LICENSE",
        "leaflet-geoman.LICENSE.txt",
        "b8f81bc43788014a8be76982feb763d554b5b5218a1797fe4bedffd4df22e067",
    ),
)

# The package's bundle is a script that makes a global; our pages load modules.
ENDINGS = {"tannin.js": b"\nexport default Tannin;\n"}


def vendor() -> None:
    """Put every file of the table in its place, or stop with one sentence."""
    TO.mkdir(parents=True, exist_ok=True)
    for source, name, expected in FILES:
        try:
            content = (FROM / source).read_bytes()
        except OSError:
            raise SystemExit(f"{source} is not in node_modules: run scripts/setup.sh first.") from None
        found = hashlib.sha256(content).hexdigest()
        if found != expected:
            raise SystemExit(
                f"{source} is not the pinned file (SHA-256 {found[:12]}…, expected {expected[:12]}…): "
                "if its version was raised on purpose, put the new sum into scripts/vendor_web.py."
            )
        # Written beside and moved, so that a running server never sends half a file.
        half = TO / f".{name}.{os.getpid()}"
        half.write_bytes(content + ENDINGS.get(name, b""))
        half.replace(TO / name)


if __name__ == "__main__":
    try:
        vendor()
    except OSError as fault:
        sys.exit(f"The browser files could not be written to web/static/vendor: {fault.strerror}.")
