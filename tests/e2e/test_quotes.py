"""The quote desk in a browser, on the whole system with its made-up market and counterparty."""

import os
import re
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.e2e.conftest import watched
from tests.e2e.quote_desk import DeskPage, held, log_in, set_channels, set_profile
from tests.running_system import RunningSystem, running_system

pytestmark = pytest.mark.browser

PAIR, BY_HAND = "USD.CNY", "USD.KRW"
ASKED_SECONDS_MAX = 90

Enter = Callable[[str], Page]


@pytest.fixture(scope="module")
def system() -> Iterator[RunningSystem]:
    with (
        tempfile.TemporaryDirectory(prefix="rq-") as home,
        running_system(Path(home), with_rates=True) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def enter(browser: Browser, system: RunningSystem) -> Iterator[Enter]:
    """Opens a page as this user; windows stay free of errors to the end."""
    faults: list[str] = []
    contexts = []

    def entered(user: str) -> Page:
        size: ViewportSize = {"width": 1440, "height": 1000}
        context = watched(browser, system.url, faults, size)
        contexts.append(context)
        page = context.new_page()
        page.goto("/login/")
        log_in(page, system, user)
        expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
        return page

    yield entered
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="module")
def trader(enter: Enter) -> Page:
    return enter("trader")


@pytest.fixture
def desk(trader: Page) -> Iterator[DeskPage]:
    """The panel with all its prices in the market; nothing is left there."""
    found = DeskPage(trader, PAIR)
    trader.get_by_test_id("start-all").click()
    for level in range(4):
        found.is_in("live", "bid", level)
        found.is_in("live", "ask", level)
    yield found
    trader.get_by_test_id("stop-book").click()
    found.is_in("stopped")
    found.feed("CMDSB")


def until_held(system: RunningSystem, price: str | None, side: str = "bid") -> None:
    """The counterparty comes to have this."""
    until = time.monotonic() + ASKED_SECONDS_MAX
    while (found := held(system, PAIR).get((side, 0))) is not None or price is not None:
        if found is not None and found["price"] == price:
            return
        assert time.monotonic() < until, found
        time.sleep(0.1)


def until_quoted_with(system: RunningSystem, base: int) -> None:
    """The counterparty comes to have the price that the details give this base of the spread."""
    until = time.monotonic() + ASKED_SECONDS_MAX
    while True:
        cells = system.get(f"quoting/pairs/{PAIR}/details", "trader")["cells"]
        bid = next(each for each in cells if (each["side"], each["level"]) == ("bid", 0))
        found = held(system, PAIR).get(("bid", 0))
        if bid["addends"] and bid["addends"][0] == base and found is not None:
            assert bid["market"] + sum(bid["addends"]) == bid["price"]
            if Decimal(found["price"]).scaleb(4) == bid["price"]:
                return
        assert time.monotonic() < until, (bid, found)
        time.sleep(0.1)


def test_from_automatic_by_hand_and_back(desk: DeskPage, system: RunningSystem) -> None:
    desk.is_manual(really=False)
    desk.type_price("6.1", "Escape")
    desk.is_manual(really=False)
    desk.is_in("live")
    desk.type_price("6.4321")
    desk.is_manual()
    desk.is_in("live")
    desk.shows("6.4321")
    until_held(system, "6.4321")
    # By hand a nudge moves the price itself.
    desk.cell().get_by_test_id("nudge-up").click()
    desk.shows("6.4322")
    until_held(system, "6.4322")
    desk.press("a")
    desk.is_manual(really=False)
    desk.is_in("live")


def test_a_nudge_of_an_automatic_price_stays_on_it(desk: DeskPage) -> None:
    desk.press("+", "ask")
    badge = desk.cell("ask").get_by_test_id("adjust")
    expect(badge).to_have_text("+1")
    desk.press("Shift+_", "ask")
    expect(badge).to_have_text(re.compile("[-−]9"))
    desk.is_in("live", "ask")


def test_what_is_typed_wrong_is_named_and_can_be_mended(desk: DeskPage) -> None:
    desk.type_price("6.43215")
    fault = desk.page.get_by_role("alert").filter(has_text="4 decimals")
    expect(fault).to_be_visible()
    desk.page.get_by_test_id("draft").fill("6.4321")
    desk.page.keyboard.press("Enter")
    desk.shows("6.4321")


def test_another_source_by_feed(desk: DeskPage) -> None:
    desk.feed("RTRS")
    desk.is_in("live")
    desk.type_price("6.4321")
    desk.is_manual()
    desk.feed("BANK")
    desk.is_manual(really=False)
    desk.is_in("live")


