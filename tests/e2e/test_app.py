"""The application in a browser, on the whole system: from mirrored packets to who has seen it."""

import json
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, ViewportSize, expect

from riskgw.wiring.simulation.day import DayFiles
from tests import databases
from tests.days import MONDAY
from tests.e2e.conftest import watched
from tests.riskgw.wiring.test_running_system import expected, made, settled
from tests.running_system import RunningSystem, running_system

pytestmark = pytest.mark.browser

PROMPT_SECONDS_MAX = 2
SPEED = "1000"
RULE_SECONDS_MAX = 2
REPLAY_SECONDS_MAX = 60

# When a prompt was first drawn, by alert.
_NOTE_PROMPTS = """
window.promptedAt = {}
new MutationObserver(() => {
  for (const { dataset } of document.querySelectorAll('[data-testid=prompt]'))
    window.promptedAt[dataset.alert] ??= Date.now() / 1000
}).observe(document, { childList: true, subtree: true, attributes: true })
"""

# What of sound was made, and whether the user was just clicking when the browser was asked.
_NOTE_NOTICES = """
window.sounds = []
window.AudioContext = class extends AudioContext {
  constructor() { super(); window.sounds.push(this) }
}
window.clicksAsked = []
const ask = Notification.requestPermission.bind(Notification)
Notification.requestPermission = () => {
  window.clicksAsked.push(navigator.userActivation.isActive)
  return ask()
}
"""

# Opens a page as this user, logged in.
Enter = Callable[[str, str], Page]


class AlertsLog(threading.Thread):
    """When each alert came to the log that all server processes hear."""

    def __init__(self, system: RunningSystem) -> None:
        super().__init__(daemon=True)
        self.raised_at: dict[str, float] = {}
        queue: Any = system.queue()
        # A client that is forgotten takes its connections along.
        self._queue = queue
        self._channel = queue.pubsub(ignore_subscribe_messages=True)
        self._channel.subscribe("live.alerts")
        self._is_over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._is_over.is_set():
            message = self._channel.get_message(timeout=0.2)
            if message is not None:
                at = time.time()
                said = json.loads(message["data"].partition(b" ")[2])
                if said["change"] == "raised":
                    self.raised_at[said["alert"]["id"]] = at

    def stop(self) -> None:
        self._is_over.set()
        self.join()


@pytest.fixture(scope="module")
def system() -> Iterator[RunningSystem]:
    with tempfile.TemporaryDirectory(prefix="rg-") as home:
        databases.copy_into(Path(home) / "riskgw.sqlite3")
        with running_system(Path(home)) as running:
            yield running


@pytest.fixture(scope="module")
def day(system: RunningSystem, tmp_path_factory: pytest.TempPathFactory) -> DayFiles:
    files = made(tmp_path_factory.mktemp("day"), MONDAY)
    system.load(files.labels)
    return files


@pytest.fixture(scope="module")
def enter(browser: Browser, system: RunningSystem) -> Iterator[Enter]:
    """Windows stay free of errors to the end, and load nothing from elsewhere."""
    faults: list[str] = []
    sessions: dict[str, StorageState] = {}
    contexts = []

    def entered(user: str, path: str) -> Page:
        size: ViewportSize = {"width": 1440, "height": 900}
        context = watched(browser, system.url, faults, size, sessions.get(user))
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(_NOTE_PROMPTS)
        page.add_init_script(_NOTE_NOTICES)
        page.goto(path)
        if user not in sessions:
            log_in(page, system, user)
        expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
        sessions[user] = context.storage_state()
        return page

    yield entered
    for context in contexts:
        context.close()
    assert faults == []


def log_in(page: Page, system: RunningSystem, user: str) -> None:
    access = json.loads((system.home / "demo-access.json").read_text())
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(access["users"][user]["password"])
    page.keyboard.press("Enter")


@pytest.fixture(scope="module")
def log(system: RunningSystem) -> Iterator[AlertsLog]:
    listening = AlertsLog(system)
    yield listening
    listening.stop()


class Desk(NamedTuple):
    """Risk's screen, on Overview while a trading day is replayed."""

    page: Page
    replay: subprocess.Popen[str]


@pytest.fixture(scope="module")
def desk(system: RunningSystem, day: DayFiles, enter: Enter, log: AlertsLog) -> Iterator[Desk]:
    page = enter("risk", "/login/")
    expect(page).to_have_url(re.compile("/app/overview$"))
    expect(thresholds_at(page.get_by_test_id("thresholds")).first).to_be_visible()
    replay = system.replay(day.capture, SPEED)
    yield Desk(page, replay)
    replay.kill()
    replay.communicate()


