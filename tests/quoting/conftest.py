"""What the tests of quoting share."""

import pytest
from django.conf import settings


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs the other database is deselected."""
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        out = [item for item in items if item.path.name == "test_store_killed.py"]
    else:
        out = [item for item in items if item.get_closest_marker("postgres")]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]