def test_one_key_stops_the_whole_book(desk: DeskPage, system: RunningSystem) -> None:
    desk.page.keyboard.press("F12")
    said = desk.page.get_by_test_id("stop-said")
    expect(said).to_contain_text("CHANNEL1")
    for level in range(4):
        desk.is_in("stopped", "bid", level)
    assert held(system, PAIR) == {}


def test_that_key_works_on_every_other_page(desk: DeskPage, system: RunningSystem) -> None:
    page = desk.page
    page.get_by_role("navigation").get_by_role("link", name="Restrictions").click()
    page.wait_for_url("**/app/restrictions*")
    assert len(held(system, PAIR)) == 8
    page.keyboard.press("F12")
    said = page.get_by_test_id("stop-said")
    expect(said).to_contain_text("CHANNEL1: confirmed, nothing stands")
    assert held(system, PAIR) == {}
    said.get_by_role("button").click()
    expect(said).to_be_hidden()
    DeskPage(page, PAIR).is_in("stopped")


def test_the_book_stops_though_the_queue_server_hangs(
    desk: DeskPage, system: RunningSystem
) -> None:
    queue = system.queue().info("server")["process_id"]
    os.kill(queue, signal.SIGSTOP)
    try:
        desk.page.keyboard.press("F12")
        said = desk.page.get_by_test_id("stop-said")
        expect(said).to_contain_text("CHANNEL1: confirmed, nothing stands")
        assert held(system, PAIR) == {}
    finally:
        os.kill(queue, signal.SIGCONT)


def test_a_saved_strategy_is_in_force_on_the_next_tick(
    desk: DeskPage, system: RunningSystem
) -> None:
    page = desk.page
    page.get_by_test_id("tool-spread").click()
    page.get_by_test_id("setting-spread.base").fill("12")
    best = page.get_by_test_id("preview").get_by_role("row").filter(has_text="BEST").first
    expect(best.get_by_role("cell").last).to_have_text("−10")
    desk.save_strategy("wider")
    expect(page.get_by_test_id("strategy-said")).to_have_text("Saved as version 2; in force.")
    until_quoted_with(system, base=-12)
    page.get_by_test_id("tool-strategies").click()
    desk.edit_version("STEADY", 2, "ttls")
    page.get_by_test_id("setting-ttls.source_ns").fill("-1")
    fault = page.get_by_text("Not possible: too small or too large.")
    expect(fault).to_be_visible()
    page.get_by_test_id("setting-ttls.source_ns").fill("0.001")
    expect(fault).to_be_hidden()
    desk.save_strategy("to see prices grow old")
    expect(page.get_by_test_id("strategy-said")).to_have_text("Version 3 of STEADY is in force.")
    desk.is_in("(stale|invalid)")
    # A version that was in force is chosen again, by keys alone.
    page.get_by_test_id("version-STEADY-1").get_by_role("button", name="Use").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("strategy-said")).to_have_text("Version 1 of STEADY is in force.")
    desk.is_in("live")
    until_quoted_with(system, base=-2)


def test_start_and_stop_all_never_reach_beyond_the_pair(
    desk: DeskPage, system: RunningSystem
) -> None:
    other = DeskPage(desk.page, "EUR.USD")
    other.page.get_by_test_id("start-all").click()
    other.is_in("live")
    other.page.get_by_test_id("stop-all").click()
    other.is_in("stopped")
    assert held(system, "EUR.USD") == {}
    assert len(held(system, PAIR)) == 8
    DeskPage(desk.page, PAIR)


def test_a_pause_of_one_side_leaves_the_other(desk: DeskPage, system: RunningSystem) -> None:
    desk.page.get_by_test_id("pause-bid").click()
    desk.is_in("stopped", "bid", 3)
    desk.is_in("live", "ask", 3)
    assert {side for side, _ in held(system, PAIR)} == {"ask"}
    desk.page.get_by_test_id("resume-bid").click()
    desk.is_in("live")


def test_a_closed_browser_changes_nothing_for_the_counterparty(
    desk: DeskPage, system: RunningSystem, enter: Enter
) -> None:
    desk.type_price("6.4321")
    until_held(system, "6.4321")
    before = held(system, PAIR)["bid", 0]
    page = enter("trader")
    DeskPage(page, PAIR).shows("6.4321")
    page.context.close()
    again = DeskPage(enter("trader"), PAIR)
    again.is_in("live")
    again.is_manual()
    again.shows("6.4321")
    assert held(system, PAIR)["bid", 0] == before


def decided(page: Page, *words: str) -> Locator:
    """The newest last look that says all of this."""
    rows = page.get_by_test_id("deals").locator("tbody tr")
    for word in words:
        rows = rows.filter(has_text=word)
    return rows.first


