"""A report as one HTML file: no scripts or styles from elsewhere, charts as inline SVG."""

import itertools
import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.report.render.document import Figure, Report, escape_unprintable, split_lines

_TAG = re.compile(r"<[^>]+>")
_IDENTIFIER = re.compile(r'(?<= id=")|(?<=url\(#)|(?<= href="#)')


def render_report(report: Report) -> str:
    """Render the report as a page; text from events and errors is escaped."""
    environment = Environment(
        loader=PackageLoader("harness.report.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    numbers = itertools.count(1)

    def drawn(figure: Figure) -> Markup:
        return _drawn(figure, next(numbers))

    environment.filters |= {"drawn": drawn, "slug": _slug, "paragraphs": split_lines}
    return environment.get_template("page.html").render(report=report)


def _shown(value: object) -> object:
    """Escape characters that would change how a page reads, as those for right-to-left text."""
    return escape_unprintable(value) if type(value) is str else value


def _drawn(figure: Figure, number: int) -> Markup:
    """Return the figure's SVG, named by its caption, with identifiers of its own."""
    svg = _TAG.sub(lambda tag: _IDENTIFIER.sub(f"figure-{number}-", tag[0]), figure.draw())
    named = f'<svg role="img" aria-label="{escape(escape_unprintable(figure.caption))}" '
    return Markup(svg.replace("<svg ", named, 1))


def _slug(title: str) -> str:
    """Return a title as an address within the page: `Count ladder` is `count-ladder`."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))
