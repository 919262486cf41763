"""A new chapter in the house form: ``make new-chapter NAME=some-name TITLE="Some name"``."""

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nato_japan.commands.run import METADATA

ROOT = Path(__file__).resolve().parents[3]
PART = "Beyond the paper"

BRIEF = """# {title}

> **In brief**
>
> To be written: what the chapter {title} asks, its best evidence, and what we find."""

SETUP = """import altair as alt
from nato_japan import charts, record, tables"""

EVIDENCE = """## What the paper argues

Its argument in your own words, a mark such as `[C019](claims.ipynb#C019)` behind each sentence on the paper.

## The evidence it gives

A question before each chart or table, the answer after it.
A number stands in its sentence with the name of the value that a cell has glued, as in `three<!-- rungs -->`; `make run` writes it."""

# what shapes the rows stands in the chart's own cell, of 40 lines at most
CHART = """events = record.events()
counts = events.groupby(["year", "told"]).size().rename("events").reset_index()
alt.Chart(counts).mark_bar().encode(
    x=alt.X("year:Q", title=None).axis(format="d"),
    y=alt.Y("events:Q", title="Events").axis(tickMinStep=1),
    color=charts.mention_colour(counts),
    tooltip=["year", "told", "events"],
).properties(
    width=charts.WIDTH - 40,
    height=200,
    description=f"To be written: what the chart shows, and what it finds in {len(events)} events.",
)"""
CAPTION = "To be written: what the chart finds. Source: events.csv."

REST = """## Against the record

A mark such as `[EV085](../data/record/events.csv#EV085)` behind each sentence on what happened.

## Against open data

## What holds

## Data and code"""


class ChapterError(ValueError):
    """A chapter that cannot be made; the message says why and what was expected."""


def notebook(name: str, title: str) -> nbformat.NotebookNode:
    """A chapter in the house form, not yet run: In brief, six parts, a chart, the files behind it."""
    hidden = {"tags": ["hide-input"]}
    figure = {"figure": {"name": f"fig-{name}-events", "caption": CAPTION}}
    return new_notebook(
        cells=[
            new_markdown_cell(BRIEF.format(title=title), id="text-1"),
            new_code_cell(SETUP, id="setup", metadata={"tags": ["remove-cell"]}),
            new_markdown_cell(EVIDENCE, id="text-2"),
            new_code_cell(CHART, id=f"chart-{name}-events", metadata=hidden | {"mystnb": figure}),
            new_markdown_cell(REST, id="text-3"),
            new_code_cell(
                f'tables.data_and_code("{name}")', id="data-and-code", metadata=dict(hidden)
            ),
        ],
        metadata=METADATA,
    )


def enter(contents: str, name: str, part: str) -> str:
    """The table of contents with the chapter as the last of a part; comments stay as they are."""
    lines = contents.splitlines(keepends=True)
    starts = [i for i, line in enumerate(lines) if re.match(r" *- caption:", line)]
    wanted = [i for i in starts if lines[i].partition(":")[2].strip() == part]
    if not wanted:
        raise ChapterError(f"_toc.yml: expected a part with the caption {part!r}, found none")
    end = next((i for i in starts if i > wanted[0]), len(lines))
    last = max(i for i in range(wanted[0], end) if "- file:" in lines[i])
    indent = lines[last].partition("-")[0]
    lines.insert(last + 1, f"{indent}- file: book/{name}\n")
    return "".join(lines)


def create(root: Path, name: str, title: str = "", part: str = PART) -> Path:
    """Write ``book/<name>.ipynb`` and its line in ``_toc.yml``; returns the notebook's path.

    Raises ChapterError for a name in another form, one that is taken, or an unknown part.
    """
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name):
        raise ChapterError(
            f"NAME={name}: expected small letters with hyphens between words, as in balance-of-power"
        )
    path = root / "book" / f"{name}.ipynb"
    if path.with_suffix(".md").exists() or path.exists() or path.with_suffix("").exists():
        raise ChapterError(f"NAME={name}: expected a new name, found book/{name} already there")
    contents = root / "_toc.yml"
    entered = enter(contents.read_text(encoding="utf-8"), name, part)
    title = title or name.replace("-", " ").capitalize()
    path.write_text(nbformat.writes(notebook(name, title)) + "\n", encoding="utf-8")
    contents.write_text(entered, encoding="utf-8")
    return path


def main() -> int:
    """Make a chapter from the command line; 1 with a message if it cannot be made."""
    parser = argparse.ArgumentParser(prog="make new-chapter", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("title", nargs="?", default="")
    arguments = parser.parse_args()
    try:
        path = create(ROOT, arguments.name, arguments.title)
    except ChapterError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{path.relative_to(ROOT)} is the last chapter of “{PART}”; `make book` runs and shows it"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