def asked(page: Page, button: str = "accept") -> Locator:
    """A ticket that waits for its answer; what was answered may still stand for a moment."""
    waiting = page.locator(f'[data-testid="{button}"]:not([disabled])')
    ticket = page.get_by_test_id("ticket").filter(has=waiting).first
    expect(ticket).to_be_visible(timeout=ASKED_SECONDS_MAX * 1000)
    return ticket


def test_requests_are_answered_by_ticket_and_the_last_look_is_on_record(desk: DeskPage) -> None:
    page = desk.page
    page.get_by_test_id("tool-dealMode").click()
    expect(page.get_by_test_id("tool-dealMode")).to_have_attribute("aria-pressed", "true")
    try:
        ticket = asked(page, "reject")
        expect(ticket.get_by_test_id("ticket-left")).to_have_text(re.compile(r"0:\d\d left"))
        ticket.get_by_test_id("reject").click()
        # The price as it was asked for, then what both moments had and how far it might move.
        ticket = asked(page)
        price = ticket.get_by_test_id("ticket-then").inner_text()
        ticket.get_by_test_id("accept").click()
        row = decided(page, "Accepted", "trader", price)
        expect(row).to_be_visible()
        expect(row.get_by_role("cell").nth(7)).to_have_text(price)
        expect(row.get_by_role("cell").nth(9)).to_have_text("2")
        refused = page.get_by_test_id("deals").locator("tr").filter(has_text="Refused by the")
        before = refused.count()
        ticket = asked(page)
        ticket.get_by_role("textbox").fill("6.5")
        ticket.get_by_test_id("requote").click()
        expect(refused).to_have_count(before + 1)
        # Nobody answers: the countdown runs out, and the engine refuses.
        asked(page)
        expect(decided(page, "Nobody answered in time", "engine")).to_be_visible(timeout=30_000)
    finally:
        page.get_by_test_id("tool-dealMode").click()
    expect(page.get_by_test_id("tool-dealMode")).to_have_attribute("aria-pressed", "false")


def test_all_of_it_in_chinese(desk: DeskPage) -> None:
    page = desk.page
    page.get_by_test_id("language").click()
    try:
        expect(page.get_by_test_id("feed")).to_have_text("馈送")
        words = page.get_by_test_id("quote-panel").inner_text()
        assert not re.findall(r"\b(?:Stopped|Live|Feed|Limits|Spread|Details|Pause|Bid)\b", words)
    finally:
        page.get_by_test_id("language").click()
    expect(page.get_by_test_id("feed")).to_have_text("Feed")


def test_who_may_not_see_quotes_is_told(enter: Enter) -> None:
    page = enter("accountant")
    page.goto(f"/app/quotes/{PAIR}")
    expect(page.get_by_test_id("quote-grid")).to_have_count(0)
    expect(page.locator(".notice")).to_be_visible()


@pytest.fixture(params=["default", "source"])
def by_hand(request: pytest.FixtureRequest, trader: Page, system: RunningSystem) -> Iterator[str]:
    """The pair that is quoted from what a dealer types, under both profiles."""
    profile: str = request.param
    set_profile(system, BY_HAND, profile)
    yield profile
    trader.get_by_test_id("stop-book").click()


def test_every_row_of_figure_3(trader: Page, by_hand: str) -> None:
    """Automatic: stopped (S), valid (V), invalid (N)."""
    desk = DeskPage(trader, BY_HAND)
    desk.open_own_price()
    desk.own_price("1000.06", "1001.06", 1)
    # S, nudge and TTL: S.
    desk.press("+")
    desk.press("-")
    desk.is_in("stopped")
    time.sleep(1.5)  # what was typed is over
    desk.is_in("stopped")
    # S, START without a valid price: N. N, bad tick: N. N, valid tick: V.
    desk.press(" ")
    desk.is_in("(stale|invalid)")
    desk.own_price("999.90", "1000.90")
    desk.is_in("invalid")
    desk.own_price("1000.06", "1001.06")
    desk.is_in("live")
    desk.shows("1000.04")
    # V, tick: changed is published, unchanged stays.
    desk.own_price("1000.05", "1001.06")
    desk.shows("1000.03")
    desk.own_price("1000.05", "1001.06")
    desk.is_in("live")
    # V, nudge within limits: the spread changes.
    desk.press("+")
    desk.shows("1000.04")
    desk.press("-")
    desk.shows("1000.03")
    # V, nudge out of limits: N by the source, refused by default.
    desk.press("Shift+_")
    if by_hand == "source":
        desk.is_in("invalid")
        # N, what makes it valid: V.
        desk.press("Shift+=")
    else:
        desk.refuses()
    desk.is_in("live")
    # V, generated price out of limits: N.
    desk.own_price("999.90", "1000.90")
    desk.is_in("invalid")
    # N, STOP: S. S, tick: S. S, START with a valid price: V.
    desk.press(" ")
    desk.is_in("stopped")
    desk.own_price("1000.06", "1001.06")
    desk.is_in("stopped")
    desk.press(" ")
    desk.is_in("live")
    # V, abnormal by cleansing: N; good prices again: V.
    desk.own_price("1000.06", "1003.06")
    desk.is_in("invalid")
    for _ in range(2):
        time.sleep(1.1)  # so long the strategy keeps it out
        desk.own_price("1000.06", "1001.06")
    desk.is_in("live")
    # V, TTL: N.
    desk.own_price("1000.05", "1001.06", 1)
    desk.is_in("(stale|invalid)")
    desk.own_price("1000.06", "1001.06")
    desk.is_in("live")
    # V, STOP: S.
    desk.press(" ")
    desk.is_in("stopped")


