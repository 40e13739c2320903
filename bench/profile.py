"""Where a worker's time goes with many cameras: `sanxun bench cameras`, sampled from outside, and summed by slice.

    python bench/profile.py --py-spy PATH --clip CLIP --count 100 --seconds 60 [--light] [--raw OUT]
    python bench/profile.py --of OUT                     # sum up a recording that exists

Stacks are sampled with native frames, twice: of all threads that run or want to, and of the one that holds the
interpreter. A slice is the innermost of our own modules that is on the stack. Percent of one core.

Reading native frames stops the worker: of 150 cameras' 170 threads fifty times a second takes it three quarters of its
time. `--light` reads Python's frames alone, without stopping it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_RATE_HZ = 50
_SETTLES_S = 10.0
# The first that is on the stack says the slice; the innermost frame is looked at first within each.
_SLICES: tuple[tuple[str, str], ...] = (
    ("inference", r"models/session\.py|models/batching\.py|InferenceSession"),
    ("scaling and colours", r"decoding/picture\.py"),
    ("letterbox, normalising, boxes", r"vision/(detect|letterbox|heads|boxes|tiles)\.py"),
    ("gate", r"vision/gate\.py"),
    ("picture health", r"vision/(picture_health|scene|light|sharpness|stillness)\.py"),
    ("tracker", r"vision/track\.py"),
    ("rules", r"vision/(hazards/|appearance|zones|static/|groups|ground|filled)"),
    ("stills and redaction", r"evidence/still\.py|vision/redact\.py"),
    ("clips and evidence", r"streams/evidence/"),
    ("dating", r"streams/dating\.py"),
    ("decoding", r"decoding/(decoders|dense)\.py|avcodec"),
    ("receiving: pictures out of packets", r"rtsp/(units|codecs|marker|receiver)\.py"),
    ("receiving: sockets and naps", r"rtsp/(wire|dialogue|source|rtcp)\.py|sources/naps\.py"),
    ("receiving: FFmpeg", r"sources/(ffmpeg|slices|openings)\.py"),
    ("cadence, ring, reader", r"streams/(reader|sources/|decoding/|health/)"),
    ("outbox and delivery", r"streams/(delivery|tiles|watched)"),
    ("metrics", r"streams/metrics/|prometheus_client"),
    ("pipeline, schedule, worker", r"streams/(pipeline|schedule|turns|worker|pressure|slot|viewing)"),
)
_IDLE = "idle"
WAITING = "waiting for the interpreter"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--of", type=Path, help="a recording, as --raw writes it")
    parser.add_argument("--py-spy", help="py-spy's executable")
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--raw", type=Path, default=Path("profile.raw"))
    parser.add_argument("--light", action="store_true", help="Python's frames alone, without stopping the worker")
    asked, more = parser.parse_known_args()
    if asked.of is not None:
        print(json.dumps(summed(asked.of.read_text(encoding="utf-8").splitlines())))
        return
    if not (asked.py_spy and asked.clip):
        parser.error("either --of, or --py-spy and --clip")
    bench = [sys.executable, "-m", "api.cli", "bench", "cameras", "--clip", str(asked.clip), "--json"]
    bench += ["--count", str(asked.count), "--seconds", str(asked.seconds), *more]
    print(json.dumps(recorded(bench, asked.py_spy, asked.raw, asked.seconds, light=asked.light)))


def recorded(bench: list[str], py_spy: str, raw: Path, seconds: float, *, light: bool) -> dict[str, object]:
    """The bench's own line, and both summed recordings of half its time each."""
    running = subprocess.Popen(bench, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    worker = ""
    for line in running.stderr:
        print(line, end="", file=sys.stderr, flush=True)
        if found := re.search(r"worker pid (\d+)", line):
            worker = found[1]
            break
    if not worker:
        raise SystemExit(f"the bench ended before its worker ran: {running.wait()}")
    time.sleep(_SETTLES_S)
    each_s = max(5, round((seconds - _SETTLES_S) / 2) - 2)
    profiles = {}
    how = "--nonblocking" if light else "--native"
    for name, options in (("cpu", [how]), ("interpreter", [how, "--gil"])):
        out = raw.with_suffix(f".{name}.raw")
        command = [py_spy, "record", "--pid", worker, "--rate", str(_RATE_HZ), "--duration", str(each_s)]
        subprocess.run([*command, "--format", "raw", "--output", str(out), *options], check=True, capture_output=True)
        profiles[name] = summed(out.read_text(encoding="utf-8").splitlines(), of=_RATE_HZ * each_s)
    stdout, _ = running.communicate(timeout=seconds + 120)
    return {"profile": profiles, "bench": json.loads(stdout.splitlines()[-1])}


def summed(stacks: Iterable[str], of: int | None = None) -> dict[str, float]:
    """Percent of all samples by slice, the largest first; with `of` (samples a thread could have had) of one core."""
    counts: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        counts[slice_of(stack.split(";"))] += int(count)
    counts.pop(_IDLE, None)
    whole = of or sum(counts.values()) or 1
    return {name: round(100 * count / whole, 1) for name, count in counts.most_common()}


def slice_of(frames: list[str]) -> str:
    """The slice of one stack, outermost frame first, as py-spy writes it."""
    innermost = " ".join(frames[-4:])
    if re.search(r"acquire_lock|time_sleep|clock_nanosleep|select_|poll_|end_with_parent", innermost):
        return _IDLE  # py-spy takes a thread in some calls of the C library for one that runs
    if "pthread_cond_timedwait" in innermost:
        return WAITING
    for frame in reversed(frames):
        for name, pattern in _SLICES:
            if re.search(pattern, frame):
                return name
    return "everything else"


if __name__ == "__main__":
    main()
