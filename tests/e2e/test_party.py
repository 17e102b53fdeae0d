"""A control group over all counters in a browser: found, seen as it stands, and restricted."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn
from tests.e2e.party import GROUP, ORDERS, tell
from tests.e2e.test_flow import at
from tests.queue_server import QueueServer

pytestmark = pytest.mark.browser


def test_a_group_is_seen_over_all_counters_and_restricted_from_there(
    sign_in: SignIn, queue_server: QueueServer
) -> None:
    with queue_server.client() as queue:
        tell(queue)
    page = at(sign_in("risk"), "/app/customer")
    expect(page.get_by_text("Type a customer, control group or account.").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("friend")
    page.get_by_test_id("suggest-group").click()

    accounts = page.get_by_test_id("party-accounts").locator("tbody tr")
    expect(accounts).to_have_count(2)
    expect(accounts.first).to_contain_text("ALPHA")
    expect(accounts.first).to_contain_text("50")
    expect(accounts.last).to_contain_text("BETA")
    expect(accounts.last).to_contain_text("unknown")
    expect(page.get_by_test_id("party-positions")).to_contain_text("10.10")
    orders = page.get_by_test_id("party-orders").locator("tbody tr")
    expect(orders).to_have_count(ORDERS)
    expect(orders.first).to_contain_text("E2")
    with page.expect_download() as downloaded:
        page.locator(".panel.orders").get_by_test_id("export-csv").click()
    exported = Path(downloaded.value.path()).read_text("utf-8-sig")
    assert [row["order_ref"] for row in csv.DictReader(StringIO(exported))] == ["E2", "E1", "E0"]

    page.get_by_test_id("to-restrict").click()
    expect(page.get_by_test_id("restrict-value")).to_have_value(GROUP)
    page.get_by_test_id("restrict-reason").fill("too close")
    page.get_by_test_id("restrict").click()
    expect(page.get_by_test_id("restriction")).to_contain_text("too close")
    at(page, f"/app/customer?group={GROUP}")
    expect(accounts.first).to_contain_text("Reducing only")
    expect(page.get_by_test_id("customer-restrictions")).to_contain_text("too close")
    _leave(page)


def _leave(page: Page) -> None:
    """Without a question under way: a server that is told to end waits for its threads, and nobody
    here answers for the shards, which takes a question its second."""
    at(page, "/app/overview")
    page.wait_for_timeout(2_000)
