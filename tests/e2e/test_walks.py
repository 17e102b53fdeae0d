"""From a threshold to who has dealt with it, in a browser: a full disk, and a ratio of cancels."""

import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from monitoring.domain.host_sample import Heavy, Report, Sample
from monitoring.io.host_agent import Server
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind
from tests.e2e.conftest import SignIn
from tests.e2e.floor import Floor, floor_of
from tests.e2e.module_jobs import module_jobs
from tests.e2e.pictures import pictured
from tests.e2e.test_flow import at

pytestmark = pytest.mark.browser

DISK = "/data"
JOURNAL = "/journal"
RUNBOOK = "https://wiki.example/disk-full"
HEAVY = (
    Heavy(4711, "postgres", "db", 180.0, 3 << 30), Heavy(812, "daphne", "riskgw", 41.5, 410 << 20),
    Heavy(907, "valkey-server", "riskgw", 22.0, 260 << 20),
)  # fmt: skip
# Every half minute, for twelve minutes: what fills a disk.
FILLING = [60 + 0.75 * place - 0.4 * (place % 3) for place in range(24)]


@pytest.fixture
def jobs(site: dict[str, Any]) -> Iterator[None]:
    with module_jobs(site["environment"]):
        yield


def reported(site: dict[str, Any], *percents: float, disk: str = DISK) -> None:
    """By the agent's own transport: samples half a minute apart, the last of them now."""
    first = time.time_ns() - (len(percents) - 1) * 30 * NS_PER_SECOND
    samples = tuple(
        Sample(first + place * 30 * NS_PER_SECOND, {f"disk_percent {disk}": percent}, HEAVY)
        for place, percent in enumerate(percents)
    )
    agent = Server(site["url"], site["agent_api_key"])
    agent.report(Report(socket.gethostname(), samples, {"cores": 2}))


def logged(site: dict[str, Any], text: str) -> None:
    """A line in a log of the machine, as our own workers write it."""
    folder = Path(site["environment"]["RISKGW_HOME"]) / "logs"
    folder.mkdir(exist_ok=True)
    now = datetime.now(timezone(timedelta(hours=8)))
    with (folder / "storage.log").open("a") as log:
        log.write(f"{now:%Y-%m-%d %H:%M:%S},000 ERROR {text}\n")


def set_threshold(page: Page, disk: str = DISK, for_seconds: int = 0) -> None:
    page.goto("/admin/monitoring/systemthreshold/add/")
    page.locator("[name=metric]").select_option("disk_percent")
    page.locator("[name=subject]").fill(disk)
    page.locator("[name=warn]").fill("77")
    page.locator("[name=for_seconds]").fill(str(for_seconds))
    page.locator("[name=runbook]").fill(RUNBOOK)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".result-list")).to_contain_text(disk)


def shortened(page: Page, disk: str, for_seconds: int) -> None:
    """How long the threshold of a disk must be reached."""
    row = page.locator(".result-list").get_by_role("row").filter(has_text=disk)
    row.get_by_role("link").first.click()
    page.locator("[name=for_seconds]").fill(str(for_seconds))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".result-list")).to_contain_text(disk)


