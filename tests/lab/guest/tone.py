# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a tone can be heard where the user's sound server plays: Goertzel's algorithm on what its monitor records."""

import array
import math
import subprocess

RATE = 8000


def _power(samples, hz):
    k = 2 * math.cos(2 * math.pi * hz / RATE)
    a = b = 0.0
    for sample in samples:
        a, b = sample + k * a - b, a
    return (a * a + b * b - k * a * b) / len(samples) ** 2


def _record(seconds):
    words = ["timeout", str(seconds + 3), "parec", "-d", "@DEFAULT_MONITOR@", "--raw", "--format=s16le", "--channels=1",
             f"--rate={RATE}", "--latency-msec=50"]
    recorder = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        data = recorder.stdout.read(2 * RATE * seconds)
    finally:
        recorder.kill()
        recorder.wait()
    return array.array("h", data[: len(data) // 2 * 2])


def strongest(hz, seconds=2):
    """The frequency near this one, in whole hertz, of which the default output's monitor has most."""
    samples = _record(seconds)
    return max(range(hz - 12, hz + 13), key=lambda f: _power(samples, f)) if samples else None


def what(seconds=1):
    """What the default output's monitor has, for whoever wonders why a tone is not heard."""
    samples = _record(seconds)
    if not samples:
        return "nothing could be recorded"
    loudest = max(range(50, RATE // 2, 25), key=lambda f: _power(samples, f))
    silent = sum(sample == 0 for sample in samples) * 100 // len(samples)
    return f"{len(samples)} samples, peak {max(map(abs, samples))}, {silent} % silent, most near {loudest} Hz"


def heard(hz, seconds=1):
    """Whether the default output's monitor now has more of this frequency than of its neighbours."""
    samples = _record(seconds)
    if len(samples) < RATE // 2:
        return False
    wanted = _power(samples, hz)
    return wanted > 100 and all(wanted > 10 * _power(samples, hz * f) for f in (0.8, 0.93, 1.07, 1.2))
