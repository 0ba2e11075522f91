"""Fences against another computation (`globe`), and against numbers that no honest phone would send."""

from __future__ import annotations

import logging
import math
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intercom.domain.errors import Invalid
from intercom.domain.evidence import AT_THE_PANEL, FRESH, NOTHING, Evidence, Place, Source
from intercom.domain.fence import Circle, Fence, FenceMode, Polygon, Spot, from_geojson, to_geojson
from intercom.domain.gate import Gate, allowed, place_now
from intercom.domain.geofence import (
    AHEAD,
    INSIDE,
    MOST_CORNERS,
    OUTSIDE,
    SHARPEST,
    VAGUE,
    Position,
    checked,
    evidence,
    judge,
    overlap,
)
from tests.domain import globe

NOW = 1_800_000_000.0
DOOR = Spot(47.37712, 8.54038)

middles = st.builds(
    Spot,
    st.one_of(st.floats(-90, 90), st.sampled_from([90.0, -90.0, 89.9999, -89.9995, 0.0])),
    st.one_of(st.floats(-180, 180), st.sampled_from([180.0, -180.0, 179.9999, -179.9999, 0.0])),
)


@st.composite
def rings(draw: st.DrawFn, middle: Spot, size: float) -> tuple[Spot, ...]:
    """A star around `middle`, so that its sides do not cross."""
    count = draw(st.integers(3, 9))
    turn = 2 * math.pi / count
    bends = draw(st.lists(st.floats(-0.2, 0.2), min_size=count, max_size=count))
    lengths = draw(st.lists(st.floats(0.5, 1), min_size=count, max_size=count))
    start = draw(st.floats(0, 2 * math.pi))
    return tuple(
        globe.away(middle, size * length, start + turn * (number + bend))
        for number, (bend, length) in enumerate(zip(bends, lengths, strict=True))
    )


@st.composite
def polygons(draw: st.DrawFn, middle: Spot, size: float) -> Polygon:
    outline = draw(rings(middle, size))
    if not draw(st.booleans()):
        return Polygon(outline)
    # Of the narrowest star so much is everywhere within.
    return Polygon(outline, (draw(rings(middle, size * 0.04)),))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Fence, Spot, float]:
    """A fence, and a position near it."""
    middle, size = draw(middles), draw(st.sampled_from([20.0, 75.0, 300.0, 4_000.0]))
    fence: Fence = Circle(middle, size) if draw(st.booleans()) else draw(polygons(middle, size))
    far, towards = draw(st.floats(0, 1.6)), draw(st.floats(0, 2 * math.pi))
    accuracy = draw(st.one_of(st.floats(0, VAGUE), st.sampled_from([0.0, 0.5, 20.0, size, VAGUE])))
    return fence, globe.away(middle, far * size, towards), min(accuracy, VAGUE)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_the_overlap_is_what_counting_points_on_a_sphere_gives(case: tuple[Fence, Spot, float]) -> None:
    fence, spot, accuracy = case
    checked(fence)
    disc, common = overlap(fence, Position(spot.lat, spot.lon, accuracy, NOW))
    radius = max(accuracy, SHARPEST)
    assert disc == pytest.approx(math.pi * radius**2, rel=0.001)
    share = globe.share(fence, spot, radius)
    assert common / disc == pytest.approx(share, abs=0.02)

    place = judge(fence, Position(spot.lat, spot.lon, accuracy, NOW), NOW)
    of_smaller = share * disc / min(disc, globe.area(fence))
    if share > INSIDE + 0.02:
        assert place is Place.INSIDE
    elif share < INSIDE - 0.02:
        assert place is not Place.INSIDE
    slack = 0.02 * max(1.0, disc / globe.area(fence))
    if of_smaller > OUTSIDE + slack:
        assert place is not Place.OUTSIDE
    elif of_smaller < OUTSIDE - slack and share < INSIDE - 0.02:
        assert place is Place.OUTSIDE


