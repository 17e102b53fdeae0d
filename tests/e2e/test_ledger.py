"""The page Ledger in a browser: one proposes, another approves, and the balance moves on screen."""

import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import ROOT, SignIn
from tests.e2e.test_flow import at

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def poster(site: dict[str, Any]) -> Iterator[None]:
    """What the running system has Celery do: post, and tell of it."""
    command = [sys.executable, "-m", "tests.e2e.poster"]
    process = subprocess.Popen(command, cwd=ROOT, env=site["environment"])
    yield
    process.terminate()
    process.wait(timeout=10)


def choose(page: Page, place: int, account: str, amount: str) -> None:
    box = page.get_by_test_id(f"leg-account-{place}")
    box.click()
    # In one piece: each letter by itself would have the list made anew under the click.
    box.get_by_role("combobox").fill(account)
    option = page.get_by_role("option", name=account)
    expect(page.get_by_role("option").filter(visible=True)).to_have_count(1)
    option.click()
    page.get_by_test_id(f"leg-amount-{place}").fill(amount)


def refusal(maker: Page) -> tuple[int, str]:
    """What the server says to who approves a voucher of their own, past the page."""
    number = maker.url.partition("proposal=")[2]
    token = next(each for each in maker.context.cookies() if each.get("name") == "csrftoken")
    headers = {"X-CSRFToken": token.get("value", ""), "Referer": maker.url}
    path = f"/api/v1/ledger/vouchers/{number}/approve"
    answer = maker.request.post(path, data={}, headers=headers)
    return answer.status, answer.json()["type"]


def test_a_voucher_is_proposed_by_one_and_approved_by_another(sign_in: SignIn) -> None:
    maker = at(sign_in("accountant2"), "/app/ledger/proposals?form=voucher")
    choose(maker, 0, "E2E-CASH", "60")
    choose(maker, 1, "E2E-CLIENT", "59.99")
    expect(maker.get_by_test_id("sums")).to_contain_text("Differs by -0.01")
    maker.get_by_test_id("leg-amount-1").fill("60.00")
    expect(maker.get_by_test_id("sums")).to_contain_text("Even")
    maker.get_by_test_id("voucher-reason").fill("fee booked twice")
    maker.get_by_test_id("propose").click()
    expect(maker.get_by_test_id("own")).to_be_visible()
    expect(maker.get_by_test_id("approve")).to_have_count(0)
    assert refusal(maker) == (HTTPStatus.FORBIDDEN, "urn:riskgw:second_person")

    looking = at(sign_in("accountant"), "/app/ledger?search=E2E-CLIENT")
    posted = looking.get_by_test_id("accounts-row").get_by_test_id("posted")
    expect(posted).to_have_text("100.00")

    checker = at(sign_in("accountant"), "/app/ledger/proposals?state=proposed")
    checker.get_by_test_id("vouchers-row").filter(has_text="fee booked twice").click()
    checker.get_by_test_id("decision-reason").fill("seen the receipt")
    checker.get_by_test_id("approve").click()
    expect(checker.get_by_test_id("proposal")).to_contain_text("Booked")
    expect(checker.get_by_test_id("proposal")).to_contain_text("seen the receipt")

    expect(posted).to_have_text("160.00")
    expect(maker.get_by_test_id("vouchers-row")).to_contain_text("Booked")


def test_an_auditor_sees_the_books_and_is_offered_no_change(sign_in: SignIn) -> None:
    auditor = at(sign_in("auditor"), "/app/ledger?open=E2E-CLIENT")
    expect(auditor.get_by_test_id("balance-posted")).not_to_be_empty()
    expect(auditor.get_by_test_id("statement")).to_be_visible()
    auditor.get_by_test_id("drawer-changes").click()
    expect(auditor.get_by_test_id("gesture-reason")).to_have_count(0)
    auditor.get_by_test_id("part-proposals").click()
    expect(auditor.get_by_test_id("new-voucher")).to_have_count(0)


def test_a_trader_sees_no_books(sign_in: SignIn) -> None:
    trader = at(sign_in("trader"), "/app/ledger")
    expect(trader.get_by_text("Your role sees no books.")).to_be_visible()
    expect(trader.get_by_role("link", name="Ledger")).to_have_count(0)