@pytest.fixture(scope="module")
def evening(system: RunningSystem, day: DayFiles, desk: Desk) -> Page:
    """The same screen when the day is over and its alerts are stored."""
    desk.replay.communicate(timeout=REPLAY_SECONDS_MAX)
    assert desk.replay.returncode == 0
    wanted = expected(day)
    assert settled(system, MONDAY, wanted) == wanted
    return desk.page


def thresholds_at(place: Page | Locator, number: str | None = None) -> Locator:
    """Where a threshold is shown."""
    return place.locator("[data-threshold]" if number is None else f'[data-threshold="{number}"]')


def rows(page: Page) -> Locator:
    return page.get_by_test_id("alert-row")


def row_of(page: Page, rule: str, level: str) -> Locator:
    """The newest alert of this rule and level on the Alerts page."""
    page.get_by_role("link", name="Alerts", exact=True).click()
    return rows(page).filter(has_text=rule).filter(has_text=level).first


def test_an_alert_prompts_on_overview_within_two_seconds(desk: Desk, log: AlertsLog) -> None:
    expect(desk.page.get_by_test_id("prompt").first).to_be_visible()
    expect(desk.page).to_have_url(re.compile("/app/overview$"))
    prompted_at: dict[str, float] = desk.page.evaluate("window.promptedAt")
    waited = [at - log.raised_at[alert] for alert, at in prompted_at.items()]
    assert waited
    assert max(waited) < PROMPT_SECONDS_MAX, waited


def test_live_events_that_fit_the_address_show_on_order_flow(desk: Desk, enter: Enter) -> None:
    page = enter("ops", "/app/flow?event=order")
    expect(page).to_have_url(re.compile(r"/app/flow\?event=order$"))
    expect(page.get_by_test_id("event-row").first).to_be_visible()
    kinds = page.get_by_test_id("event-row").locator(".event").all_inner_texts()
    assert set(kinds) == {"Order"}


