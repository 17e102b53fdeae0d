"""The admin in a browser: compliance at work, and who may only look."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import SignIn

pytestmark = pytest.mark.browser

WIDE = (
    "", "monitoring/alert/", "monitoring/indicator/", "monitoring/ruleversion/",
    "reference/contract/", "monitoring/rule/add/",
)  # fmt: skip


def row(page: Page, *texts: str) -> Locator:
    """The row of a list that holds all these texts."""
    rows = page.locator(".result-list tbody tr")
    for text in texts:
        rows = rows.filter(has_text=text)
    return rows


def test_compliance_edits_a_threshold_and_reads_it_in_the_history(sign_in: SignIn) -> None:
    page = sign_in("risk")
    page.locator("#nav-sidebar-apps").get_by_role("link", name="Thresholds", exact=True).click()
    row(page, "F02 Frequent cancels", "warn", "400").get_by_role("link", name="F02").click()
    value = page.get_by_label("Value")
    expect(value).to_be_focused()
    expect(value).to_have_value("400")
    value.fill("390")
    page.keyboard.press("Enter")
    expect(page.get_by_text("F02 v2 is live.")).to_be_visible()

    row(page, "F02 Frequent cancels", "warn").get_by_role("link", name="390").click()
    page.get_by_role("link", name="History", exact=True).click()
    newest, first = page.locator("#change-history tbody tr").all()
    expect(newest).to_contain_text(re.compile(r"Changed\s+risk\s+Value: 400\s+→\s+390"))
    expect(first).to_contain_text("Created")


def test_compliance_reads_what_a_version_changed(sign_in: SignIn) -> None:
    page = sign_in("risk")
    page.goto("/admin/monitoring/rule/")
    row(page, "T01").get_by_role("link", name="T01").click()
    page.get_by_label("English advice").fill("Split it.")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("T01 v2 is live.")).to_be_visible()
    page.get_by_role("link", name="Versions", exact=True).click()
    expect(row(page, "risk")).to_contain_text(re.compile(r"English advice: .*→\s+Split it\."))
    row(page, "risk").get_by_role("link").first.click()
    expect(
        page.get_by_role("cell", name="Order quantity / Contract's largest order")
    ).to_be_visible()


def test_a_fault_stands_below_the_number_it_is_about(sign_in: SignIn) -> None:
    page = sign_in("risk")
    page.goto("/admin/monitoring/rule/")
    row(page, "F01").get_by_role("link", name="F01").click()
    page.locator("#id_conditions-0-warn").fill("6")
    page.get_by_role("button", name="Save", exact=True).click()
    cell = page.locator("td.field-restrict").first
    expect(cell).to_contain_text("restrict is reached before warn")
    expect(page.locator("#id_conditions-0-warn")).to_have_value("6")


def test_an_alert_shows_values_beside_thresholds(sign_in: SignIn) -> None:
    page = sign_in("trader")
    page.locator("#nav-sidebar-apps").get_by_role("link", name="Alerts").click()
    row(page, "A000000003").get_by_role("link").first.click()
    reading = page.get_by_role("row", name="Submissions today")
    expect(reading.get_by_role("cell")).to_have_text(
        ["Submissions today", "16,000", "≥ 16,000", re.compile("check")]
    )
    expect(page.get_by_text("The first 2 and the last:")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="R16000")).to_be_visible()
    expect(page.get_by_text("2026-11-23 09:30:00.005")).to_be_visible()


def test_the_first_page_leads_to_the_alerts_it_counts(sign_in: SignIn) -> None:
    page = sign_in("ops")
    page.locator(".tile-limit").click()
    expect(page.locator(".result-list tbody tr")).to_have_count(15)
    expect(page.locator(".result-list tbody tr").filter(has_text="warn")).to_have_count(0)


def test_one_click_changes_the_language_and_it_stays(sign_in: SignIn) -> None:
    page = sign_in("risk")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="总览")).to_be_visible()
    page.locator("#nav-sidebar-apps").get_by_role("link", name="阈值", exact=True).click()
    expect(row(page, "自成交", "触限")).to_contain_text("当日自成交次数")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.get_by_role("button", name="English").click()
    expect(row(page, "Self-trade", "limit")).to_contain_text("Self-trades")


@pytest.mark.parametrize("role", ["trader", "ops", "auditor"])
def test_who_may_only_look_is_offered_no_save(sign_in: SignIn, role: str) -> None:
    page = sign_in(role)
    page.goto("/admin/monitoring/rule/")
    expect(page.get_by_role("link", name="Add")).to_have_count(0)
    row(page, "P01").get_by_role("link", name="P01").click()
    expect(page.get_by_role("link", name="Close")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Save|Delete"))).to_have_count(0)
    expect(page.get_by_text("Submissions in 1 s")).to_be_visible()


def test_menus_open_with_the_keyboard(sign_in: SignIn) -> None:
    page = sign_in("risk")
    page.locator("#nav-sidebar-inner [role=button]").filter(has_text="risk").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Change password")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_text("Change password")).to_be_hidden()


def test_the_site_is_dark_until_its_user_wants_it_light(sign_in: SignIn) -> None:
    page = sign_in("risk")
    expect(page.locator("html")).to_have_class(re.compile(r"\bdark\b"))
    page.locator("#nav-sidebar-inner [role=button]").filter(has_text="risk").click()
    page.get_by_text("Light", exact=True).click()
    expect(page.locator("html")).not_to_have_class(re.compile(r"\bdark\b"))
    page.reload()
    expect(page.locator("html")).not_to_have_class(re.compile(r"\bdark\b"))


@pytest.mark.parametrize(("language", "width"), [("en", 1440), ("zh-hans", 1440), ("en", 1920)])
def test_nothing_is_cut_off_at_the_right(sign_in: SignIn, language: str, width: int) -> None:
    page = sign_in("admin", width)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])
    for path in WIDE:
        page.goto(f"/admin/{path}")
        expect(page.locator("#content")).to_be_visible()
        cut = page.evaluate(
            "() => [document.documentElement, ...document.querySelectorAll('#content table')]"
            ".filter(each => each.scrollWidth > innerWidth"
            " || each.getBoundingClientRect().right > innerWidth + 1)"
            ".map(each => each.tagName + each.id)"
        )
        assert cut == [], path
