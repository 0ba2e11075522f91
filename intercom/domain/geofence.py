"""Is this visitor at the entrance?

A phone says where it is and how far off that may be: a disc in which it is with 95 % (Geolocation API,
`accuracy`). The share of this disc that lies inside the fence decides:

- *inside* from one half: more likely at the door than not.
- *outside* when the disc and the fence have hardly anything in common: a tenth of the smaller one of the
  two. Of the smaller one, because a phone that is right at a small fence but vague has said nothing against
  being there.
- *unknown* between the two, and whenever the position is vague, old or missing. A visitor who walks off
  comes through "unknown" first, so that a step to the side does not end a call.

Everything is computed on a plane around the middle of the fence (azimuthal equidistant projection of a
sphere). The plane has no pole and no antimeridian; within the largest fence it bends a distance by less
than a millionth. That the earth is no sphere makes 0.3 % of a radius.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import shapely

from intercom.domain.errors import Invalid
from intercom.domain.evidence import FRESH, NOTHING, Evidence, Place, Source
from intercom.domain.fence import Circle, Fence, Polygon, Spot
from intercom.domain.language import N_

EARTH = 6_371_008.8
"""Mean radius of the earth, in metres."""
VAGUE = 200.0
"""A position that may be further off than this, in metres, says nothing."""
AHEAD = 5.0
"""How far a phone's clock may be ahead, in seconds."""
SHARPEST = 1.0
"""No phone knows better, in metres, whatever it says."""
INSIDE = 0.5
OUTSIDE = 0.1
MOST_CORNERS = 200
SMALLEST = 5.0
"""Least radius of a circle, in metres."""
LARGEST = 5_000.0
"""How far a fence may reach from its middle, in metres."""
LEAST_AREA = 20.0
"""In square metres."""

_ARC_OF_DISC, _ARC_OF_CIRCLE = 32, 256
"""Corners of a quarter. A circle's are so many because a sharp position may be small beside it."""


@dataclass(frozen=True, slots=True, repr=False)
class Position:
    """Where a phone says it is, in degrees (WGS 84), within `accuracy` metres. `taken_at`: Unix seconds.

    It is judged and dropped: its coordinates do not print, so that no log holds them.
    """

    lat: float
    lon: float
    accuracy: float
    taken_at: float

    def __repr__(self) -> str:
        return "Position(***)"


def judge(fence: Fence, position: Position | None, now: float) -> Place:
    """Where a phone at `position` is, as far as that can be known. Any numbers may be in it."""
    if position is None or not _says_something(position, now):
        return Place.UNKNOWN
    disc, common = overlap(fence, position)
    if common >= INSIDE * disc:
        return Place.INSIDE
    if common <= OUTSIDE * min(disc, _plane(fence).shape.area):
        return Place.OUTSIDE
    return Place.UNKNOWN


def evidence(fence: Fence, position: Position | None, now: float) -> Evidence:
    """The same as evidence. It is as old as the position: a clock that is ahead makes nothing fresher."""
    place = judge(fence, position, now)
    if position is None:
        return NOTHING
    at = now if place is Place.UNKNOWN else min(position.taken_at, now)
    return Evidence(place, Source.POSITION, at)


def _says_something(position: Position, now: float) -> bool:
    # Written so that "not a number" fails each of them.
    return (
        -90 <= position.lat <= 90
        and -180 <= position.lon <= 180
        and 0 <= position.accuracy <= VAGUE
        and -AHEAD <= now - position.taken_at <= FRESH
    )


def overlap(fence: Fence, position: Position) -> tuple[float, float]:
    """The area of the position's disc, and how much of it lies inside the fence; in square metres."""
    plane = _plane(fence)
    radius = max(position.accuracy, SHARPEST)
    spot = Spot(position.lat, position.lon)
    if plane.distance(spot) > plane.reach + radius:
        return math.pi * radius**2, 0.0  # too far off for the plane to be true
    disc = shapely.Point(plane.at(spot)).buffer(radius, quad_segs=_ARC_OF_DISC)
    return disc.area, plane.shape.intersection(disc).area


def checked(fence: Fence) -> Fence:
    """The fence, if a door can be fenced with it. Raises `Invalid` with a sentence for `fence`."""
    match fence:
        case Circle(centre, radius):
            _demand_spots((centre,))
            if not SMALLEST <= radius <= LARGEST:
                raise Invalid(
                    fence=N_(
                        "A radius is from %(least)s to %(most)s metres.",
                        least=f"{SMALLEST:g}",
                        most=f"{LARGEST:g}",
                    )
                )
        case Polygon(outline, holes):
            _demand_corners(outline, holes)
            _demand_shape(outline, holes)
    return fence


def _demand_spots(spots: tuple[Spot, ...]) -> None:
    if not all(abs(spot.lat) <= 90 and abs(spot.lon) <= 180 for spot in spots):
        raise Invalid(fence=N_("A latitude is from −90 to 90, a longitude from −180 to 180."))


