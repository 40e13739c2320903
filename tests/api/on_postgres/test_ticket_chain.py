"""The tests of the chain, on PostgreSQL."""

from tests.api.test_ticket_chain import *  # noqa: F403 (the same tests)
