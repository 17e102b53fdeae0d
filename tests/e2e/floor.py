"""What stands around a trader in a browser: mirrored orders, a counter with its server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page, expect

from riskgw.cep.spec import RuleSpec
from riskgw.shards.entries import Load
from tests.counter_site import BASE, PASSWORD, CounterSite, counter_site
from tests.e2e.conftest import watched
from tests.monitoring.test_counters import CounterProcess, Hook, Mirror
from tests.queue_server import QueueServer


class Floor(NamedTuple):
    """One trader's."""

    mirror: Mirror
    counter: CounterProcess
    hook: Hook
    site: CounterSite
    windows: Callable[[], BrowserContext]

    def sign_in(self, user: str, path: str) -> Page:
        """On this page, in windows of their own."""
        page = self.windows().new_page()
        page.goto(f"/login/?next={path}")
        page.get_by_label("User name").fill(user)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_label("User name")).to_have_count(0)
        return page


@contextmanager
def floor_of(browser: Browser, folder: Path, rules: tuple[RuleSpec, ...]) -> Iterator[Floor]:
    """With a queue server of its own: emptying that of the other tests would end their site."""
    (place := folder / "q").mkdir()
    queue, hook = QueueServer(place), Hook()
    queue.start()
    mirror = Mirror(queue)
    mirror.load(Load(BASE, rules))
    mirror.order("B", 0)
    faults: list[str] = []
    try:
        with counter_site(folder, queue.url, hook.url) as site:
            counter = CounterProcess(site, site.keys["alpha"])
            opened: list[BrowserContext] = []

            def windows() -> BrowserContext:
                opened.append(watched(browser, site.url, faults, {"width": 1440, "height": 900}))
                return opened[-1]

            yield Floor(mirror, counter, hook, site, windows)
            for each in opened:
                each.close()
            counter.stop()
    finally:
        hook.shutdown()
        queue.kill()
    assert faults == []
