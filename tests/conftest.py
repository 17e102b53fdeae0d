"""What all tests share."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.queue_server"]

SHARED = Path(__file__).parent.parent.parent / "shared"
_skipped: list[str] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where ../shared is absent, the tests that read it are deselected.

    Those that wait most, for a running system, come first: another worker does the rest meanwhile.
    """
    items.sort(key=lambda item: "system" not in getattr(item, "fixturenames", ()))
    if SHARED.is_dir():
        return
    reading = [item for item in items if item.get_closest_marker("shared")]
    config.hook.pytest_deselected(items=reading)
    items[:] = [item for item in items if item not in reading]


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
