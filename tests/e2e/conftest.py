"""A served site and a headless Chromium."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    StorageState,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.queue_server import QueueServer

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 60
WAIT_MS_MAX = 20_000
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

# Opens a page in which a user of this role has signed in.
SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def site(
    tmp_path_factory: pytest.TempPathFactory, queue_server: QueueServer
) -> Iterator[dict[str, Any]]:
    """What `demo-access.json` says: the address, and the users with their passwords.

    Besides, the environment of its processes, for those that a test adds.
    """
    home = tmp_path_factory.mktemp("site")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "RISKGW_HOME": str(home), "RISKGW_LOG_LEVEL": "WARNING"}
    environment.pop("DATABASE_URL", None)
    environment["REDIS_URL"] = queue_server.url
    command = [sys.executable, "-m", "tests.e2e.site", str(port)]
    with (home / "site.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(port, process, home / "site.log")
        yield {**json.loads((home / "demo-access.json").read_text()), "environment": environment}
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS_MAX)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)  # the port cannot tell when it opens
    pytest.fail(f"the site did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium: apt-get install chromium")
    expect.set_options(timeout=WAIT_MS_MAX)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """Cookies by role, so that each signs in once."""
    return {}


@pytest.fixture
def sign_in(browser: Browser, site: dict[str, Any], sessions: dict[str, Any]) -> Iterator[SignIn]:
    """Every page opened with it must stay free of errors, and load nothing from elsewhere."""
    contexts = []
    faults: list[str] = []

    def opened(role: str, width: int = 1440) -> Page:
        size: ViewportSize = {"width": width, "height": 900}
        context = watched(browser, site["url"], faults, size, sessions.get(role))
        contexts.append(context)
        page = context.new_page()
        page.goto("/admin/")
        if role not in sessions:
            page.get_by_label("Username").fill(role)
            page.get_by_label("Password", exact=False).fill(site["users"][role]["password"])
            page.keyboard.press("Enter")
        page.locator("#nav-sidebar-apps").wait_for()
        # Without what the page keeps for itself, such as the theme.
        sessions[role] = {"cookies": context.cookies(), "origins": []}
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def watched(
    browser: Browser,
    url: str,
    faults: list[str],
    size: ViewportSize,
    session: StorageState | None = None,
) -> BrowserContext:
    """A user's windows; errors in them and loads from elsewhere are written down."""
    context = browser.new_context(
        base_url=url, viewport=size, locale="en-US", storage_state=session
    )
    context.set_default_timeout(WAIT_MS_MAX)
    context.on("weberror", lambda fault: faults.append(str(fault.error)))
    context.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    context.on("request", lambda request: faults.extend(_elsewhere(request.url, url)))
    return context


def _elsewhere(url: str, home: str) -> list[str]:
    """A broker's network has no way out."""
    return [] if url.startswith((home, "data:", "blob:")) else [f"loads {url}"]
