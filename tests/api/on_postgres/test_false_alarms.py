from tests.api.test_false_alarms import *  # noqa: F403
