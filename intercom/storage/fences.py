"""The columns of an entrance's fence: its mode, and the fence as GeoJSON."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import RowMapping

from intercom.domain.fence import Fence, FenceMode, from_geojson, to_geojson
from intercom.domain.phonebook import Entrance


def fence_columns(entrance: Entrance) -> dict[str, Any]:
    """What is stored."""
    fence = entrance.fence
    drawn = None if fence is None else orjson.dumps(to_geojson(fence)).decode()
    return {"fence_mode": entrance.fence_mode.value, "fence": drawn}


def fence_of(row: RowMapping) -> tuple[FenceMode, Fence | None]:
    """What was stored."""
    fence = None if row["fence"] is None else from_geojson(orjson.loads(row["fence"]))
    return FenceMode(row["fence_mode"]), fence
