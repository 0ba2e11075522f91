#!/usr/bin/env python3
"""Make the ringtones and their manifest: scripts/make_ringtones.py [folder].

Every tone is computed from formulas in this file, so the house may be copied and sold with its sounds. A
tone is a mono signal at 24 kHz, 3 to 6 s long, that begins and ends in silence: it may be
looped by any player without a click, even by one that adds the few silent milliseconds of the
MP3 encoder's delay. MP3 because Chromium, Firefox and Safari all play it and it stays under 80 kB.

The samples are the same at each run. The compressed bytes are, as long as the encoder inside PyAV
is the same version; the manifest holds their SHA-256, so that a test notices a forgotten commit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np

RATE = 24_000
"""Samples per second."""
BIT_RATE = 64_000
PEAK = 0.75
"""No sample is louder (1.0 is full scale): leaves the encoder room to overshoot."""
LOUDNESS = 0.17
"""Root mean square of the loudest 400 ms, so that a change of tone is not a change of volume."""
FOLDER = Path(__file__).resolve().parent.parent / "ringtones"

Sound = np.ndarray
"""One-dimensional float64 samples."""


# -- instruments -----------------------------------------------------------------------------------


def _time(seconds: float) -> Sound:
    return np.arange(round(seconds * RATE)) / RATE


def _attack(t: Sound, seconds: float) -> Sound:
    """A raised cosine from 0 to 1: the softest start that takes no longer than `seconds`."""
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(t / seconds, 0, 1))


def struck(
    pitch: float, seconds: float, partials: list[tuple[float, float, float]], attack: float = 0.003
) -> Sound:
    """Something hit once. Each partial is (ratio to the pitch, amplitude, seconds to fall by 60 dB)."""
    t = _time(seconds)
    sound = np.zeros_like(t)
    for ratio, amplitude, fall in partials:
        sound += amplitude * np.sin(2 * np.pi * pitch * ratio * t) * 10 ** (-3 * t / fall)
    return sound * _attack(t, attack)


def bar(pitch: float, seconds: float = 2.5) -> Sound:
    """A chime bar: a free metal bar's own ratios (1 : 2.756 : 5.404), the high ones soon gone."""
    return struck(
        pitch,
        seconds,
        [(1, 1.0, 2.4), (2.0, 0.18, 1.4), (2.756, 0.28, 0.7), (5.404, 0.10, 0.25)],
    )


def gong(pitch: float, seconds: float = 3.0) -> Sound:
    """A broad metal plate: close pairs of partials, so that it beats slowly as it dies."""
    return struck(
        pitch,
        seconds,
        [
            (1, 1.0, 2.8),
            (1.004, 0.6, 2.6),
            (1.52, 0.42, 1.9),
            (1.526, 0.3, 1.8),
            (2.03, 0.5, 1.4),
            (2.74, 0.28, 0.9),
            (3.76, 0.16, 0.5),
        ],
        attack=0.012,
    )


def mallet(pitch: float, seconds: float = 0.9) -> Sound:
    """Wood under a soft mallet: the fourth harmonic of a tuned bar, short and dry."""
    return struck(pitch, seconds, [(1, 1.0, 0.75), (3.93, 0.32, 0.22), (9.2, 0.07, 0.06)])


def comb(pitch: float, seconds: float = 1.8) -> Sound:
    """A tooth of a music box's comb."""
    return struck(pitch, seconds, [(1, 1.0, 1.5), (2, 0.35, 0.8), (3.01, 0.14, 0.5), (6.27, 0.1, 0.12)])


def string(pitch: float, seconds: float = 2.2) -> Sound:
    """A plucked string: harmonics of a string plucked at a fifth of its length, the high ones die first."""
    partials = [
        (n * (1 + 0.0002 * n * n) ** 0.5, abs(np.sin(np.pi * n / 5)) / n**1.3, 2.2 / (1 + 0.35 * (n - 1)))
        for n in range(1, 13)
        if pitch * n < 0.45 * RATE
    ]
    return struck(pitch, seconds, partials, attack=0.002)


