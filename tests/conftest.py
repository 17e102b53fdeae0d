"""What all tests share."""

import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from capture.wire import kernel
from riskgw import compiled
from tests import databases

pytest_plugins = ["tests.queue_server"]

SHARED = Path(__file__).parent.parent.parent / "shared"
# Fixtures that are processes: a running system, units of the ledger, servers, a counter.
WAITING = {"system", "house", "site", "hook"}
_skipped: list[str] = []


def pytest_configure() -> None:
    """Each test's clients have middleware of their own, which lists all files of the site first.

    Looked up when they are asked for, they cost nothing: a tenth of a second for each client. To
    hash a password takes as long, on purpose, and shows nothing here.
    """
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where ../shared or the compiled kernel is absent, the tests that need it are deselected.

    Those that wait most, for processes, come first: the other workers do the rest meanwhile.
    """
    items.sort(key=_rank)
    absent = {"shared": not SHARED.is_dir(), "kernel": "pure" in (kernel.NAME, compiled.NAME)}
    without = [
        item
        for item in items
        if any(absent[mark] and item.get_closest_marker(mark) for mark in absent)
    ]
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


def _rank(item: pytest.Item) -> bool:
    return WAITING.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure."""
    if _skipped and os.environ.get("RISKGW_CI"):
        print(f"skipped in CI: {', '.join(_skipped)}")  # noqa: T201  # the reason CI will show
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def shared() -> Path:
    return SHARED


def _is_sqlite() -> bool:
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("sqlite3")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """A test with transactions of its own leaves empty tables: the next has the rows again."""
    yield
    marker = item.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction") and _is_sqlite():
        databases.copy_into(databases.IN_MEMORY)


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> Iterator[bool]:
    """SQLite in memory begins with a copy of what this run has migrated once."""
    if not _is_sqlite():
        yield request.config.getvalue("reuse_db")
        return
    with closing(sqlite3.connect(databases.IN_MEMORY, uri=True)):
        databases.copy_into(databases.IN_MEMORY)
        yield True
