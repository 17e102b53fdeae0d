"""From a price of a source to the screen of a desk: headless Chromium on the whole system.

A tick is painted once the frame that has it is over: a message that is posted in the frame's
callback comes behind its painting; what the compositor still does is not in it. A price that the
next one overtakes within a frame is never painted.
"""

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Error, Page, ViewportSize, async_playwright

from quoting.domain.generated_market import CMDS, Quoted
from quoting.io.rates import Ports, Rates
from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import ROOT, ChildFailed
from tests.benchmarks.figures import NOT_INSTALLED, Figure
from tests.running_system import RunningSystem, running_system

PAIR, PROVIDER, USER = "USD.CNY", "BCHO", "trader"
RATES, SECONDS = (10, 50), 12
CHROMIUM = "chromium"
BID, SPREAD, SIZE, MOVES = 64_650, 13, 1_000_000, 60
WAIT_MS_MAX = 30_000
WHAT = "price of a source → painted on a desk"
_DEMO = (
    "import sys, django; django.setup();"
    "from quoting.actions.tell_engine import reload_engine;"
    "from quoting.io.rates import Ports;"
    "from riskgw.wiring.demo_quotes import make_demo_quotes;"
    "first = int(sys.argv[1]); make_demo_quotes(Ports(first, first + 1, first + 2));"
    "sys.exit(not reload_engine('bench'))"
)
_WATCH = """
() => {
  window.painted = []
  let last = ''
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = event => window.painted.push([event.data, performance.timeOrigin + performance.now()])
  const look = () => {
    const text = document.querySelector('[data-testid="provider-bid"]')?.textContent.trim() ?? ''
    if (text !== last) port2.postMessage(text)
    last = text
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}
"""  # noqa: E501  # of JavaScript
_VIEWPORT = ViewportSize(width=1440, height=900)
_FLAGS = ("--no-sandbox", "--disable-gpu")


def measure(workshop: Workshop) -> list[Figure]:
    if shutil.which(CHROMIUM) is None:
        return [Figure(WHAT, f"{CHROMIUM}: {NOT_INSTALLED}")]
    with (
        tempfile.TemporaryDirectory(prefix="rp-") as home,
        running_system(Path(home)) as system,
    ):
        return asyncio.run(_measure(system))


async def _measure(system: RunningSystem) -> list[Figure]:
    first = int(system.environment["RISKGW_QUOTE_PORT"]) + 1
    rates = Rates()
    await rates.start(Ports(first, first + 1, first + 2))
    made = [sys.executable, "-c", _DEMO, str(first)]
    await asyncio.to_thread(
        subprocess.run, made, cwd=ROOT, env=system.environment, check=True, timeout=60
    )
    try:
        async with async_playwright() as playwright:
            path = shutil.which(CHROMIUM)
            browser = await playwright.chromium.launch(executable_path=path, args=_FLAGS)
            page = await browser.new_page(base_url=system.url, viewport=_VIEWPORT)
            await _desk(page, system)
            rows = [_figure(rate, await _painted(page, rates, rate)) for rate in RATES]
            await browser.close()
            return rows
    except Error as error:
        raise ChildFailed(str(error)) from error
    finally:
        await rates.stop()


async def _desk(page: Page, system: RunningSystem) -> None:
    access: dict[str, Any] = json.loads((system.home / "demo-access.json").read_text())
    await page.goto("/login/")
    await page.get_by_label("User name").fill(USER)
    await page.get_by_label("Password").fill(access["users"][USER]["password"])
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/app/**", timeout=WAIT_MS_MAX)
    await page.goto(f"/app/quotes/{PAIR}")
    await page.get_by_test_id("provider-bid").wait_for(timeout=WAIT_MS_MAX)
    await page.evaluate(_WATCH)


async def _painted(page: Page, rates: Rates, per_second: int) -> tuple[int, list[float]]:
    """How many were said, and of those that were painted the milliseconds."""
    await page.evaluate("() => { window.painted = [] }")
    said: dict[str, float] = {}
    ways: list[float] = []
    due = time.monotonic()
    count = per_second * SECONDS
    for number in range(count):
        bid = BID + number % MOVES
        said[f"{bid // 10_000}.{bid % 10_000:04}"] = time.time() * 1000
        prices = ((bid, SIZE),), ((bid + SPREAD, SIZE),)
        rates.say(Quoted(time.time_ns(), PAIR, CMDS, PROVIDER, *prices, 2 * bid + SPREAD))
        due += 1 / per_second
        await asyncio.sleep(max(0, due - time.monotonic()))
        if number % MOVES == MOVES - 1 or number == count - 1:
            await asyncio.sleep(0.5)
            ways += _ways(said, await page.evaluate("() => window.painted.splice(0)"))
            said.clear()
            due = time.monotonic()
    return count, ways


def _ways(said: dict[str, float], painted: list[tuple[str, float]]) -> list[float]:
    return [at_ms - said[text] for text, at_ms in painted if text in said]


def _figure(per_second: int, found: tuple[int, list[float]]) -> Figure:
    count, ways = found
    if not ways:
        raise ChildFailed("the desk painted none of the prices")
    ordered = sorted(ways)
    high = ordered[len(ordered) * 99 // 100]
    return Figure(
        f"{WHAT}, {per_second} a second",
        f"p50 {statistics.median(ordered):.1f} ms, p99 {high:.1f} ms, most {ordered[-1]:.1f} ms",
        "",
        f"{len(ways)} of {count} painted",
        rounds=[{"ms": each} for each in ways],
    )