def _demand_corners(outline: tuple[Spot, ...], holes: tuple[tuple[Spot, ...], ...]) -> None:
    rings = (outline, *holes)
    if any(len(set(ring)) < 3 for ring in rings):
        raise Invalid(fence=N_("An outline has three corners at least."))
    count = sum(len(ring) for ring in rings)
    if count > MOST_CORNERS:
        raise Invalid(
            fence=N_("%(count)s corners are too many: at most %(most)s.", count=count, most=MOST_CORNERS)
        )
    _demand_spots(tuple(spot for ring in rings for spot in ring))


def _demand_shape(outline: tuple[Spot, ...], holes: tuple[tuple[Spot, ...], ...]) -> None:
    plane = _Plane.around(outline)
    if plane is None or max(plane.distance(spot) for spot in outline) > LARGEST:
        raise Invalid(
            fence=N_(
                "The area is too large: it may reach %(most)s metres from its middle.", most=f"{LARGEST:g}"
            )
        )
    whole = plane.polygon(outline)
    if not whole.is_valid:
        raise Invalid(fence=N_("The sides of the outline cross or touch each other."))
    for hole in (plane.polygon(ring) for ring in holes):
        if not hole.is_valid:
            raise Invalid(fence=N_("The sides of a hole cross or touch each other."))
        if not whole.contains(hole):
            raise Invalid(fence=N_("A hole lies outside the outline."))
    with_holes = plane.polygon(outline, holes)
    if not with_holes.is_valid:
        raise Invalid(fence=N_("Two holes overlap, or one touches the outline."))
    if with_holes.area < LEAST_AREA:
        raise Invalid(
            fence=N_(
                "The area is too small: it needs %(least)s square metres at least.", least=f"{LEAST_AREA:g}"
            )
        )


Vector = tuple[float, float, float]


def _vector(spot: Spot) -> Vector:
    lat, lon = math.radians(spot.lat), math.radians(spot.lon)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@dataclass(frozen=True, slots=True)
class _Plane:
    """The ground around `middle`; `east` and `north` are its axes there, all three of length 1."""

    middle: Vector
    east: Vector
    north: Vector

    @classmethod
    def around(cls, spots: tuple[Spot, ...]) -> _Plane | None:
        """Around the middle of these; None if they lie all over the earth and have none."""
        x, y, z = (sum(axis) for axis in zip(*map(_vector, spots), strict=True))
        length = math.hypot(x, y, z)
        if length < len(spots) / 2:
            return None
        x, y, z = x / length, y / length, z / length
        across = math.hypot(x, y)
        # At a pole every direction is as good as another.
        east = (-y / across, x / across, 0.0) if across else (0.0, 1.0, 0.0)
        north = (-z * east[1], z * east[0], x * east[1] - y * east[0])
        return cls((x, y, z), east, north)

    def distance(self, spot: Spot) -> float:
        """From the middle, in metres."""
        there = _vector(spot)
        return EARTH * math.atan2(math.hypot(*self._sides(there)), _dot(self.middle, there))

    def at(self, spot: Spot) -> tuple[float, float]:
        """Metres to the east and to the north of the middle."""
        there = _vector(spot)
        x, y = self._sides(there)
        sine = math.hypot(x, y)
        if sine == 0.0:
            return 0.0, 0.0
        stretch = EARTH * math.atan2(sine, _dot(self.middle, there)) / sine
        return x * stretch, y * stretch

    def polygon(self, outline: tuple[Spot, ...], holes: tuple[tuple[Spot, ...], ...] = ()) -> shapely.Polygon:
        """On the plane."""
        rings = [[self.at(spot) for spot in ring] for ring in (outline, *holes)]
        return shapely.Polygon(rings[0], rings[1:])

    def _sides(self, there: Vector) -> tuple[float, float]:
        return _dot(self.east, there), _dot(self.north, there)


@dataclass(frozen=True, slots=True)
class _Fenced:
    """A fence on its plane. `reach`: from the middle to the furthest point of it, in metres."""

    plane: _Plane
    shape: shapely.Polygon
    reach: float

    def distance(self, spot: Spot) -> float:
        """From the middle, in metres."""
        return self.plane.distance(spot)

    def at(self, spot: Spot) -> tuple[float, float]:
        """On the plane."""
        return self.plane.at(spot)


@lru_cache(maxsize=512)
def _plane(fence: Fence) -> _Fenced:
    spots = (fence.centre,) if isinstance(fence, Circle) else fence.outline
    plane = _Plane.around(spots)
    if plane is None:
        raise Invalid(fence=N_("The area is too large."))
    if isinstance(fence, Circle):
        return _Fenced(
            plane, shapely.Point(0.0, 0.0).buffer(fence.radius, quad_segs=_ARC_OF_CIRCLE), fence.radius
        )
    reach = max(plane.distance(spot) for spot in fence.outline)
    return _Fenced(plane, plane.polygon(fence.outline, fence.holes), reach)
