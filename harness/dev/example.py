"""`example`: docs/example, the pages of one run and the README's picture of them."""

import io
import os
import shutil
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import FloatRect, Page

from harness.dev import browser
from harness.record import store
from harness.report.pages import run_folder
from harness.system import paths

EXAMPLE = paths.DOCS / "example"

# What the pages are made from, and lead to; a run's other files are not kept here.
FILES = ("result.json", "series.csv", "latency.csv", "config.toml")
PICTURE = "report.png"
# On the picture: the charts over time.
SHOWN = ("#events-over-time", "#budget")
WIDTH = 1000
COLOURS = 48


def run(reference: str) -> None:
    """Make docs/example from a run, and print the path of its page."""
    create_example(store.find_run(paths.RESULTS, reference), EXAMPLE)
    click.echo(os.path.relpath(EXAMPLE / run_folder.PAGE))


def create_example(folder: Path, target: Path) -> None:
    """Make the example anew from a run's folder; raise Missing where there is no Chromium."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(folder / name, target / name)
    page = run_folder.write_run_pages(folder, target).report
    with browser.open_browser() as opened:
        shown = opened.new_page(viewport={"width": WIDTH, "height": 800}, color_scheme="light")
        shown.goto(page.resolve().as_uri())
        picture = shown.screenshot(full_page=True, clip=_clip(shown))
    # A palette takes a quarter of the bytes, and the pages have few colours.
    palette = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS)
    palette.save(target / PICTURE, optimize=True)


def _clip(page: Page) -> FloatRect:
    """Return the part from the first of the sections shown to the last chart of the last."""
    first, last = SHOWN
    top = page.locator(f"section:has({first})").bounding_box()
    bottom = page.locator(f"section:has({last}) svg").last.bounding_box()
    if top is None or bottom is None:
        raise ValueError(f"there is no chart below {last}")
    height = bottom["y"] + bottom["height"] - top["y"]
    return {"x": 0, "y": top["y"], "width": WIDTH, "height": height}
