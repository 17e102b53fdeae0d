"""What all tests share."""

import os
from pathlib import Path

import pytest

from capture.wire import kernel

pytest_plugins = ["tests.queue_server"]

SHARED = Path(__file__).parent.parent.parent / "shared"
_skipped: list[str] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where ../shared or the compiled kernel is absent, the tests that need it are deselected.

    Those that wait most, for a running system, come first: another worker does the rest meanwhile.
    """
    items.sort(key=lambda item: "system" not in getattr(item, "fixturenames", ()))
    absent = {"shared": not SHARED.is_dir(), "kernel": kernel.COMPILED is None}
    without = [
        item
        for item in items
        if any(absent[mark] and item.get_closest_marker(mark) for mark in absent)
    ]
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


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
