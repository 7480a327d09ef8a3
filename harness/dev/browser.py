"""A headless Chromium that opens pages from disk, and has no network."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from harness.errors import Missing
from harness.system import programs

OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the system's own Chromium for a block; raise Missing where there is none."""
    chromium = programs.chromium()
    if chromium is None:
        raise Missing("Chromium is not installed.", do="`make test` brings it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()
