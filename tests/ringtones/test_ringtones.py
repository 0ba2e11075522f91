"""The tones in the checkout are the script's tones, loud enough, short enough, and loop without a click."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "ringtones"
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
TONES: list[dict[str, Any]] = MANIFEST["tones"]
each_tone = pytest.mark.parametrize("tone", TONES, ids=[tone["id"] for tone in TONES])


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_ringtones", ROOT / "scripts/make_ringtones.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


script = _script()


def _samples(tone: dict[str, Any]) -> np.ndarray:
    with av.open(str(FOLDER / tone["file"])) as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.codec_context.layout.name) == (24_000, "mono")
        parts = [frame.to_ndarray().reshape(-1) for frame in container.decode(stream)]
    return np.concatenate(parts).astype(float)


def test_there_are_at_least_six_tones_to_choose_from_for_the_home_and_two_for_the_door() -> None:
    assert sum(tone["kind"] in {"indoor", "both"} for tone in TONES) >= 6
    assert sum(tone["kind"] in {"outdoor", "both"} for tone in TONES) >= 2


def test_the_defaults_are_tones_of_their_kind() -> None:
    kinds = {tone["id"]: tone["kind"] for tone in TONES}
    assert kinds[MANIFEST["default_indoor"]] in {"indoor", "both"}
    assert kinds[MANIFEST["default_outdoor"]] in {"outdoor", "both"}


def test_the_script_makes_the_tones_of_the_manifest() -> None:
    assert [(t.id, t.name, t.kind) for t in script.TONES] == [(t["id"], t["name"], t["kind"]) for t in TONES]
    assert (
        MANIFEST["default_indoor"],
        MANIFEST["default_outdoor"],
    ) == (script.DEFAULT_INDOOR, script.DEFAULT_OUTDOOR)


def test_no_file_lies_in_the_folder_that_the_manifest_does_not_name() -> None:
    named = {tone["file"] for tone in TONES} | {"manifest.json", "README.md"}
    assert {path.name for path in FOLDER.iterdir()} == named


@each_tone
def test_the_file_is_the_one_that_the_manifest_was_written_for(tone: dict[str, Any]) -> None:
    content = (FOLDER / tone["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == tone["sha256"]
    assert len(content) < 80_000


@each_tone
def test_the_tone_is_three_to_six_seconds_long_and_as_long_as_it_says(tone: dict[str, Any]) -> None:
    seconds = len(_samples(tone)) / 24_000
    assert 3 <= seconds <= 6
    assert seconds == pytest.approx(tone["seconds"], abs=0.1)


@each_tone
def test_the_tone_is_neither_faint_nor_clipped(tone: dict[str, Any]) -> None:
    samples = _samples(tone)
    assert np.abs(samples).max() < 0.95
    assert 0.04 < np.sqrt((samples**2).mean()) < 0.2


@each_tone
def test_the_loop_has_no_click_at_its_seam(tone: dict[str, Any]) -> None:
    samples = _samples(tone)
    assert np.abs(samples[:120]).max() < 0.005
    assert np.abs(samples[-240:]).max() < 0.005


@each_tone
def test_the_file_sounds_like_what_the_script_renders(tone: dict[str, Any]) -> None:
    made = next(t for t in script.TONES if t.id == tone["id"])
    rendered = script.render(made).astype(float) / 32768
    played = _samples(tone)[: len(rendered)]
    rendered = rendered[: len(played)]
    likeness = np.dot(rendered, played) / np.sqrt(np.dot(rendered, rendered) * np.dot(played, played))
    assert likeness > 0.97


def test_no_two_tones_are_mistaken_for_each_other() -> None:
    """Each tone as a map of 100 ms by third-octave; any two differ in when or in where they sound."""
    edges = 110 * 2 ** (np.arange(0, 22) / 3)

    def portrait(tone: dict[str, Any]) -> np.ndarray:
        samples = np.resize(_samples(tone), 24_000 * 3)
        frames = samples.reshape(-1, 2400) * np.hanning(2400)
        power = np.abs(np.fft.rfft(frames)) ** 2
        bands = np.digitize(np.fft.rfftfreq(2400, 1 / 24_000), edges)
        picture = np.stack([power[:, bands == band].sum(axis=1) for band in range(1, len(edges))], axis=1)
        picture = np.sqrt(picture)
        return picture.ravel() / np.linalg.norm(picture)

    portraits = np.stack([portrait(tone) for tone in TONES])
    likeness = portraits @ portraits.T - np.eye(len(TONES))
    assert likeness.max() < 0.8, likeness.round(2)


def test_making_the_tones_twice_gives_the_same_files(tmp_path: Path) -> None:
    first = script.make(tmp_path / "first")
    assert script.make(tmp_path / "second") == first