@pytest.mark.parametrize(
    "middle",
    [DOOR, Spot(90.0, 0.0), Spot(-90.0, 33.0), Spot(89.9996, -120.0), Spot(-16.5, 180.0), Spot(0.0, -180.0)],
    ids=[
        "a town",
        "north pole",
        "south pole",
        "beside a pole",
        "antimeridian",
        "antimeridian at the equator",
    ],
)
def test_a_fence_is_the_same_everywhere_on_earth(middle: Spot) -> None:
    ring = tuple(globe.away(middle, 60, math.radians(turn)) for turn in (0, 72, 144, 216, 288))
    hole = tuple(globe.away(middle, 15, math.radians(turn)) for turn in (10, 130, 250))
    fence = checked(Polygon(ring, (hole,)))

    def at(metres: float, turn: float, accuracy: float = 3) -> Place:
        spot = globe.away(middle, metres, math.radians(turn))
        return judge(fence, Position(spot.lat, spot.lon, accuracy, NOW), NOW)

    assert at(0, 0) is Place.OUTSIDE, "in the hole"
    assert {at(30, turn) for turn in range(0, 360, 30)} == {Place.INSIDE}
    assert {at(70, turn) for turn in range(0, 360, 30)} == {Place.OUTSIDE}
    assert {at(5_000_000, turn) for turn in range(0, 360, 30)} == {Place.OUTSIDE}
    assert at(math.pi * globe.EARTH, 0) is Place.OUTSIDE, "at the other end of the earth"
    assert at(48.6, 36, accuracy=10) is Place.UNKNOWN, "on a side"


def test_who_is_vague_at_a_small_fence_is_not_called_outside() -> None:
    small = Circle(DOOR, 10)
    at = Position(DOOR.lat, DOOR.lon, 60, NOW)
    assert judge(small, at, NOW) is Place.UNKNOWN
    assert judge(small, replace(at, accuracy=14), NOW) is Place.INSIDE
    away = globe.away(DOOR, 80, 1.0)
    assert judge(small, Position(away.lat, away.lon, 60, NOW), NOW) is Place.OUTSIDE


@pytest.mark.parametrize(
    "change",
    [
        {"accuracy": VAGUE + 0.1},
        {"accuracy": -1.0},
        {"accuracy": math.nan},
        {"accuracy": math.inf},
        {"taken_at": NOW - FRESH - 0.1},
        {"taken_at": NOW + AHEAD + 0.1},
        {"taken_at": math.nan},
        {"taken_at": -math.inf},
        {"lat": math.nan},
        {"lat": 90.01},
        {"lon": math.inf},
        {"lon": -180.01},
    ],
    ids=str,
)
def test_a_position_that_says_nothing_is_unknown(change: dict[str, float]) -> None:
    good = Position(DOOR.lat, DOOR.lon, 10, NOW)
    assert judge(Circle(DOOR), good, NOW) is Place.INSIDE
    assert judge(Circle(DOOR), replace(good, **change), NOW) is Place.UNKNOWN


def test_no_position_is_unknown_and_no_evidence() -> None:
    assert judge(Circle(DOOR), None, NOW) is Place.UNKNOWN
    assert evidence(Circle(DOOR), None, NOW) == NOTHING


anything = st.one_of(
    st.floats(), st.floats(-90, 90), st.sampled_from([DOOR.lat, DOOR.lon, NOW, NOW + 1, NOW - 59])
)


@given(
    fence=st.sampled_from(
        [Circle(DOOR), Polygon((Spot(47.378, 8.54), Spot(47.378, 8.542), Spot(47.376, 8.541)))]
    ),
    position=st.none() | st.builds(Position, anything, anything, anything, anything),
    mode=st.sampled_from(FenceMode),
    later=st.floats(0, 1e6),
)
def test_a_forged_position_gains_nothing_that_policy_does_not_give(
    fence: Fence, position: Position | None, mode: FenceMode, later: float
) -> None:
    """The best that any numbers bring about is what an honest phone at the door gets: the same answer,
    and not a second longer."""
    middle = fence.centre if isinstance(fence, Circle) else Spot(47.377, 8.541)
    honest = evidence(fence, Position(middle.lat, middle.lon, 5, NOW), NOW)
    forged = evidence(fence, position, NOW)
    assert forged.source in (Source.POSITION, Source.NONE)
    assert forged.at <= NOW
    given, due = allowed(mode, forged, NOW + later), allowed(mode, honest, NOW + later)
    assert given is not Gate.OK or due is Gate.OK
    if mode is not FenceMode.ENFORCE:
        assert given is due is Gate.OK


