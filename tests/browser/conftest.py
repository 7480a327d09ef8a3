"""Pages as a browser shows them: from disk, without network, and without a word on the console."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from harness.dev import browser as chromium

# Its asserts say what they found, as a test's do.
pytest.register_assert_rewrite("tests.browser.look")

WIDTHS = (360, 768, 1440)
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# From the page's path, the width and the colours: the page, open.
Show = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.open_browser() as opened:
        yield opened


@pytest.fixture
def show(browser: Browser) -> Iterator[Show]:
    """Opens pages; an error on the console, or something that is fetched, fails the test."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_(
        path: Path, width: int = 1440, scheme: Scheme = "light", javascript: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            offline=True,
            java_script_enabled=javascript,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(f"fetched {request.url}"))
        page.goto(path.resolve().as_uri())
        # The page itself.
        said.remove(f"fetched {page.url}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert said == []
