"""Statistics, Market making, Hosts, Logs, Data files and Modules: what each role sees of them."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import ROOT, SignIn

pytestmark = pytest.mark.browser

AXE = ROOT / "static/node_modules/axe-core/axe.min.js"
# Address, menu, what it is called in both languages, and what it shows in any state.
PAGES = (
    ("statistics", "Business", "Statistics", "统计", ".metric-tile"),
    ("making", "Business", "Market making", "做市", ".business-page .panel"),
    ("hosts", "System", "Hosts", "主机", ".hosts-page .panel"),
    ("logs", "System", "Logs", "日志", ".logs-page .panel"),
    ("data-files", "System", "Data files", "数据文件", ".data-page"),
    ("modules", "System", "Modules", "功能模块", ".panel.list"),
)


def serious_faults(page: Page) -> list[str]:
    """By axe, where the packages of the bundle are installed."""
    page.evaluate(Path(AXE).read_text())
    found: list[str] = page.evaluate(
        "axe.run(document).then(({ violations }) => violations"
        ".filter(({ impact }) => ['serious', 'critical'].includes(impact))"
        ".map(({ id, nodes }) => id + ' ' + nodes[0].html))"
    )
    return found


def test_who_may_see_them_comes_to_each_page_by_its_menu(sign_in: SignIn) -> None:
    page = sign_in("ops")
    page.goto("/app/overview")
    expect(page.locator("h1")).to_have_text("Overview")
    expect(page.locator(".panel").first).to_be_visible()
    for name, menu, title, _, content in PAGES:
        page.get_by_role("button", name=menu, exact=True).click()
        page.locator(".nav-menu").get_by_role("link", name=title, exact=True).click()
        expect(page).to_have_url(f"{page.url.split('/app/')[0]}/app/{name}")
        expect(page.locator(content).first).to_be_visible()
        expect(page.locator(".nav-group.current > button")).to_have_text(menu)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width == 1440, name
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Statistics")


@pytest.mark.skipif(not AXE.exists(), reason="no packages of the bundle: npm ci in static/")
def test_axe_finds_nothing_serious_on_them_in_chinese(sign_in: SignIn) -> None:
    page = sign_in("ops")
    page.goto("/app/statistics")
    expect(page.locator(".metric-tile").first).to_be_visible()
    page.get_by_test_id("language").click()
    expect(page.locator("h1")).to_have_text("统计")
    for name, _, _, title, content in PAGES:
        page.goto(f"/app/{name}")
        expect(page.locator("h1")).to_have_text(title)
        expect(page.locator(content).first).to_be_visible()
        assert serious_faults(page) == [], name
    page.get_by_test_id("language").click()
    expect(page.locator("h1")).to_have_text("Modules")


def test_a_role_without_the_right_is_not_offered_them_and_reads_why(sign_in: SignIn) -> None:
    page = sign_in("accountant")
    page.goto("/app/hosts")
    expect(page.get_by_text("Your role does not see hosts.")).to_be_visible()
    expect(page.locator(".nav-menu").get_by_text("Hosts")).to_have_count(0)
    page.goto("/app/modules")
    expect(page.get_by_text("Your role sees no function modules.")).to_be_visible()
