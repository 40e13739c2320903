"""The ledger's sums are PostgreSQL's too."""

from __future__ import annotations

from tests.ledger.test_ledger import (  # noqa: F401 (tests and their fixture)
    test_each_place_has_what_was_found_cleared_overdue_and_refound_in_the_week,
    test_lines_go_page_by_page,
    test_the_loop_by_place_kind_and_department,
    town,
)
