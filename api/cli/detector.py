"""From `--model` to running detectors, saying which one it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from api.cli.options import kept_dir
from models.batching import Batcher
from models.bound import BoundSession
from models.catalog import find
from models.errors import UnsupportedModel
from models.measure import Choice, choose
from models.policy import Policy, policy
from models.session import open_session
from models.spec import Head, ModelSpec, Task
from streams.aloft import Aloft
from vision.detect import Detector

Say = Callable[[str], None]


def open_detector(
    model: str | None, data: Path | None, *, threads: int, say: Say, task: Task = Task.DETECT
) -> Detector:
    """The detector that `model` names, or the best one present for `task`, on the provider that measured fastest."""
    detectors, _provider = open_detectors(model, data, count=1, threads=threads, say=say, task=task)
    return detectors[0]


def aloft_detectors(model: str | None, data: Path | None, *, count: int, say: Say) -> Aloft | None:
    """Those for pictures from the air, unless `model` names one for all, or there are no weights of their own for
    them. Raises `ModelError` as `open_detectors` does."""
    if model is not None:
        return None
    spec = find(None, kept_dir(data), Task.AERIAL)
    if spec.sha256 == find(None, kept_dir(data)).sha256:
        return None
    height, width = spec.input_hw
    return Aloft((width, height), lambda: open_detectors(None, data, count=count, say=say, task=Task.AERIAL)[0])


def open_detectors(
    model: str | None, data: Path | None, *, count: int, say: Say, threads: int = 1, task: Task = Task.DETECT
) -> tuple[list[Detector], str]:
    """Detectors, one for each inference thread, and the provider and precision that they run on.

    On a CPU `count` of them, each with a session of its own of `threads` threads: two one-thread sessions on two cores
    run 1.5 times the frames of one. On a GPU as many as keep it busy (`models.policy`), all feeding one session.

    Raises:
        ModelError: no such weights, or such as find neither persons nor vehicles.
    """
    data = kept_dir(data)
    spec = find(model, data, task)
    if not any(found is not None for found in spec.object_classes()):
        raise UnsupportedModel(
            f"{spec.name} finds {', '.join(spec.classes[:4])} and neither persons nor vehicles: nothing would ever be "
            "raised with it. Give weights for persons and vehicles; those for plates and faces are named by "
            "SANXUN_PLATE_WEIGHTS and SANXUN_FACE_WEIGHTS"
        )
    choice = choose(spec, data, threads)
    how = policy(choice.provider, count)
    named = f"{choice.provider} {choice.precision}"
    say(f"detector {spec.name} ({spec.input_hw[1]}x{spec.input_hw[0]}) on {choice.provider}, {choice.precision}")
    if choice.reason:
        say(choice.reason)
    if how.batch > 1 and spec.head is not Head.NANODET:
        return _batched(spec, choice, how, say), named
    sessions = [
        open_session(spec, provider=choice.provider, threads=threads, precision=choice.precision, takes_bytes=True)
        for _ in range(count)
    ]
    detectors = [
        Detector(spec, session.run, precision=choice.precision, takes_bytes=session.takes_bytes) for session in sessions
    ]
    return detectors, named


def _batched(spec: ModelSpec, choice: Choice, how: Policy, say: Say) -> list[Detector]:
    bound = BoundSession(spec, provider=choice.provider, precision=choice.precision, most=how.batch)
    if bound.most == 1:
        say(f"{spec.name} takes one picture at a time: exported with an open batch axis it would run faster here")
    batcher = Batcher(bound, size=bound.most, wait_s=how.wait_s)
    if not bound.page_locked:
        say("CUDA's runtime library was not found: pictures go to the GPU through pageable memory, which is slower")
    return [Detector(spec, batcher.run, precision=choice.precision) for _ in range(how.feeders)]
