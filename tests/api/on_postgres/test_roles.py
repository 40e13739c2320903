from tests.api.test_roles import *  # noqa: F403
