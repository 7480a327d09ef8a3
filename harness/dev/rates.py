"""The error rates in docs/ci.md from docs/noise.json: `python -m harness.dev.rates` makes them.

Given a baseline, as `results/baselines/bench-1a2b3c4d.json`, it takes that one's noise first.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.compare import simulation
from harness.record import noise_record
from harness.report.pages.noise_page import create_rates_table, describe_promise
from harness.report.render import markdown
from harness.system.paths import DOCS

PAGE = DOCS / "ci.md"
NOISE = DOCS / "noise.json"
PLACE = re.compile(r"(?<=<!-- rates -->\n).*?(?=<!-- end of rates -->)", re.DOTALL)


def main(arguments: Sequence[str]) -> None:
    """Write the page anew, and the noise first where the path of a baseline is given."""
    if arguments:
        noise = simulation.select_noise(noise_record.read_baseline(Path(arguments[0])))
        NOISE.write_text(noise.model_dump_json(indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(generate(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def generate(page: str) -> str:
    """Return the page with the error rates that follow from the recorded noise."""
    noise = noise_record.Noise.model_validate_json(NOISE.read_bytes())
    rates = simulation.simulate_slowdowns(noise)
    table = markdown.render_table(create_rates_table(rates))
    text = f"\n{markdown.escape_text(describe_promise(rates))}\n\n{table}\n\n"
    return PLACE.sub(lambda _: text, page)


if __name__ == "__main__":
    main(sys.argv[1:])