def enter_out_of_limits(desk: DeskPage, profile: str) -> None:
    """V: to O by the source, by default refused with the editor left open."""
    desk.type_price("999.00")
    if profile == "source":
        desk.is_in("stopped")
        desk.type_price("1000.05")
        desk.press(" ")
    else:
        expect(desk.page.get_by_test_id("draft")).to_be_visible()
        desk.page.keyboard.press("Escape")
    desk.is_in("live")
    desk.shows("1000.05")


def test_every_row_of_figure_4(trader: Page, by_hand: str) -> None:
    """By hand: off (O), valid (V), typing (R)."""
    desk = DeskPage(trader, BY_HAND)
    desk.open_own_price()
    desk.own_price("1000.06", "1001.06")
    desk.press("Delete")
    desk.type_price("1000.20")
    desk.is_manual()
    desk.is_in("stopped")
    # O, double-click, Esc and Enter: O. O, START with a price: V.
    desk.type_price("1000.30", "Escape")
    desk.shows("1000.20")
    desk.type_price("1000.10")
    desk.is_in("stopped")
    desk.shows("1000.10")
    desk.press(" ")
    desk.is_in("live")
    # V, double-click: what is in the market stays. Esc, Enter: V.
    desk.edit()
    desk.is_in("live")
    desk.page.keyboard.press("Escape")
    desk.type_price("1000.05")
    desk.is_in("live")
    desk.shows("1000.05")
    enter_out_of_limits(desk, by_hand)
    # V, nudge within and out of limits.
    desk.press("+")
    desk.shows("1000.06")
    desk.press("Shift+_")
    if by_hand == "source":
        desk.is_in("stopped")
        desk.press("Shift+=")
        desk.press(" ")
    else:
        desk.refuses()
    desk.is_in("live")
    # V, Pause: O. O, START: V. V, X: O without a price.
    desk.press(" ")
    desk.is_in("stopped")
    desk.press(" ")
    desk.is_in("live")
    desk.press("Delete")
    desk.is_in("stopped")
    # O, START without a price: refused by the source, opens the editor by default.
    desk.press(" ")
    if by_hand == "source":
        desk.refuses()
    else:
        expect(desk.page.get_by_test_id("draft")).to_be_visible()
        desk.page.keyboard.press("Escape")


def test_every_row_of_figure_5(trader: Page, by_hand: str) -> None:
    """What changes the mode: Enter, A and Feed alone."""
    desk = DeskPage(trader, BY_HAND)
    desk.open_own_price()
    desk.own_price("1000.06", "1001.06")
    desk.press("a")
    # Automatic, double-click: Esc goes back, Enter is by hand.
    desk.type_price("1000.20", "Escape")
    desk.is_manual(really=False)
    desk.type_price("1000.20")
    desk.is_manual()
    # By hand, A: automatic. By hand, Feed: automatic. Automatic, Feed: automatic.
    desk.press("a")
    desk.is_manual(really=False)
    desk.type_price("1000.20")
    desk.is_manual()
    desk.feed("OWN")
    desk.is_manual(really=False)
    desk.feed("OWN")
    desk.is_manual(really=False)


def test_an_engine_that_cannot_begin_says_why_until_it_can(
    trader: Page, system: RunningSystem
) -> None:
    """Rows that do not fit are mended by people: the desk tells them which."""
    desk = DeskPage(trader, PAIR)
    said = trader.get_by_role("alert").filter(has_text="The quote engine waits")
    set_channels(system, are_enabled=False)
    try:
        system.kill("quotes")
        expect(said).to_contain_text(f"{PAIR}: channel CHANNEL1 is not in use")
        expect(trader.get_by_test_id("quote-panel")).to_have_class(re.compile(r"\bstale\b"))
    finally:
        set_channels(system, are_enabled=True)
    expect(said).to_be_hidden()
    desk.is_in("stopped")
