"""Order flow in a browser, on stored orders and problems; live events are in `test_app`."""

import csv
import re
from http import HTTPStatus
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import SignIn
from tests.e2e.filling import ACCOUNTS, ORDERS

pytestmark = pytest.mark.browser

WIDTH = 1440
OF_ONE = ORDERS // ACCOUNTS
REFUSED = "Your role sees no alerts and no order flow."


def at(page: Page, path: str) -> Page:
    """The application at this place, with its keys."""
    page.goto(path)
    expect(page.get_by_role("banner")).to_be_visible()
    return page


def events(page: Page) -> Locator:
    return page.get_by_test_id("event-row")


def saved(page: Page, kind: str) -> bytes:
    """The file that the page's export gives."""
    with page.expect_download() as downloaded:
        page.get_by_test_id(f"export-{kind}").click()
    return Path(downloaded.value.path()).read_bytes()


def test_keys_lead_to_the_orders_of_an_account_and_the_address_keeps_them(sign_in: SignIn) -> None:
    page = at(sign_in("risk"), "/app/overview")
    for key in ("g", "f"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile("/app/flow$"))
    page.get_by_test_id("stored").click()
    expect(events(page).first).to_contain_text(f"R{ORDERS - 1}")
    page.keyboard.press("/")
    page.keyboard.type("A000000001")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/app/flow\?account=A000000001&stored=1$"))
    expect(page.get_by_role("status").get_by_text(f"{OF_ONE} events")).to_be_visible()
    page.reload()
    expect(page.get_by_role("status").get_by_text(f"{OF_ONE} events")).to_be_visible()
    expect(page.get_by_test_id("filter-account")).to_have_value("A000000001")
    expect(events(page).first).to_contain_text("A000000001")


def test_what_is_filtered_is_exported_to_both_kinds_of_file(sign_in: SignIn) -> None:
    page = at(sign_in("risk"), "/app/flow?account=A000000002&stored=1")
    text = saved(page, "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text, newline="")))
    expect(page.get_by_test_id("exported")).to_have_text(f"{OF_ONE} rows exported")
    assert [row["order_ref"] for row in rows] == [f"R{n}" for n in range(ORDERS - 1, 0, -ACCOUNTS)]
    assert {row["account"] for row in rows} == {"A000000002"}

    at(page, "/app/flow/problems?problem=gap")
    (sheet,) = load_workbook(BytesIO(saved(page, "xlsx"))).worksheets
    header, row = sheet.iter_rows()
    cells = {name.value: cell for name, cell in zip(header, row, strict=True)}
    assert cells["problem"].value == "gap"
    assert (cells["reason"].value, cells["reason"].data_type) == ("=1+1", "s")

    at(page, "/app/alerts?level=limit")
    assert saved(page, "csv").count(b",limit,open,") == 15


def test_a_problem_opens_to_its_bytes_by_key(sign_in: SignIn) -> None:
    page = at(sign_in("risk"), "/app/flow/problems?problem=checksum")
    row = page.get_by_test_id("problem-row")
    expect(row).to_have_count(1)
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("hex")).to_contain_text("000000e1  00 01 ** ** 52 49 53 48")
    expect(page.get_by_test_id("hex")).to_contain_text("|..**RISH|")
    expect(page.get_by_text("Byte 225 (0xe1) of the stream")).to_be_visible()


def test_language_and_theme_change_on_the_page(sign_in: SignIn) -> None:
    page = at(sign_in("risk"), "/app/flow?stored=1")
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("export-csv")).to_have_text("导出 CSV")
    expect(page.get_by_test_id("part-problems")).to_have_text("问题")
    expect(page.locator("html")).to_have_class(re.compile(r"\bdark\b"))
    page.get_by_test_id("theme").click()
    expect(page.locator("html")).not_to_have_class(re.compile(r"\bdark\b"))
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("export-csv")).to_have_text("Export CSV")


def test_another_role_is_refused_by_page_and_server(sign_in: SignIn) -> None:
    page = sign_in("accountant")
    for path in ("/app/flow?stored=1", "/app/flow/problems"):
        at(page, path)
        expect(page.get_by_text(REFUSED)).to_be_visible()
        expect(page.get_by_test_id("export-csv")).to_have_count(0)
    for name in ("alerts", "orders", "problems"):
        answer = page.request.get(f"/api/v1/{name}/export")
        assert answer.status == HTTPStatus.FORBIDDEN


def test_nothing_on_the_page_is_cut_off_at_the_right(sign_in: SignIn) -> None:
    page = sign_in("risk", WIDTH)
    for path in ("/app/flow?stored=1", "/app/flow/problems?day=2026-11-23"):
        at(page, path)
        button = page.get_by_test_id("export-xlsx")
        expect(button).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, path
