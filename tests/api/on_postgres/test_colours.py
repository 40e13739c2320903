"""The town is imported into PostgreSQL, and its colours counted there."""

from __future__ import annotations

from tests.colours.test_colours import (  # noqa: F401 (tests and their fixture)
    test_each_grid_has_a_colour_and_says_why,
    test_the_map_has_the_shapes_and_goes_down_a_level,
    test_what_lies_above_is_as_bad_as_its_worst_grid,
    town,
)
