"""A counter in a process of its own is stopped by a rule; a trader releases it in a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from riskgw.kernel.times import NS_PER_SECOND
from riskgw.shards.entries import Load
from tests.counter_site import BASE, PASSWORD, counter_site
from tests.e2e.conftest import watched
from tests.monitoring.test_counters import (
    WAIT_SECONDS_MAX,
    CounterProcess,
    Hook,
    Mirror,
    two_in_a_second,
)
from tests.queue_server import QueueServer

pytestmark = pytest.mark.browser


class Floor(NamedTuple):
    """What stands around the trader: the mirrored orders, a counter with its server, and a page."""

    mirror: Mirror
    counter: CounterProcess
    hook: Hook
    page: Page


@pytest.fixture
def floor(browser: Browser, tmp_path: Path) -> Iterator[Floor]:
    """With a queue server of its own: emptying that of the other tests would end their site."""
    (folder := tmp_path / "q").mkdir()
    queue, hook = QueueServer(folder), Hook()
    queue.start()
    mirror = Mirror(queue)
    mirror.load(Load(BASE, (two_in_a_second(),)))
    mirror.order("B", 0)
    faults: list[str] = []
    try:
        with counter_site(tmp_path, queue.url, hook.url) as site:
            counter = CounterProcess(site, site.keys["alpha"])
            context = watched(browser, site.url, faults, {"width": 1440, "height": 900})
            yield Floor(mirror, counter, hook, context.new_page())
            context.close()
            counter.stop()
    finally:
        hook.shutdown()
        queue.kill()
    assert faults == []


def test_a_stopped_counter_goes_on_when_a_trader_releases_it_in_the_browser(floor: Floor) -> None:
    mirror, counter, hook, page = floor
    page.goto("/login/?next=/app/restrictions")
    page.get_by_label("User name").fill("trader")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody is stopped.")).to_be_visible()
    assert counter.ask()["verdict"] == "allow"

    mirror.order("A", NS_PER_SECOND)
    mirror.order("A", 1_000_000)
    heard = counter.next()["heard"]
    assert (heard["change"], heard["restriction"]["scope"]) == ("restricted", {"account": "A"})
    number = heard["restriction"]["id"]
    called = hook.heard.get(timeout=WAIT_SECONDS_MAX)["data"]
    assert (called["change"], called["restriction"]["id"]) == ("restricted", number)
    denied = counter.ask()
    assert (denied["verdict"], denied["reasons"][0]["rule"]) == ("deny", "P01")

    row = page.get_by_test_id("restriction-row")
    expect(row).to_contain_text("Reducing only")
    mirror.order("B", 5 * NS_PER_SECOND)  # time passes, and with it the cause
    row.click()
    page.get_by_test_id("release-reason").fill("settled with the customer")
    page.get_by_test_id("release").click()
    expect(page.get_by_test_id("restriction")).to_contain_text("Released")

    heard = counter.next()["heard"]
    assert (heard["change"], heard["restriction"]["id"]) == ("released", number)
    assert counter.ask()["verdict"] == "allow"
    called = hook.heard.get(timeout=WAIT_SECONDS_MAX)["data"]
    assert (called["change"], called["restriction"]["id"]) == ("released", number)
