from tests.api.test_events import *  # noqa: F403
