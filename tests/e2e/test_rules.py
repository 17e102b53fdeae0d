"""Rules in a browser: proposed, tried on a recorded day, approved by a second person."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.days import MONDAY
from tests.e2e.conftest import ROOT, START_SECONDS_MAX, SignIn
from tests.e2e.test_flow import at

pytestmark = pytest.mark.browser

REFUSED = "Your role sees no rules."
BACKTEST_MS_MAX = 120_000


@pytest.fixture(scope="module")
def recorded_day(site: dict[str, Any]) -> None:
    archive = Path(site["environment"]["RISKGW_HOME"]) / "archive"
    archive.mkdir()
    subprocess.run(
        [sys.executable, "manage.py", "simulate_day", "--seed", "1", "--orders", "500",
         "--date", str(MONDAY), "--out", str(archive / f"{MONDAY}.pcap")],
        cwd=ROOT, env=site["environment"], check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture(scope="module")
def default_worker(site: dict[str, Any]) -> Iterator[None]:
    log = Path(site["environment"]["RISKGW_HOME"]) / "worker.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "riskgw.celery", "worker", "-P", "solo",
             "-Q", "default", "--without-gossip", "--without-mingle", "--without-heartbeat"],
            cwd=ROOT, env=site["environment"], stdout=file, stderr=file,
        )  # fmt: skip
    yield
    process.terminate()
    process.wait(timeout=START_SECONDS_MAX)


def proposed(page: Page, value: str, note: str) -> None:
    page.get_by_test_id("edit").click()
    page.get_by_test_id("value-warn").first.fill(value)
    page.get_by_test_id("note").fill(note)
    page.get_by_test_id("propose").click()
    expect(page.get_by_test_id("decision")).to_contain_text("Another person has to approve it")


@pytest.mark.usefixtures("recorded_day", "default_worker")
def test_a_proposed_figure_is_tried_on_a_recorded_day_and_compared_with_that_in_force(
    sign_in: SignIn,
) -> None:
    officer = at(sign_in("risk"), "/app/rules/P01")
    proposed(officer, "100", "warn earlier")
    officer.get_by_test_id("to-backtest").click()
    expect(officer.get_by_test_id("backtest-version")).to_contain_text("P01 v2")
    expect(officer.get_by_test_id("backtest-against")).to_contain_text("P01 v1")
    officer.get_by_test_id("start").click()
    counts = officer.get_by_test_id("backtest-counts")
    expect(counts).to_be_visible(timeout=BACKTEST_MS_MAX)
    expect(counts).to_contain_text("P01")
    expect(officer.get_by_test_id("backtest-result")).to_contain_text("Done")
    expect(officer.get_by_test_id("backtest-alert").first).to_contain_text("Only new")

    with officer.expect_download() as download:
        officer.get_by_test_id("export-csv").click()
    assert "added" in download.value.path().read_text(encoding="utf-8-sig")

    trader = at(sign_in("trader"), officer.url)
    expect(trader.get_by_test_id("backtest-counts")).to_contain_text("P01")
    expect(trader.get_by_test_id("backtest-form")).to_have_count(0)


def test_a_pack_is_read_beside_what_stands_and_applied_by_a_second_person(
    sign_in: SignIn,
) -> None:
    officer = at(sign_in("risk"), "/app/rules/packs")
    expect(officer.get_by_text("No parameter packs.")).to_be_visible()
    officer.get_by_label("From trading day").fill("2026-12-01")
    officer.keyboard.press("Enter")
    text = "rule,condition,level,value,source_note\nF01,self_trades,warn,2,notice 7\n"
    file = FilePayload(name="december.csv", mimeType="text/csv", buffer=text.encode())
    officer.get_by_test_id("pack-file").set_input_files(file)
    officer.get_by_test_id("bring").click()
    line = officer.get_by_test_id("pack-line").first
    expect(line).to_contain_text("notice 7")
    expect(line.locator("b")).to_have_text("2")
    expect(officer.get_by_test_id("reject")).to_have_text("Put aside")
    expect(officer.get_by_test_id("apply")).to_have_count(0)

    auditor = at(sign_in("auditor"), officer.url)
    expect(auditor.get_by_test_id("pack-line").first).to_contain_text("notice 7")
    for offer in ("pack-form", "apply", "reject"):
        expect(auditor.get_by_test_id(offer)).to_have_count(0)
    trader = at(sign_in("trader"), officer.url)
    expect(trader.get_by_text("Your role sees no parameter packs.")).to_be_visible()
    expect(trader.get_by_test_id("part-packs")).to_have_count(0)

    second = at(sign_in("admin"), "/app/rules/packs")
    second.get_by_test_id("pack-row").focus()
    second.keyboard.press("Enter")
    second.get_by_test_id("apply").click()
    expect(second.get_by_test_id("pack")).to_contain_text("applied")
    at(second, "/app/rules/F01")
    expect(second.get_by_test_id("rule-thresholds")).to_contain_text("from 2026-12-01")


def test_rules_are_narrowed_in_the_address_and_opened_by_keys(sign_in: SignIn) -> None:
    page = at(sign_in("auditor"), "/app/rules?category=programme")
    expect(page.get_by_test_id("rule-row").first).to_contain_text("P01")
    page.get_by_test_id("filter-search").fill("instant")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("rule-row")).to_have_count(1)
    assert "search=instant" in page.url
    page.get_by_test_id("rules").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("rule-words")).to_contain_text("400")
    expect(page.get_by_test_id("edit")).to_have_count(0)
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("rule-words")).to_contain_text("条件")
    page.get_by_test_id("language").click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("rule")).to_have_count(0)


def test_a_role_without_rules_is_told_so(sign_in: SignIn) -> None:
    accountant = at(sign_in("accountant"), "/app/rules")
    expect(accountant.get_by_text(REFUSED)).to_be_visible()
