"""The one place that knows output formats.

A chart becomes three outputs of one execution: its Vega-Lite specification (for the
browser and for JupyterLab), a static SVG (for the page before and without JavaScript, and
for the PDF) and its description (for text). Numbers in prose are glued here.
"""

import calendar
import hashlib
import re

import pandas as pd
from IPython.display import display

from nato_japan import data
from nato_japan.vega import VEGALITE, vl_convert

SHORTEST, LONGEST = 40, 300  # characters of a description that serves as alternative text

#: what stands in a sentence as it is
PLAIN = re.compile(r"\w[^*_`<>\[\]\\|\n]*")

WORDS = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]


def mimebundle(spec: dict) -> tuple[dict[str, object], dict[str, object]]:
    """The outputs of a chart, specification, static SVG and description, and their metadata.

    Raises ValueError for a chart without a description of 40 to 300 characters: it is the
    alternative text.
    """
    description = spec.get("description", "")
    if not SHORTEST <= len(description) <= LONGEST:
        raise ValueError(
            f"a chart needs a description of {SHORTEST} to {LONGEST} characters, "
            f"found {len(description)}: {description!r}"
        )
    outputs = {
        VEGALITE: spec,
        "image/svg+xml": static_svg(spec),
        "text/plain": description,
    }
    # editors draw on their own ground, which may be dark; the pages of the book turn colours
    return outputs, {VEGALITE: {"embed_options": {"config": {"background": "white"}}}}


def static_svg(spec: dict) -> str:
    """The chart as SVG text, the same on every run and free of clashes with other charts."""
    svg = vl_convert.vegalite_to_svg(spec)
    # vl-convert numbers its elements by a counter of the process; two charts on a page
    # would share ids, and the order of charts would change the bytes
    stem = "c" + hashlib.sha256(repr(spec).encode()).hexdigest()[:8]
    names: dict[str, str] = {}
    for name in re.findall(r'\bid="([^"]+)"', svg):
        names.setdefault(name, f"{stem}-{len(names)}")
    for name, unique in names.items():
        svg = svg.replace(f'"{name}"', f'"{unique}"').replace(f"#{name})", f"#{unique})")
    # a tenth of a pixel is enough, and half the bytes of a map
    svg = re.sub(r' (?:d|transform)="[^"]*"', lambda drawn: _rounded(drawn[0]), svg)
    # one image, one description: labels of single marks would only be noise
    svg = re.sub(r' (?:aria-[a-z]+|role)="[^"]*"', "", svg)
    label = spec["description"].replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def _rounded(text: str) -> str:
    """Numbers of two or more decimals with one; factors below one, such as scales, stay."""
    return re.sub(r"(?<![\d.])[1-9]\d*\.\d{2,}", lambda n: f"{float(n[0]):.1f}", text)


def glue(**values: object) -> None:
    """Give values to the sentences, where ``<!-- name -->`` asks for them (see prose.py).

    Underscores in names become hyphens. Whole numbers up to twelve are written as words, as the
    house style wants it. Raises ValueError for a value that would not be plain words in a sentence.
    """
    for name, value in values.items():
        if isinstance(value, int) or hasattr(value, "item"):
            value = number(int(value))
        _glue(name.replace("_", "-"), str(value))


def number(value: int) -> str:
    """A whole number as the house style writes it: up to twelve in words."""
    return WORDS[value] if value < len(WORDS) else f"{value:,}"


def glue_printed(ids: str) -> None:
    """Glue what the paper prints: dates as ``date-<event_id>``, numbers as ``n-<quantity_id>``.

    ``ids``: of events and quantities, separated by blanks.
    Raises KeyError for an event or quantity of which the paper prints neither.
    """
    events, quantities = data.load("events"), data.load("quantities")
    dates = events.set_index("event_id")["date_printed"].dropna().add_prefix("date-")
    numbers = quantities.set_index("quantity_id")["printed"].add_prefix("n-")
    printed = pd.concat([dates, numbers])
    for name in ids.split():
        known = [key for key in (f"date-{name}", f"n-{name}") if key in printed]
        if not known:
            raise KeyError(f"the paper prints no event or quantity {name!r}")
        for key in known:
            _glue(key, printed[key])


def glue_record(*ids: str) -> None:
    """Glue the dates of events of the record in words, as ``date-<event_id>``.

    Raises KeyError for an event that the record does not hold.
    """
    dates = data.load("record_events").set_index("event_id")["date"]
    for name in ids:
        _glue(f"date-{name}", format_date(dates[name]))


def format_date(date: str) -> str:
    """A partial ISO date in words: 2014, May 2014, 6 May 2014."""
    year, *rest = date.split("-")
    words = [year]
    if rest:
        words.insert(0, calendar.month_name[int(rest[0])])
    if rest[1:]:
        words.insert(0, str(int(rest[1])))
    return " ".join(words)


def _glue(name: str, text: str) -> None:
    if not PLAIN.fullmatch(text):
        raise ValueError(f"value {name}: expected words without markup, found {text!r}")
    # what myst_nb.glue(..., display=False) stores, without loading Sphinx into every kernel
    display(
        {"application/papermill.record/text/plain": repr(text)},
        raw=True,
        metadata={"scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"}},
    )
