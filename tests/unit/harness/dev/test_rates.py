"""The error rates that docs/ci.md tells are those of the recorded noise."""

from harness.dev import rates


def test_the_committed_page_is_not_stale() -> None:
    page = rates.PAGE.read_text(encoding="utf-8")
    assert len(rates.PLACE.findall(page)) == 1
    assert rates.generate(page) == page, "generate it anew: python -m harness.dev.rates"
