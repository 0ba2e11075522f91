"""The picture is drawn, encoded once for all viewers, and not at all for nobody."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from av import CodecContext, VideoFrame
from av.packet import Packet

from intercom.panel.picture import QUEUE, SharedVp8Source, TestPicture, Viewer, Vp8Encoder, fit


async def _take(viewer: Viewer, count: int) -> list[Packet]:
    return [await asyncio.wait_for(viewer.recv(), 3) for _ in range(count)]


def _decoded(packets: list[Packet]) -> list[VideoFrame]:
    decoder = CodecContext.create("libvpx", "r")
    return [frame for packet in packets for frame in decoder.decode(Packet(bytes(packet)))]


@pytest.fixture
async def shared() -> SharedVp8Source:
    return SharedVp8Source(TestPicture(320, 240, fps=15))


def test_two_pictures_of_the_test_pattern_differ() -> None:
    source = TestPicture()
    one = source.draw(1, "12:00:00").to_ndarray()
    two = source.draw(2, "12:00:00").to_ndarray()
    later = source.draw(1, "12:00:01").to_ndarray()
    assert one.shape == (720, 640)
    assert np.abs(one.astype(int) - two).max() > 100
    assert np.abs(one.astype(int) - later).max() > 60


@pytest.mark.parametrize(
    ("size", "sent"),
    [
        ((1920, 1080), (640, 360)),
        ((640, 480), (640, 480)),
        ((321, 241), (320, 240)),
        ((480, 800), (288, 480)),
    ],
)
def test_a_large_picture_is_made_smaller_and_keeps_its_shape(
    size: tuple[int, int], sent: tuple[int, int]
) -> None:
    assert fit(*size) == sent


def test_a_picture_that_was_a_keyframe_before_is_not_sent_as_one() -> None:
    encoder, source = Vp8Encoder(), TestPicture(320, 240)
    keyframes = []
    for count in range(5):
        picture = source.draw(count, "12:00:00")
        picture.pict_type = 1
        keyframes += [packet.is_keyframe for packet in encoder.encode(picture, count * 6000, keyframe=False)]
    assert keyframes == [True, False, False, False, False]


async def test_nothing_is_encoded_while_nobody_watches(shared: SharedVp8Source) -> None:
    shared.start()
    viewer = shared.watch()
    await asyncio.sleep(0.3)
    assert (shared.watched, shared.counts.encoded) == (0, 0)
    await _take(viewer, 2)
    viewer.stop()
    await asyncio.sleep(0.15)
    encoded = shared.counts.encoded
    await asyncio.sleep(0.3)
    assert (shared.watched, shared.counts.encoded) == (0, encoded)


async def test_whoever_joins_begins_with_a_keyframe_and_can_decode_from_there(
    shared: SharedVp8Source,
) -> None:
    first = shared.watch()
    assert [packet.is_keyframe for packet in await _take(first, 8)] == [True] + [False] * 7
    second = shared.watch()
    packets = await _take(second, 4)
    assert [packet.is_keyframe for packet in packets] == [True, False, False, False]
    assert [(frame.width, frame.height) for frame in _decoded(packets)] == [(320, 240)] * 4
    first.stop()
    second.stop()


async def test_eight_viewers_get_the_same_packets_of_one_encoder(shared: SharedVp8Source) -> None:
    viewers = [shared.watch() for _ in range(8)]
    taken = await asyncio.gather(*(_take(viewer, 6) for viewer in viewers))
    assert all([id(packet) for packet in packets] == [id(packet) for packet in taken[0]] for packets in taken)
    assert shared.counts.encoded <= 8
    for viewer in viewers:
        viewer.stop()


async def test_a_keyframe_that_is_asked_for_comes_but_not_more_often_than_allowed(
    shared: SharedVp8Source,
) -> None:
    viewer = shared.watch()
    await _take(viewer, 6)
    before = shared.counts.keyframes
    for _ in range(10):
        shared.want_keyframe()
        await _take(viewer, 1)
    assert 1 <= shared.counts.keyframes - before <= 3
    viewer.stop()


async def test_a_viewer_that_does_not_keep_up_goes_on_with_a_keyframe(shared: SharedVp8Source) -> None:
    quick, slow = shared.watch(), shared.watch()
    await asyncio.gather(_take(quick, 1), _take(slow, 1))
    await _take(quick, QUEUE + 4)
    assert slow.queue.qsize() < QUEUE
    assert (await _take(slow, 1))[0].is_keyframe
    quick.stop()
    slow.stop()


async def test_the_bit_rate_follows_the_slowest_viewer() -> None:
    shared = SharedVp8Source(TestPicture(320, 240, fps=30))
    quick, slow = shared.watch(lambda: 900_000), shared.watch(lambda: 200_000)
    await asyncio.gather(_take(quick, 45), _take(slow, 45))
    assert shared.counts.keyframes == 2  # the first, and the new encoder's
    assert shared.bitrate == 200_000
    quick.stop()
    slow.stop()
