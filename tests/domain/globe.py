"""Fences computed another way: by counting points on a sphere, with spherical trigonometry and nothing else.

No plane, no shapely: the disc of a position is strewn with points, and each is asked by great circles
whether it lies inside.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from intercom.domain.fence import Circle, Fence, Polygon, Spot

EARTH = 6_371_008.8
GOLDEN = math.pi * (3 - math.sqrt(5))


def distance(a: Spot, b: Spot) -> float:
    """By the haversine formula, in metres."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    )
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


def bearing(a: Spot, b: Spot) -> float:
    """The way from `a` to `b` at its start, in radians from the north."""
    lat_a, lat_b, east = math.radians(a.lat), math.radians(b.lat), math.radians(b.lon - a.lon)
    return math.atan2(
        math.sin(east) * math.cos(lat_b),
        math.cos(lat_a) * math.sin(lat_b) - math.sin(lat_a) * math.cos(lat_b) * math.cos(east),
    )


def away(a: Spot, metres: float, towards: float) -> Spot:
    """Where one is after going so far from `a`, in a direction in radians from the north."""
    lat, lon, far = math.radians(a.lat), math.radians(a.lon), metres / EARTH
    here = (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
    north = (-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat))
    east = (-math.sin(lon), math.cos(lon), 0.0)
    x, y, z = (
        math.cos(far) * h + math.sin(far) * (math.cos(towards) * n + math.sin(towards) * e)
        for h, n, e in zip(here, north, east, strict=True)
    )
    return Spot(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x)))


def within(ring: tuple[Spot, ...], spot: Spot) -> bool:
    """Whether who stands at `spot` turns round once when they look along the ring."""
    turned = 0.0
    looks = [bearing(spot, corner) for corner in ring]
    for before, after in zip(looks, looks[1:] + looks[:1], strict=True):
        turned += (after - before + math.pi) % (2 * math.pi) - math.pi
    return abs(turned) > math.pi


def inside(fence: Fence, spot: Spot) -> bool:
    match fence:
        case Circle(centre, radius):
            return distance(centre, spot) <= radius
        case Polygon(outline, holes):
            return within(outline, spot) and not any(within(hole, spot) for hole in holes)


def strewn(centre: Spot, radius: float, count: int) -> Iterator[Spot]:
    """Points spread evenly over a disc, as the seeds of a sunflower."""
    for number in range(count):
        yield away(centre, radius * math.sqrt((number + 0.5) / count), number * GOLDEN)


def share(fence: Fence, centre: Spot, radius: float, count: int = 1500) -> float:
    """How much of the disc lies inside, from 0 to 1."""
    return sum(inside(fence, spot) for spot in strewn(centre, radius, count)) / count


def area(fence: Fence) -> float:
    """In square metres: of a cap of the sphere, or of spherical triangles."""
    match fence:
        case Circle(_, radius):
            return 4 * math.pi * EARTH**2 * math.sin(radius / EARTH / 2) ** 2
        case Polygon(outline, holes):
            return abs(_ring_area(outline)) - sum(abs(_ring_area(hole)) for hole in holes)


def _ring_area(ring: tuple[Spot, ...]) -> float:
    first, total = ring[0], 0.0
    for b, c in pairwise(ring[1:]):
        sides = (math.tan(distance(first, spot) / EARTH / 2) for spot in (b, c))
        angle = bearing(first, c) - bearing(first, b)
        both = math.prod(sides)
        total += 2 * math.atan2(both * math.sin(angle), 1 + both * math.cos(angle))
    return total * EARTH**2
