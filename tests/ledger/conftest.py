"""Some tests need PostgreSQL (make test-postgres), and one needs SQLite."""

from pathlib import Path

import pytest
from django.conf import settings

from ledger.actions import known_accounts

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs the other database is deselected."""
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        out = [item for item in items if item.path == HERE / "test_sqlite.py"]
    else:
        out = [item for item in items if item.get_closest_marker("postgres")]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


@pytest.fixture(autouse=True)
def _accounts_are_forgotten() -> None:
    """Every test has books of its own, with accounts of the same names."""
    known_accounts.forget()