def test_a_disk_beyond_its_threshold_is_prompted_and_dealt_with(
    sign_in: SignIn, site: dict[str, Any], jobs: None
) -> None:
    page = sign_in("ops")
    set_threshold(page)
    at(page, "/app/logs")
    logged(site, "/data: 9 GiB left")
    logged(site, "no space left for the journal")
    expect(page.locator(".logs-list")).to_contain_text("no space left for the journal")
    expect(page.get_by_test_id("prompt")).to_have_count(0)
    reported(site, *FILLING, 78)

    prompt = page.get_by_test_id("prompt")
    expect(prompt).to_contain_text("SYS-DISK")
    expect(prompt).to_contain_text(DISK)
    expect(prompt).to_contain_text("78")
    prompt.get_by_test_id("prompt-open").click()
    found = page.get_by_test_id("host-evidence")
    expect(found.get_by_test_id("age")).to_contain_text("s")
    expect(found.get_by_role("img", name="15 minutes before and after")).to_be_visible()
    expect(found.locator(".host-plot canvas")).to_be_visible()
    expect(found.locator(".host-plot .u-legend")).to_contain_text("Warn 77.0")
    expect(found).to_contain_text("postgres")
    expect(found).to_contain_text("no space left for the journal")
    expect(found.get_by_test_id("runbook")).to_have_attribute("href", RUNBOOK)

    drawer = page.get_by_test_id("evidence")
    expect(drawer).to_contain_text("nobody")
    drawer.get_by_test_id("take-over").click()
    expect(drawer.get_by_test_id("take-over")).to_have_count(0)
    drawer.get_by_test_id("comment").fill("old journals deleted")
    pictured(page, "walk-disk", height=1040)
    drawer.get_by_test_id("acknowledge").click()
    expect(drawer.get_by_test_id("notes")).to_contain_text("old journals deleted")
    expect(drawer).to_contain_text("Acknowledged")

    reported(site, 40)
    at(page, "/app/hosts")
    expect(page.get_by_role("row", name=socket.gethostname()).first).to_contain_text("40")

    # What has been full for a minute is prompted by the page when a minute is enough.
    officer = sign_in("ops")
    set_threshold(officer, JOURNAL, for_seconds=600)
    reported(site, 78, 78, 78, disk=JOURNAL)
    expect(page.get_by_role("row", name=socket.gethostname()).first).to_contain_text("78")
    expect(prompt).to_have_count(0)
    shortened(officer, JOURNAL, 60)
    expect(prompt).to_contain_text(JOURNAL)
    expect(prompt.get_by_test_id("prompt-here")).to_be_visible()
    prompt.hover()
    reported(site, 78, disk=JOURNAL)
    expect(prompt.get_by_test_id("prompt-here")).to_have_count(0)
    expect(prompt).to_have_count(1)


@pytest.fixture
def quiet_floor(browser: Browser, tmp_path: Path) -> Iterator[Floor]:
    """The jobs that judge are not run."""
    with floor_of(browser, tmp_path, ()) as made:
        yield made


@pytest.fixture
def floor(quiet_floor: Floor) -> Iterator[Floor]:
    with module_jobs(quiet_floor.site.environment):
        yield quiet_floor


def mirrored(floor: Floor, kind: EventKind, count: int, seconds: int = 1) -> None:
    """So many so far apart, and that time passes by them."""
    for _ in range(count):
        floor.mirror.order("A", seconds * NS_PER_SECOND, kind)
    floor.mirror.order("B", 5 * NS_PER_SECOND)


def cancels_shown(page: Page, ratio: str) -> None:
    """What the page Statistics has of account A; an order of B gives that one none."""
    row = page.locator("table.business tbody tr").filter(has=page.get_by_text("A", exact=True))
    expect(row).to_contain_text(ratio)


