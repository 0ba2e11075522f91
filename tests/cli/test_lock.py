"""The lock of what runs in a house names all that running needs; tests install more and would hide a gap."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import packages_distributions

from tests.e2e.house import ROOT

ROOMS = "intercom.app, intercom.cli, intercom.doctor, intercom.panel.program, intercom.storage.demo"
OPTIONAL = {"uvloop", "rich", "pygments", "requests", "urllib3", "certifi"}
"""Used where they happen to be installed: by us, for colours, by the socket library’s other client."""


def test_everything_that_the_server_and_the_doorstation_import_is_in_the_base_lock() -> None:
    program = f"import {ROOMS}, sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    known = packages_distributions()
    needed = {
        re.sub(r"[-_.]+", "-", known[module][0]).lower() for module in ran.stdout.split() if module in known
    }
    locked = set(
        re.findall(r"^([a-z0-9][a-z0-9-]*)==", (ROOT / "requirements" / "base.txt").read_text(), re.M)
    )
    assert "sqlalchemy" in needed
    assert "greenlet" in needed
    assert needed - locked - OPTIONAL <= {"intercom", "setuptools", "pip"}
