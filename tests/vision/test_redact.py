"""Heads leave no worker."""

from __future__ import annotations

import numpy as np

from models.spec import ObjectClass
from tests.vision.builders import WH, boxes
from vision.redact import redact_heads

PERSON = (100.0, 50.0, 160.0, 250.0)


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (360, 640, 3), np.uint8)


def test_a_persons_head_keeps_too_little_to_know_it_by_and_the_rest_stays() -> None:
    picture = noise()
    redacted = redact_heads(picture, boxes(PERSON, kind=ObjectClass.PERSON), WH)
    head = redacted[50:100, 100:160].reshape(-1, 3)
    assert len(np.unique(head, axis=0)) <= 16
    np.testing.assert_array_equal(redacted[150:], picture[150:])
    np.testing.assert_array_equal(redacted[:, :90], picture[:, :90])


def test_the_original_is_left_alone() -> None:
    picture = noise()
    before = picture.copy()
    redact_heads(picture, boxes(PERSON, kind=ObjectClass.PERSON), WH)
    np.testing.assert_array_equal(picture, before)


def test_cars_are_not_redacted() -> None:
    picture = noise()
    np.testing.assert_array_equal(redact_heads(picture, boxes(PERSON), WH), picture)


def test_a_scaled_copy_is_redacted_in_the_same_place() -> None:
    small = noise()[::2, ::2].copy()
    redacted = redact_heads(small, boxes(PERSON, kind=ObjectClass.PERSON), WH)
    assert len(np.unique(redacted[26:48, 51:79].reshape(-1, 3), axis=0)) <= 16


def test_a_person_cut_by_the_edge_is_redacted_too() -> None:
    edge = boxes((-20, -10, 20, 60), (630, 340, 700, 420), kind=ObjectClass.PERSON)
    assert not np.array_equal(redact_heads(noise(), edge, WH)[:8, :15], noise()[:8, :15])
