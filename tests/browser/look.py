"""What a person would see on a page at a glance, asked of the browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from harness.system.paths import ROOT

SCREENSHOTS = ROOT / ".work" / "screenshots"

# The rectangle of each line of text that is shown, within what is open of the page; what is turned
# by an angle of its own has none that is told apart from its neighbour's.
TEXTS = """() => {
  const turned = node => {
    const angle = /rotate\\((-?[\\d.]+)/.exec(node.parentElement.getAttribute("transform") || "");
    return angle && Number(angle[1]) % 90 !== 0;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || turned(node)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const svg = parent.closest("svg");
    const rectangles = svg ? [parent.getBoundingClientRect()] : range.getClientRects();
    for (const {left, right, top, bottom} of rectangles) {
      if (right <= 0 || right - left < 1) continue;
      const box = svg && svg.getBoundingClientRect();
      found.push({
        text: node.data.trim(), left, right, top, bottom,
        outside: box ? Math.max(box.left - left, right - box.right, box.top - top,
                                bottom - box.bottom) : 0,
      });
    }
  }
  return found;
}"""
# Its content is wider than itself, and nobody can scroll to it.
CUT = """() => [...document.querySelectorAll("body *")].filter(element =>
  element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
  && ["hidden", "clip"].includes(getComputedStyle(element).overflowX)
).map(element => element.outerHTML.slice(0, 200))"""
# Letters may touch.
SLACK = 2


def sideways(page: Page) -> int:
    """By how many pixels the page itself can be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def cut(page: Page) -> list[str]:
    """Texts of which a part cannot be seen."""
    outside = [text["text"] for text in page.evaluate(TEXTS) if text["outside"] > SLACK]
    return outside + list(page.evaluate(CUT))


def overlapping(page: Page) -> list[tuple[str, str]]:
    """Pairs of texts that lie on each other."""
    texts = sorted(page.evaluate(TEXTS), key=lambda text: text["top"])
    pairs = []
    for number, one in enumerate(texts):
        for other in texts[number + 1 :]:
            if other["top"] >= one["bottom"] - SLACK:
                break
            shared = min(one["right"], other["right"]) - max(one["left"], other["left"])
            if shared > SLACK and min(one["bottom"], other["bottom"]) - other["top"] > SLACK:
                pairs.append((one["text"], other["text"]))
    return pairs


def inaccessible(page: Page) -> list[str]:
    """What axe-core finds fault with: contrast, landmarks, names and the rest of its rules."""
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in Axe().run(page).response["violations"]
        for node in fault["nodes"]
    ]


def check(page: Page, name: str) -> None:
    """Keeps a picture of the page, then fails where a person would be in trouble with it."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    assert sideways(page) == 0
    assert cut(page) == []
    assert overlapping(page) == []
    assert inaccessible(page) == []