def swell(pitch: float, seconds: float) -> Sound:
    """A soft pulse: an octave and a fifth that grow and fade, with no attack to be startled by."""
    t = _time(seconds)
    shape = np.sin(np.pi * np.clip(t / seconds, 0, 1)) ** 2
    return shape * (
        np.sin(2 * np.pi * pitch * t)
        + 0.45 * np.sin(2 * np.pi * pitch * 1.5 * t)
        + 0.35 * np.sin(2 * np.pi * pitch * 2.003 * t)
    )


def trill(seconds: float) -> Sound:
    """The old bell: a clapper between two gongs, 22 strokes a second."""
    sound = np.zeros(round((seconds + 0.6) * RATE))
    for stroke in range(int(seconds * 22)):
        pitch = 1180 if stroke % 2 else 1420
        force = 0.9 if stroke % 2 else 1.0
        hit = struck(
            pitch, 0.55, [(1, force, 0.5), (2.32, 0.5 * force, 0.3), (4.25, 0.22, 0.12)], attack=0.001
        )
        put(sound, stroke / 22, hit)
    return sound


def knock() -> Sound:
    """A low knock with body at 520 Hz and its odd harmonics.

    Hearing fades from the high pitches down; a 520 Hz tone with square-wave harmonics is what wakes
    and reaches people with hearing loss best (NFPA 72, 18.4.6 asks it of sleeping rooms).
    """
    t = _time(0.34)
    body = sum(np.sin(2 * np.pi * 520 * n * t) / n for n in (1, 3, 5, 7))
    thump = np.sin(2 * np.pi * (130 * t + 2.2 * (1 - np.exp(-t / 0.02))))
    return (0.75 * body * np.exp(-((t / 0.2) ** 4)) + 1.1 * thump * np.exp(-t / 0.06)) * _attack(t, 0.004)


def line(seconds: float) -> Sound:
    """What a telephone line sounds like while the other end rings: one plain tone of 425 Hz (ITU-T E.180)."""
    t = _time(seconds)
    edge = np.minimum(_attack(t, 0.04), _attack(t[::-1], 0.04))
    return edge * (np.sin(2 * np.pi * 425 * t) + 0.15 * np.sin(2 * np.pi * 850 * t))


def put(canvas: Sound, at: float, sound: Sound, loud: float = 1.0) -> None:
    """Add a sound to the canvas, `at` seconds from its start; what is beyond the end is left out."""
    start = round(at * RATE)
    part = sound[: max(0, len(canvas) - start)]
    canvas[start : start + len(part)] += loud * part


# -- the tones -------------------------------------------------------------------------------------

# Equal temperament from A4 = 440 Hz.
_NAMES = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2, "A": 0, "B": 2}


def note(name: str) -> float:
    """Hertz of a note such as `C5` or `F#4`."""
    step = _NAMES[name[0]] + (1 if "#" in name else 0) + 12 * (int(name[-1]) - 4)
    return 440.0 * 2 ** (step / 12)


def _melody(seconds: float, voice: Callable[[float], Sound], score: list[tuple[float, str, float]]) -> Sound:
    canvas = np.zeros(round(seconds * RATE))
    for at, name, loud in score:
        put(canvas, at, voice(note(name)), loud)
    return canvas


def _chime() -> Sound:
    return _melody(4.0, bar, [(0.02, "E5", 1.0), (0.72, "C5", 1.0)])


def _gong() -> Sound:
    return _melody(5.0, gong, [(0.02, "A3", 1.0), (1.0, "E3", 1.0), (2.0, "A3", 0.55)])


def _mallets() -> Sound:
    names = ["G4", "B4", "D5", "E5", "D5", "B4", "E5", "G5"]
    score = [(0.02 + 0.16 * i, name, 1.0 if i % 4 == 0 else 0.72) for i, name in enumerate(names)]
    score += [(1.62, "D5", 0.9), (1.62, "G4", 0.7), (1.94, "G5", 0.8)]
    return _melody(3.6, mallet, score)


def _pulses() -> Sound:
    canvas = np.zeros(round(3.6 * RATE))
    for at, name in ((0.02, "F4"), (0.62, "F4"), (1.22, "A4")):
        put(canvas, at, swell(note(name), 0.7))
    return canvas


def _bell() -> Sound:
    canvas = np.zeros(round(4.0 * RATE))
    ring = trill(0.9)
    put(canvas, 0.02, ring)
    put(canvas, 1.32, ring)
    return canvas