def test_the_gate_in_every_mode() -> None:
    def says(mode: FenceMode, place: Place, age: float, source: Source = Source.POSITION) -> Gate:
        return allowed(mode, Evidence(place, source, NOW - age), NOW)

    for place in Place:
        for age in (0.0, FRESH + 1):
            assert says(FenceMode.OFF, place, age) is Gate.OK
            assert says(FenceMode.ADVISE, place, age) is Gate.OK
    enforce = FenceMode.ENFORCE
    assert says(enforce, Place.INSIDE, 0) is Gate.OK
    assert says(enforce, Place.INSIDE, FRESH) is Gate.OK
    assert says(enforce, Place.INSIDE, FRESH + 0.1) is Gate.UNKNOWN
    assert says(enforce, Place.OUTSIDE, 0) is Gate.OUTSIDE
    assert says(enforce, Place.OUTSIDE, FRESH + 0.1) is Gate.UNKNOWN
    assert says(enforce, Place.UNKNOWN, 0) is Gate.UNKNOWN
    for other in (Source.SCAN, Source.WORD):
        assert says(enforce, Place.INSIDE, 1, other) is Gate.OK
        assert says(enforce, Place.INSIDE, FRESH + 1, other) is Gate.UNKNOWN
    assert says(enforce, Place.INSIDE, 0, Source.NONE) is Gate.UNKNOWN, "somewhere, nobody knows how"
    assert says(enforce, Place.INSIDE, math.nan) is Gate.UNKNOWN
    assert allowed(enforce, NOTHING, NOW) is Gate.UNKNOWN
    assert allowed(enforce, AT_THE_PANEL, NOW) is Gate.OK, "a panel is at its door by nature"
    assert place_now(Evidence(Place.INSIDE, Source.WORD, NOW), NOW + 61) is Place.UNKNOWN


def test_coordinates_do_not_print(caplog: pytest.LogCaptureFixture) -> None:
    position = Position(47.123456, 8.654321, 12.5, NOW)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("intercom").warning("%s %r", position, [position])
        kept = repr(evidence(Circle(Spot(47.123456, 8.654321)), position, NOW))
    for said in (caplog.text, kept, f"{position}"):
        assert "47.1" not in said
        assert "8.65" not in said


def box(middle: Spot, half: float) -> tuple[Spot, ...]:
    return tuple(globe.away(middle, half * math.sqrt(2), math.radians(turn)) for turn in (45, 135, 225, 315))


SMALL, LARGE = box(DOOR, 5), box(DOOR, 50)


