"""Pictures of a walk for the manual, where RISKGW_PICTURES names a folder: in English and dark,
in Chinese and light."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

# Plots are drawn anew in other inks, and panels have moved to their places.
SETTLED_MS = 600


def pictured(page: Page, name: str, height: int = 900) -> None:
    """Prompts stay while the pointer rests on them."""
    folder = os.environ.get("RISKGW_PICTURES")
    if not folder:
        return
    page.set_viewport_size({"width": 1440, "height": height})
    _shoot(page, Path(folder) / f"{name}.png")
    _switch(page, "EN")
    _shoot(page, Path(folder) / f"{name}-zh.png")
    _switch(page, "中文")


def _switch(page: Page, offers: str) -> None:
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("language")).to_have_text(offers)
    page.get_by_test_id("theme").click()


def _shoot(page: Page, path: Path) -> None:
    prompts = page.get_by_test_id("prompt")
    if prompts.count():
        prompts.first.hover()
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=path)