def test_who_may_not_see_alerts_reads_why(desk: Desk, enter: Enter) -> None:
    page = enter("accountant", "/login/")
    expect(page).to_have_url(re.compile("/app/ledger$"))  # where there is something for them
    page.goto("/app/overview")
    expect(page.get_by_text("Your role sees no alerts and no order flow.")).to_be_visible()
    expect(page.get_by_role("link", name="Alerts")).to_have_count(0)
    page.goto("/app/alerts")
    expect(page.get_by_text("Your role sees no alerts and no order flow.")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    assert page.evaluate("window.promptedAt") == {}


def test_language_and_theme_change_at_once_and_stay(desk: Desk, enter: Enter) -> None:
    page = enter("trader", "/login/")
    expect(page.get_by_role("heading", name="Thresholds in force")).to_be_visible()
    page.get_by_test_id("language").click()
    expect(page.get_by_role("heading", name="现行阈值")).to_be_visible()
    expect(page.get_by_role("link", name="总览", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_class(re.compile(r"\bdark\b"))
    page.get_by_test_id("theme").click()
    expect(page.locator("html")).not_to_have_class(re.compile(r"\bdark\b"))
    page.reload()
    expect(page.get_by_role("heading", name="现行阈值")).to_be_visible()
    expect(page.locator("html")).not_to_have_class(re.compile(r"\bdark\b"))


def comes_true(page: Page, expression: str) -> None:
    """The page's policy forbids eval, which `wait_for_function` polls by."""
    until = time.monotonic() + 5
    while not page.evaluate(expression):
        assert time.monotonic() < until, expression
        page.wait_for_timeout(50)


def test_sound_and_desktop_notifications_begin_with_the_users_click(
    evening: Page, enter: Enter
) -> None:
    page = enter("ops", "/app/overview")
    page.context.grant_permissions(["notifications"])
    expect(page).to_have_title(re.compile(r"^\(\d+\) Overview · riskgw$"))
    assert page.evaluate("[window.sounds.length, window.clicksAsked.length]") == [0, 0]
    page.get_by_test_id("settings").click()
    page.get_by_text("Sound with each prompt").click()
    comes_true(page, "window.sounds.length === 1 && window.sounds[0].currentTime > 0.3")
    assert page.evaluate("window.sounds[0].state") == "running"
    page.get_by_text("Desktop notification when this tab is hidden").click()
    comes_true(page, "window.clicksAsked.length === 1")
    assert page.evaluate("window.clicksAsked") == [True]
    kept = "JSON.parse(localStorage.getItem('riskgw.settings'))"
    comes_true(page, f"Boolean({kept}.desktop)")
    assert page.evaluate(f"[{kept}.sound, Notification.permission]") == [True, "granted"]


def test_an_acknowledgement_is_seen_by_others_without_a_reload(evening: Page, enter: Enter) -> None:
    row = row_of(evening, "F01", "Limit")
    alert = row.get_attribute("data-alert")
    other = enter("ops", f"/app/alerts/{alert}")
    expect(other.get_by_test_id("evidence")).to_contain_text("Open")
    other.evaluate("window.isSamePage = true")

    row.click()
    evidence = evening.get_by_test_id("evidence")
    reading = evidence.locator(".readings tbody tr").first
    expect(reading).to_contain_text(re.compile(r"\w+\s*\d[\d,.]*.*[≥>] \d"))
    evidence.get_by_test_id("comment").fill("Called the desk.")
    evidence.get_by_test_id("acknowledge").click()
    expect(evidence).to_contain_text(re.compile(r"Acknowledged\s*risk"))
    expect(evening.locator(f'[data-testid=prompt][data-alert="{alert}"]')).to_have_count(0)

    for where in (
        other.get_by_test_id("evidence"),
        other.locator(f'[data-testid=alert-row][data-alert="{alert}"]'),
    ):
        expect(where).to_contain_text("Acknowledged")
        expect(where).to_contain_text("Called the desk.")
    assert other.evaluate("window.isSamePage")
    expect(other.get_by_test_id("acknowledge")).to_have_count(0)
    # The way up to it is taken up with it.
    assert rows(other).filter(has_text="Called the desk.").count() > 1


def test_what_an_account_has_left_is_found_by_key(
    evening: Page, day: DayFiles, enter: Enter
) -> None:
    labels = json.loads(day.labels.read_text())["labels"]
    account = next(
        each["key"]["account"] for each in labels if each["rule"] == "P01" and each["expect"]
    )
    page = enter("trader", "/app/overview")
    for key in ("g", "c"):
        page.keyboard.press(key)
    expect(page.get_by_text("Type a customer, control group or account.").first).to_be_visible()
    page.keyboard.type(account)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/app/customer\?account={account}$"))
    headroom = page.get_by_test_id("headroom").locator("tbody tr").filter(has_text="P01")
    expect(headroom.first).to_contain_text(account)
    expect(page.get_by_test_id("customer-alerts")).to_contain_text("P01")


def test_a_threshold_changed_in_the_admin_shows_everywhere_without_a_fetch(
    evening: Page, enter: Enter, system: RunningSystem
) -> None:
    other = enter("trader", "/app/overview")
    fetched: list[str] = []
    row = row_of(evening, "F02", "Limit")
    row.click()
    drawer = evening.get_by_test_id("evidence")
    number = thresholds_at(drawer).first.get_attribute("data-threshold")
    places = [
        thresholds_at(row, number),
        thresholds_at(drawer, number),
        thresholds_at(other.get_by_test_id("thresholds"), number),
    ]
    for place in places:
        expect(place).to_contain_text("500")
    for page in (evening, other):
        page.on("request", lambda request: fetched.append(request.url))

    change_in_admin(evening, number, "512")
    changed_at = time.monotonic()
    wait_for_rule(system, "F02", 2)
    assert time.monotonic() - changed_at < RULE_SECONDS_MAX
    for place in places:
        expect(place).to_contain_text("512")
    evening.get_by_role("link", name="Overview").click()
    expect(thresholds_at(evening.get_by_test_id("thresholds"), number)).to_contain_text("512")
    assert [url for url in fetched if "/thresholds" in url] == []


def change_in_admin(page: Page, number: str | None, value: str) -> None:
    """In another window of the same user."""
    admin = page.context.new_page()
    admin.goto(f"/admin/monitoring/threshold/{number}/change/")
    admin.get_by_label("Value").fill(value)
    admin.keyboard.press("Enter")
    expect(admin.get_by_text("F02 v2 is live.")).to_be_visible()
    admin.close()


def wait_for_rule(system: RunningSystem, code: str, version: int) -> None:
    """Until every shard judges by it."""
    ends = time.monotonic() + RULE_SECONDS_MAX
    while {judged_by(system, shard).get(code) for shard in (0, 1)} != {version}:
        assert time.monotonic() < ends, [judged_by(system, shard) for shard in (0, 1)]
        time.sleep(0.05)


def judged_by(system: RunningSystem, shard: int) -> dict[str, int]:
    """Versions of the rules in a running shard."""
    found: Any = system.queue().get(f"figures.evaluate.{shard}")
    rules: dict[str, int] = json.loads(found)["rules"]
    return rules


def test_alerts_are_worked_through_with_the_keyboard(evening: Page) -> None:
    evening.goto("/app/overview")
    expect(evening.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    for key in ("g", "a"):
        evening.keyboard.press(key)
    expect(rows(evening).nth(2)).to_be_visible()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        evening.keyboard.press(key)
    active = evening.get_by_role("grid").get_by_role("row", selected=True)
    alert = active.get_attribute("data-alert")
    assert alert is not None
    expect(evening).to_have_url(re.compile(re.escape(alert)))
    expect(evening.get_by_test_id("evidence")).to_be_visible()
    evening.keyboard.press("Escape")
    expect(evening.get_by_test_id("evidence")).to_have_count(0)
