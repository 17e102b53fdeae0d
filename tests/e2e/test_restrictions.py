"""Restrictions in a browser: made by hand, seen by others at once, released by a trader."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn
from tests.e2e.test_flow import at

pytestmark = pytest.mark.browser

REFUSED = "Your role sees no restrictions."


def restrict(page: Page, account: str, reason: str) -> None:
    page.get_by_test_id("make").click()
    page.get_by_test_id("restrict-value").fill(account)
    page.get_by_test_id("restrict").click()
    expect(page.get_by_test_id("restrict-form").get_by_role("alert")).to_have_text("Give a reason.")
    page.get_by_test_id("restrict-reason").fill(reason)
    page.get_by_test_id("restrict").click()
    expect(page.get_by_test_id("restriction")).to_contain_text(reason)


def test_who_is_stopped_by_hand_is_released_by_a_trader_on_a_page_of_their_own(
    sign_in: SignIn,
) -> None:
    officer = at(sign_in("risk"), "/app/restrictions?scope=A000000001")
    expect(officer.get_by_text("No restriction fits the filter.")).to_be_visible()
    trader = at(sign_in("trader"), "/app/restrictions?state=active&scope=A000000001")
    expect(trader.get_by_text("No restriction fits the filter.")).to_be_visible()
    restrict(officer, "A000000001", "two wallets")

    row = trader.get_by_test_id("restriction-row")
    expect(row).to_contain_text("Reducing only")
    row.focus()
    trader.keyboard.press("Enter")
    trader.get_by_test_id("release").click()
    expect(trader.get_by_test_id("restriction").get_by_role("alert")).to_have_text("Give a reason.")
    trader.get_by_test_id("release-reason").fill("explained by the customer")
    trader.keyboard.press("Enter")
    expect(row).to_have_count(0)
    expect(trader.get_by_test_id("restriction")).to_contain_text("Released")

    expect(officer.get_by_test_id("restriction-row")).to_contain_text("explained by the customer")
    expect(officer.get_by_test_id("restriction")).to_contain_text("explained by the customer")


def test_two_persons_release_where_that_was_wanted(sign_in: SignIn) -> None:
    officer = at(sign_in("risk"), "/app/restrictions?scope=A000000002")
    officer.get_by_test_id("make").click()
    officer.get_by_test_id("restrict-value").fill("A000000002")
    officer.get_by_test_id("restrict-reason").fill("an error in the book")
    officer.get_by_test_id("restrict-release").click()
    officer.get_by_role("option", name="two persons").click()
    officer.get_by_test_id("restrict").click()
    officer.get_by_test_id("release-reason").fill("mended")
    officer.get_by_test_id("release").click()
    expect(officer.get_by_test_id("proposal")).to_contain_text("Another person has to confirm it.")
    expect(officer.get_by_test_id("release")).to_be_disabled()
    expect(officer.get_by_test_id("restriction-row")).to_contain_text("Release proposed by risk")

    trader = at(sign_in("trader"), "/app/restrictions?scope=A000000002")
    trader.get_by_test_id("restriction-row").click()
    expect(trader.get_by_test_id("proposal")).to_contain_text("mended")
    trader.get_by_test_id("release-reason").fill("seen it")
    trader.get_by_test_id("release").click()
    expect(trader.get_by_test_id("restriction-row")).to_contain_text("Released")


def test_a_page_says_what_its_role_may_not(sign_in: SignIn) -> None:
    trader = at(sign_in("trader"), "/app/restrictions")
    expect(trader.get_by_test_id("make")).to_have_count(0)
    accountant = at(sign_in("accountant"), "/app/restrictions")
    expect(accountant.get_by_text(REFUSED)).to_be_visible()
    at(accountant, "/app/customer?account=A000000001")
    expect(accountant.get_by_text("Your role sees no headroom.")).to_be_visible()