def _harp() -> Sound:
    names = ["D4", "F#4", "A4", "D5", "E5", "F#5", "A5", "D6"]
    score = [(0.02 + 0.085 * i, name, 0.95 - 0.05 * i) for i, name in enumerate(names)]
    score += [(1.6 + 0.11 * i, name, 0.7) for i, name in enumerate(["A5", "F#5", "D5", "A4"])]
    return _melody(4.8, string, score)


def _music_box() -> Sound:
    beat = 0.3
    tune = ["E5", "G5", "A5", "", "G5", "E5", "D5", "", "C5", "D5", "E5", "G5", "C6"]
    score = [(0.02 + beat * i, name, 0.9) for i, name in enumerate(tune) if name]
    score += [(0.02 + beat * i, name, 0.5) for i, name in ((0, "C4"), (4, "A4"), (8, "F4"), (12, "C5"))]
    return _melody(5.8, comb, score)


def _knock() -> Sound:
    canvas = np.zeros(round(3.0 * RATE))
    for at in (0.02, 0.32, 0.62, 1.42):
        put(canvas, at, knock())
    return canvas


def _line() -> Sound:
    canvas = np.zeros(round(5.0 * RATE))
    put(canvas, 0.02, line(1.0))
    return canvas


@dataclass(frozen=True)
class Tone:
    """One ringtone. `kind`: rings at home (`indoor`), is heard at the door (`outdoor`), or `both`."""

    id: str
    name: str
    kind: Literal["indoor", "outdoor", "both"]
    compose: Callable[[], Sound]


TONES = (
    Tone("chime", "Chime", "both", _chime),
    Tone("gong", "Two-tone gong", "both", _gong),
    Tone("mallets", "Mallets", "indoor", _mallets),
    Tone("pulses", "Soft pulses", "both", _pulses),
    Tone("bell", "Old bell", "indoor", _bell),
    Tone("harp", "Harp", "indoor", _harp),
    Tone("music-box", "Music box", "indoor", _music_box),
    Tone("knock", "Low knock", "indoor", _knock),
    Tone("line", "Ringing line", "outdoor", _line),
)
DEFAULT_INDOOR = "chime"
DEFAULT_OUTDOOR = "line"


# -- finish, encode, write -------------------------------------------------------------------------


def render(tone: Tone) -> np.ndarray:
    """The tone as int16 samples at `RATE`, at its final loudness, silent at both ends."""
    sound = tone.compose()
    fade = round(0.05 * RATE)
    sound[-fade:] *= np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    window = round(0.4 * RATE)
    power = np.convolve(sound**2, np.ones(window) / window, mode="valid")
    sound *= min(LOUDNESS / np.sqrt(power.max()), PEAK / np.abs(sound).max())
    return np.round(sound * 32767).astype(np.int16)


def encode(samples: np.ndarray, path: Path) -> None:
    """Write int16 mono samples as an MP3 file without tags."""
    with av.open(str(path), "w", format="mp3", options={"id3v2_version": "0", "fflags": "+bitexact"}) as out:
        stream = out.add_stream("libmp3lame", rate=RATE)
        stream.layout = "mono"
        stream.bit_rate = BIT_RATE
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16p", layout="mono")
        frame.sample_rate = RATE
        fifo = av.AudioFifo()
        fifo.write(frame)
        size = stream.codec_context.frame_size or 576
        while part := fifo.read(size, partial=True):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))


def make(folder: Path) -> dict[str, object]:
    """Write every tone and `manifest.json` into the folder; returns the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for tone in TONES:
        path = folder / f"{tone.id}.mp3"
        samples = render(tone)
        encode(samples, path)
        entries.append(
            {
                "id": tone.id,
                "name": tone.name,
                "file": path.name,
                "seconds": round(len(samples) / RATE, 3),
                "kind": tone.kind,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        )
    manifest = {"tones": entries, "default_indoor": DEFAULT_INDOOR, "default_outdoor": DEFAULT_OUTDOOR}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def main() -> int:
    """Make the tones in the named folder, by default the project's."""
    parser = argparse.ArgumentParser(description="Make the ringtones and their manifest.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder: Path = parser.parse_args().folder
    make(folder)
    for tone in TONES:
        size = (folder / f"{tone.id}.mp3").stat().st_size
        print(f"{tone.id:10} {size / 1000:5.1f} kB  {tone.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