def test_a_ratio_of_cancels_is_prompted_then_stopped_until_the_trader_acts_and_releases(
    floor: Floor,
) -> None:
    officer = floor.sign_in("risk", "/admin/monitoring/metricthreshold/add/")
    officer.locator("[name=metric]").select_option("cancels")
    officer.locator("[name=exchange]").fill("SSE")
    officer.locator("[name=monitoring]").fill("40")
    officer.locator("[name=risk]").fill("50")
    officer.get_by_role("button", name="Save", exact=True).click()
    expect(officer.locator(".result-list")).to_contain_text("SSE")

    page = floor.sign_in("trader", "/app/statistics/cancels")
    mirrored(floor, EventKind.ORDER, 20)
    mirrored(floor, EventKind.CANCEL, 8, seconds=50)
    prompt = page.get_by_test_id("prompt").filter(has_text="B13.5")
    expect(prompt).to_contain_text("40")
    cancels_shown(page, "40.00")
    expect(page.get_by_role("img", name="Orders and cancels A 600000")).to_be_visible()
    pictured(page, "walk-cancels")
    page.get_by_role("link", name="Restrictions", exact=True).click()
    expect(page.get_by_text("Nobody is stopped.")).to_be_visible()
    assert floor.counter.ask()["verdict"] == "allow"

    mirrored(floor, EventKind.CANCEL, 2)
    row = page.get_by_test_id("restriction-row")
    expect(row).to_contain_text("B13.5")
    heard = floor.counter.next()["heard"]
    assert (heard["change"], heard["restriction"]["scope"]) == (
        "restricted", {"account": "A", "contract": "SSE:600000"},
    )  # fmt: skip
    denied = floor.counter.ask()
    assert (denied["verdict"], denied["reasons"][0]["rule"]) == ("deny", "B13.5")

    row.click()
    expect(page.get_by_test_id("concerned")).to_be_visible()
    pictured(page, "walk-stopped")

    # The trader has the account go on elsewhere, where nothing is cancelled.
    mirrored(floor, EventKind.ORDER, 20)
    at(page, "/app/statistics/cancels")
    cancels_shown(page, "25.00")
    at(page, "/app/restrictions")
    row.click()
    page.get_by_test_id("release-reason").fill("the strategy was slowed down")
    page.get_by_test_id("release").click()
    expect(page.get_by_test_id("restriction")).to_contain_text("Released")
    heard = floor.counter.next()["heard"]
    assert heard["change"] == "released"
    assert floor.counter.ask()["verdict"] == "allow"


def set_cancels(officer: Page, monitoring: str) -> None:
    """The threshold for Shanghai, in the administration."""
    row = officer.get_by_role("row").filter(has_text="SSE")
    row.get_by_role("link").first.click()
    officer.locator("[name=monitoring]").fill(monitoring)
    officer.get_by_role("button", name="Save", exact=True).click()
    expect(officer.locator(".result-list")).to_contain_text("SSE")


def test_a_threshold_that_another_user_changes_shows_at_once_before_any_server_has_judged(
    quiet_floor: Floor,
) -> None:
    floor = quiet_floor
    officer = floor.sign_in("risk", "/admin/monitoring/metricthreshold/add/")
    officer.locator("[name=metric]").select_option("cancels")
    officer.locator("[name=exchange]").fill("SSE")
    officer.locator("[name=monitoring]").fill("40")
    officer.get_by_role("button", name="Save", exact=True).click()
    page = floor.sign_in("trader", "/app/statistics/cancels")
    page.evaluate("window.isTheSame = true")
    plot = page.get_by_role("figure").filter(has_text="Orders and cancels A 600000")
    tile = page.get_by_role("link", name="Orders and cancels")
    prompt = page.get_by_test_id("prompt").filter(has_text="B13.5")
    with module_jobs(floor.site.environment):
        mirrored(floor, EventKind.ORDER, 20)
        mirrored(floor, EventKind.CANCEL, 6, seconds=50)
        cancels_shown(page, "30.00")
        expect(plot.locator("line")).to_have_count(1)
    expect(tile).to_contain_text("quiet")
    expect(prompt).to_have_count(0)

    set_cancels(officer, "25")
    expect(prompt).to_contain_text("30\u202f%")
    expect(prompt).to_contain_text("≥ 25\u202f%")
    expect(prompt.get_by_test_id("prompt-here")).to_be_visible()
    expect(tile).to_contain_text("monitoring threshold")
    expect(plot).to_contain_text("monitoring threshold 25")
    drawn = plot.locator("path").get_attribute("d")

    set_cancels(officer, "40")
    expect(prompt).to_have_count(0)
    expect(tile).to_contain_text("quiet")
    # The scale reaches up to the threshold.
    assert plot.locator("path").get_attribute("d") != drawn

    set_cancels(officer, "25")
    prompt.hover()
    with module_jobs(floor.site.environment):
        expect(prompt.get_by_test_id("prompt-here")).to_have_count(0)
        expect(prompt).to_have_count(1)
    assert page.evaluate("window.isTheSame")
