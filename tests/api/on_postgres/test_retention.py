from tests.api.test_retention import *  # noqa: F403
