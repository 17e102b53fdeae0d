"""A counter in a process of its own is stopped by a rule; a trader releases it in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from riskgw.kernel.times import NS_PER_SECOND
from tests.e2e.floor import Floor, floor_of
from tests.monitoring.test_counters import WAIT_SECONDS_MAX, two_in_a_second

pytestmark = pytest.mark.browser


@pytest.fixture
def floor(browser: Browser, tmp_path: Path) -> Iterator[Floor]:
    with floor_of(browser, tmp_path, (two_in_a_second(),)) as made:
        yield made


def test_a_stopped_counter_goes_on_when_a_trader_releases_it_in_the_browser(floor: Floor) -> None:
    mirror, counter, hook = floor.mirror, floor.counter, floor.hook
    page = floor.sign_in("trader", "/app/restrictions")
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
