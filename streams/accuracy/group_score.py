"""How well groups of people were found, by the measures that papers on it use."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vision.types import Ints

_PART = 2 / 3  # a group counts as found when two thirds of it are, with no more than a third of others (T = 2/3)


@dataclass(slots=True)
class Tally:
    """Right, found and true ones, and what follows."""

    right: int = 0
    found: int = 0
    true: int = 0

    def add(self, right: int, found: int, true: int) -> None:
        self.right, self.found, self.true = self.right + right, self.found + found, self.true + true

    def figures(self) -> dict[str, float]:
        precision, recall = self.right / max(1, self.found), self.right / max(1, self.true)
        f1 = 2 * self.right / max(1, self.found + self.true)
        return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3)}


@dataclass(slots=True)
class GroupScore:
    """Add one moment after the other.

    `groups`: a group of two or more counts as found when at least two thirds of its members are together in one found
    group, of which no more than a third are others (Setti et al. 2015, tolerance T = 2/3); `exact`: when it is found
    with these members and no others. `pairs`: two who are together (Yamaguchi et al. 2011 count these).
    `size_errors`: of each group so found, how far its size is off, as a share of the true one.
    """

    groups: Tally = field(default_factory=Tally)
    exact: Tally = field(default_factory=Tally)
    pairs: Tally = field(default_factory=Tally)
    size_errors: list[float] = field(default_factory=list)
    people_true: int = 0
    people_off: int = 0

    def add(self, found: Ints, true: Ints) -> None:
        """Labels (N,) of the same people: who is together has the same one."""
        got, want = _sets(found), _sets(true)
        matched = _matched(got, want)
        self.groups.add(len(matched), len(got), len(want))
        self.exact.add(sum(got[g] == want[w] for g, w in matched), len(got), len(want))
        self.size_errors += [abs(len(got[g]) - len(want[w])) / len(want[w]) for g, w in matched]
        together, truly = _pairs(found), _pairs(true)
        self.pairs.add(int((together & truly).sum()), int(together.sum()), int(truly.sum()))
        in_groups, in_true = sum(map(len, got)), sum(map(len, want))
        self.people_true += in_true
        self.people_off += abs(in_groups - in_true)

    def figures(self) -> dict[str, object]:
        return {
            "group_level": self.groups.figures(),
            "group_exact": self.exact.figures(),
            "pairwise": self.pairs.figures(),
            "groups": self.groups.true,
            "group_size_error": round(float(np.mean(self.size_errors or [0.0])), 3),
            "people_in_groups_error": round(self.people_off / max(1, self.people_true), 3),
        }


def _sets(labels: Ints) -> list[set[int]]:
    every = [set(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)]
    return [one for one in every if len(one) > 1]


def _matched(got: list[set[int]], want: list[set[int]]) -> list[tuple[int, int]]:
    """Pairs (found, true) that count, each once: those with most in common first."""
    common = sorted(((-len(g & w), i, k) for i, g in enumerate(got) for k, w in enumerate(want) if g & w))
    pairs: list[tuple[int, int]] = []
    for shared, i, k in common:
        enough = -shared >= _PART * len(want[k]) - 1e-9 and -shared >= _PART * len(got[i]) - 1e-9
        if enough and all(i != a and k != b for a, b in pairs):
            pairs.append((i, k))
    return pairs


def _pairs(labels: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    first, second = np.triu_indices(len(labels), 1)
    return np.asarray(labels[first] == labels[second], np.bool_)
