"""Fences around entrances, as values: a circle or a polygon on the ground, and both as GeoJSON.

A side of a polygon is the shortest way between its corners, so a fence may lie across the antimeridian or
around a pole. `geofence` says whether somebody stands inside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from intercom.domain.errors import Invalid
from intercom.domain.language import N_

RADIUS = 75.0
"""Radius of a circle unless somebody chooses another, in metres."""


class FenceMode(StrEnum):
    """What an entrance's fence decides; see `gate`."""

    OFF = "off"
    """Nothing; no position is asked for."""
    ADVISE = "advise"
    """The resident sees where the visitor stands."""
    ENFORCE = "enforce"
    """Whoever is not at the door neither rings nor is let in."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on the ground, in degrees (WGS 84)."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Circle:
    """All within `radius` metres of `centre`."""

    centre: Spot
    radius: float = RADIUS


@dataclass(frozen=True, slots=True)
class Polygon:
    """All within `outline` and in none of `holes`; the last corner of each is joined to the first."""

    outline: tuple[Spot, ...]
    holes: tuple[tuple[Spot, ...], ...] = ()


Fence = Circle | Polygon


def to_geojson(fence: Fence) -> dict[str, Any]:
    """The fence as a GeoJSON Feature (RFC 7946). GeoJSON has no circle: one is a Point with the property
    `radius`, in metres."""
    match fence:
        case Circle(centre, radius):
            geometry = {"type": "Point", "coordinates": [centre.lon, centre.lat]}
            return {"type": "Feature", "geometry": geometry, "properties": {"radius": radius}}
        case Polygon(outline, holes):
            rings = [[[spot.lon, spot.lat] for spot in (*ring, ring[0])] for ring in (outline, *holes)]
            geometry = {"type": "Polygon", "coordinates": rings}
            return {"type": "Feature", "geometry": geometry, "properties": {}}


def from_geojson(value: object) -> Fence:
    """The fence in a Feature, a FeatureCollection of one, or a bare geometry, as map programs write them.

    Raises `Invalid` with a sentence for `fence`. Whether the fence is of any use is `geofence.checked`'s
    to say.
    """
    feature = _object(value)
    if feature.get("type") == "FeatureCollection":
        feature = _object(_only(feature.get("features")))
    geometry, radius = feature, RADIUS
    if feature.get("type") == "Feature":
        geometry = _object(feature.get("geometry"))
        radius = _object(feature.get("properties") or {}).get("radius", RADIUS)
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Point":
            return Circle(_spot(coordinates), _number(radius))
        case "Polygon":
            return _polygon(coordinates)
        case "MultiPolygon":
            return _polygon(_only(coordinates))
        case _:
            raise Invalid(fence=N_("A fence is one polygon, or one point with a radius."))


def _polygon(coordinates: object) -> Polygon:
    outline, *holes = [_ring(ring) for ring in _list(coordinates)] or [()]
    return Polygon(outline, tuple(holes))


def _ring(value: object) -> tuple[Spot, ...]:
    """Corners without repetition: a ring is closed in GeoJSON, and a double click makes two of one."""
    spots = [_spot(point) for point in _list(value)]
    corners = [spot for before, spot in zip([None, *spots], spots, strict=False) if spot != before]
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    return tuple(corners)


def _spot(value: object) -> Spot:
    point = _list(value)
    if len(point) not in (2, 3):  # the third is a height
        raise _unreadable()
    lon, lat = _number(point[0]), _number(point[1])
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lat) <= 90 and abs(lon) <= 540):
        raise Invalid(fence=N_("A latitude is from −90 to 90, a longitude from −180 to 180."))
    return Spot(lat, lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180)


def _only(value: object) -> object:
    several = _list(value)
    if len(several) != 1:
        raise Invalid(fence=N_("A fence is one area. This has %(count)s.", count=len(several)))
    return several[0]


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _unreadable()
    return cast("Mapping[str, Any]", value)


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise _unreadable()
    return cast("Sequence[object]", value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unreadable()
    try:
        return float(value)
    except OverflowError:  # a whole number of 400 digits
        raise _unreadable() from None


def _unreadable() -> Invalid:
    return Invalid(fence=N_("This is not GeoJSON."))
