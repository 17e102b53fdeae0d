"""A trader at the quote desk in a browser, and the counterparty that has its quotes."""

import json
import re
import socket
import sqlite3
import subprocess
import sys
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.running_system import ROOT, RunningSystem

_SET_PROFILE = (
    "import sys, django; django.setup();"
    "from quoting.models import Pair; from quoting.actions.tell_engine import reload_engine;"
    "Pair.objects.filter(name=sys.argv[1]).update(profile=sys.argv[2]);"
    "sys.exit(not reload_engine('test'))"
)


def log_in(page: Page, system: RunningSystem, user: str) -> None:
    access = json.loads((system.home / "demo-access.json").read_text())
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(access["users"][user]["password"])
    page.keyboard.press("Enter")


def set_profile(system: RunningSystem, pair: str, profile: str) -> None:
    """As the admin does when a pair is saved."""
    command = [sys.executable, "-c", _SET_PROFILE, pair, profile]
    subprocess.run(command, cwd=ROOT, env=system.environment, check=True)


def set_channels(system: RunningSystem, *, are_enabled: bool) -> None:
    """Rows alone: nobody tells the engine."""
    with sqlite3.connect(system.home / "riskgw.sqlite3", timeout=20) as database:
        database.execute("UPDATE quoting_quotechannel SET is_enabled = ?", (are_enabled,))


def held(system: RunningSystem, pair: str) -> dict[tuple[str, int], dict[str, Any]]:
    """What the counterparty has of a pair, as it says itself."""
    port = int(system.environment["RISKGW_QUOTE_PORT"]) + 4
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile() as file:
        lines = [json.loads(line) for line in file]
    return {(each["side"], each["level"]): each for each in lines if each["pair"] == pair}


class DeskPage:
    """The panel of one pair."""

    def __init__(self, page: Page, pair: str) -> None:
        self.page = page
        page.goto(f"/app/quotes/{pair}")
        expect(page.get_by_test_id("quote-grid")).to_be_visible()

    def cell(self, side: str = "bid", level: int = 0) -> Locator:
        return self.page.locator(f'[data-cell="{side} {level}"]')

    def is_in(self, state: str, side: str = "bid", level: int = 0) -> None:
        """The cell comes to say so."""
        expect(self.cell(side, level)).to_have_class(re.compile(rf"\bquote-{state}\b"))

    def is_manual(self, *, really: bool = True) -> None:
        mark = self.cell().get_by_text("Manual", exact=True)
        expect(mark).to_have_count(int(really))

    def press(self, key: str, side: str = "bid") -> None:
        """A key of the cell that has the focus."""
        self.cell(side).focus()
        self.page.keyboard.press(key)

    def edit(self) -> Locator:
        self.cell().locator(".price").dblclick()
        draft = self.page.get_by_test_id("draft")
        expect(draft).to_be_focused()
        expect(self.page.get_by_test_id("what")).not_to_be_empty()
        return draft

    def type_price(self, price: str, key: str = "Enter") -> None:
        self.edit().fill(price)
        self.page.keyboard.press(key)

    def shows(self, price: str, side: str = "bid") -> None:
        expect(self.cell(side).locator(".price")).to_contain_text(price)

    def refuses(self) -> None:
        expect(self.cell().get_by_test_id("refusal")).to_be_visible()

    def feed(self, source: str) -> None:
        """A source is chosen and Feed pressed."""
        self.page.get_by_test_id("source").click()
        self.page.get_by_role("option", name=source, exact=True).click()
        self.page.get_by_test_id("feed").click()

    def open_own_price(self) -> None:
        self.page.get_by_test_id("tool-details").click()
        expect(self.page.get_by_test_id("own-set")).to_be_visible()

    def own_price(self, bid: str, ask: str, seconds: int = 600) -> None:
        """The market's price, as the dealer types it."""
        self.page.get_by_test_id("own-bid").fill(bid)
        self.page.get_by_test_id("own-ask").fill(ask)
        self.page.get_by_test_id("own-seconds").fill(str(seconds))
        self.page.get_by_test_id("own-set").click()

    def edit_version(self, strategy: str, number: int, part: str) -> None:
        """The settings of a version, with one part of them open."""
        self.page.get_by_test_id(f"show-{strategy}-{number}").click()
        self.page.get_by_test_id(f"part-{part}").locator("summary").click()

    def save_strategy(self, why: str) -> None:
        """As a new version."""
        field = self.page.locator('[data-testid="strategy-comment"]')
        (field if field.evaluate("each => each.matches('input')") else field.locator("input")).fill(
            why
        )
        self.page.get_by_test_id("strategy-save").click()