@pytest.mark.parametrize(
    ("fence", "why"),
    [
        (Circle(DOOR, 4.9), "from 5 to 5000"),
        (Circle(DOOR, 5001), "from 5 to 5000"),
        (Circle(DOOR, math.nan), "from 5 to 5000"),
        (Circle(Spot(91, 0)), "latitude"),
        (Circle(Spot(0, math.nan)), "latitude"),
        (Polygon(()), "three corners"),
        (Polygon(LARGE[:2]), "three corners"),
        (Polygon((LARGE[0], LARGE[1], LARGE[0], LARGE[1])), "three corners"),
        (Polygon(LARGE, (SMALL[:2],)), "three corners"),
        (Polygon((*LARGE, Spot(math.inf, 0))), "latitude"),
        (Polygon(tuple(globe.away(DOOR, 90, n / 40) for n in range(MOST_CORNERS + 1))), "201 corners"),
        (Polygon((LARGE[0], LARGE[2], LARGE[1], LARGE[3])), "cross or touch"),
        (Polygon(box(DOOR, 4000)), "too large"),
        (Polygon((Spot(0, 0), Spot(0, 120), Spot(0, -120))), "too large"),
        (Polygon(box(DOOR, 2)), "too small"),
        (Polygon((DOOR, globe.away(DOOR, 20, 1), globe.away(DOOR, 40, 1))), "too small|cross or touch"),
        (Polygon(LARGE, ((SMALL[0], SMALL[2], SMALL[1], SMALL[3]),)), "sides of a hole"),
        (Polygon(SMALL, (LARGE,)), "outside the outline"),
        (Polygon(LARGE, (box(globe.away(DOOR, 50, math.pi / 2), 5),)), "outside the outline"),
        (Polygon(LARGE, (SMALL, box(globe.away(DOOR, 3, 1), 5))), "overlap"),
        (Polygon(LARGE, (LARGE,)), "touches the outline|too small"),
    ],
)
def test_a_fence_that_is_none_is_refused_with_a_sentence(fence: Fence, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(fence)
    assert re.search(why, str(refused.value.details["fields"]["fence"]))


def test_a_fence_around_a_pole_and_one_across_the_antimeridian_are_as_good_as_any() -> None:
    for middle in (Spot(90, 0), Spot(-90, 0), Spot(-17, 180)):
        checked(Polygon(box(middle, 50), (box(middle, 5),)))


@settings(max_examples=60)
@given(cases())
def test_geojson_gives_back_what_it_was_given(case: tuple[Fence, Spot, float]) -> None:
    fence = case[0]
    assert from_geojson(to_geojson(fence)) == fence


RING = [[8.0, 47.0], [8.001, 47.0], [8.001, 47.001], [8.0, 47.0]]
CORNERS = (Spot(47, 8), Spot(47, 8.001), Spot(47.001, 8.001))


@pytest.mark.parametrize(
    "value",
    [
        {"type": "Polygon", "coordinates": [RING]},
        {"type": "Polygon", "coordinates": [RING[:-1]]},
        {"type": "Polygon", "coordinates": [[RING[0], *RING]]},
        {"type": "Polygon", "coordinates": [[[*point, 412.0] for point in RING]]},
        {"type": "Polygon", "coordinates": [[[lon + 360, lat] for lon, lat in RING]]},
        {"type": "MultiPolygon", "coordinates": [[RING]]},
        {"type": "Feature", "properties": None, "geometry": {"type": "Polygon", "coordinates": [RING]}},
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [RING]}}],
        },
    ],
    ids=["bare", "open", "doubled", "with heights", "once around", "multi of one", "feature", "collection"],
)
def test_geojson_is_read_as_map_programs_write_it(value: object) -> None:
    fence = from_geojson(value)
    assert isinstance(fence, Polygon)
    assert [(spot.lat, pytest.approx(spot.lon)) for spot in CORNERS] == [
        (spot.lat, spot.lon) for spot in fence.outline
    ]


def test_a_point_is_a_circle_of_the_usual_radius_or_its_own() -> None:
    point = {"type": "Point", "coordinates": [8, 47]}
    assert from_geojson(point) == Circle(Spot(47, 8), 75.0)
    assert from_geojson({"type": "Feature", "geometry": point, "properties": {"radius": 30}}) == Circle(
        Spot(47, 8), 30.0
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "geometry", "features", "properties", "radius", "x"]),
            inner | st.sampled_from(["Point", "Polygon", "MultiPolygon", "Feature", "FeatureCollection"]),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(json_values)
def test_whatever_is_pasted_becomes_a_good_fence_or_a_sentence(value: object) -> None:
    try:
        fence = checked(from_geojson(value))
    except Invalid as refused:
        said = refused.details["fields"]["fence"]
    else:
        said = judge(fence, Position(0, 0, 10, NOW), NOW)
    assert said


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "not GeoJSON"),
        ([], "not GeoJSON"),
        ({"type": "LineString", "coordinates": RING}, "one polygon"),
        ({"type": "MultiPolygon", "coordinates": [[RING], [RING]]}, "This has 2"),
        ({"type": "FeatureCollection", "features": []}, "This has 0"),
        ({"type": "Point", "coordinates": [8, True]}, "not GeoJSON"),
        ({"type": "Point", "coordinates": [10**400, 1]}, "not GeoJSON"),
        ({"type": "Point", "coordinates": [47.3, 95.0]}, "latitude"),
    ],
)
def test_other_geojson_is_refused_with_a_sentence(value: object, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        from_geojson(value)
    assert why in str(refused.value.details["fields"]["fence"])


def test_only_one_domain_file_knows_the_geometry_library() -> None:
    folder = Path(sys.modules["intercom.domain"].__file__ or "").parent
    knows = [file.name for file in folder.glob("*.py") if "import shapely" in file.read_text("utf-8")]
    assert knows == ["geofence.py"]
