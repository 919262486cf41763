"""The plain Markdown of the notebooks: what any viewer shows as meant, and what the book makes of it.

- A number in a sentence is a *value*: ``three<!-- rungs -->``. The comment names what a cell has glued
  (``render.glue``); of several words it says how many: ``6 May 2014<!-- day, 3 words -->``. The runner
  writes the value in front of the comment.
- ``[C136](claims.ipynb#C136)`` marks a sentence on the paper, ``[EV085](../data/record/events.csv#EV085)``
  one on the record.
- ``([Hwang 2005](references.bib#hwang2005))`` cites a work.
- ``[the ladder](#fig-ladder)``, on another page ``[the ladder](history.ipynb#fig-ladder)``: in the book
  the number of the figure or table stands there instead.
- ``[History](history.ipynb)`` leads to a page.
- A block quote that opens with **In brief** is the box of a chapter; one that opens with *On screen:* or
  *In the margin:* is for the web edition alone.
- A link that stands alone between blank lines is what it leads to: a Markdown file, or, where it leads to
  ``references.bib``, the bibliography.

The link's words are for viewers without the book. Markup within code is left alone.
"""

import ast
import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import nbformat

from nato_japan import paper

COMMENT = re.compile(r"<!-- (?P<name>[A-Za-z][\w-]*)(?:, (?P<words>\d+) words)? -->")
#: what may stand before a value without a space, and so begins none
OPENING = "([*_\"'“‘—–/"
CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.S)
MARK = re.compile(rf"\[((?:{'|'.join(paper.MARKS)})\d[\d.]*)\]\(([^()\s]+)\)")
MARKS = re.compile(rf" ?{MARK.pattern}(?: {MARK.pattern})*")
WORK = re.compile(r"\[[^\[\]]+\]\((?:references|paper)\.bib#([\w-]+)\)")
WORKS = re.compile(rf"\({WORK.pattern}(?:; {WORK.pattern})*\)")
ALONE = re.compile(
    r"(?:\A|(?<=\n\n))\[[^\[\]]+\]\((?P<target>[\w./-]+\.md|references\.bib)\)(?=\n\n|\n*\Z)"
)
NUMBERED = re.compile(r"\[[^\[\]]+\]\((?:[\w-]+\.ipynb)?#((?:fig|tab)-[\w-]+)\)")
PAGE = re.compile(r"\[([^\[\]]+)\]\(([\w-]+)\.(?:ipynb|md)\)")


class Value(NamedTuple):
    """A value in a text: its name, the words that stand for it, and their place with the comment."""

    name: str
    words: str
    start: int
    end: int


class ProseError(ValueError):
    """Prose that names what no cell has glued, or the other way round."""


def texts(notebook: nbformat.NotebookNode) -> Iterator[tuple[nbformat.NotebookNode, str]]:
    """The prose of a notebook: each Markdown cell, and each cell whose figure has a caption."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield cell, cell.source
        elif caption := figure(cell).get("caption"):
            yield cell, caption


def figure(cell: nbformat.NotebookNode) -> dict:
    """The settings of a cell's figure; empty where it has none."""
    return cell.metadata.get("mystnb", {}).get("figure", {})


def glued(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """The values that the cells of a notebook have glued, by name, from its outputs."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return {
        output.metadata["scrapbook"]["name"]: ast.literal_eval(
            output.data["application/papermill.record/text/plain"]
        )
        for output in outputs
        if "scrapbook" in output.get("metadata", {})
    }


def values(text: str) -> Iterator[Value]:
    """The values of a text, in order; what stands in code is an example."""
    code = [range(*found.span()) for found in CODE.finditer(text)]
    for comment in COMMENT.finditer(text):
        if any(comment.start() in part for part in code):
            continue
        count = int(comment["words"] or 1)
        before = text[: comment.start()]
        words = re.search(rf"(?:\S+\s+){{0,{count - 1}}}\S*$", before)[0]
        words = words.rpartition("-->")[2].lstrip(OPENING)  # two values may touch
        yield Value(comment["name"], words, comment.start() - len(words), comment.end())


def written(name: str, value: str) -> str:
    """A value as it stands in prose."""
    count = len(value.split())
    return f"{value}<!-- {name}{f', {count} words' if count > 1 else ''} -->"


def fill(notebook: nbformat.NotebookNode) -> None:
    """Write what the cells have glued into the sentences; all else in them stays as it is.

    Raises ProseError for a name that no cell has glued, and for a value that no sentence uses.
    """
    known = glued(notebook)
    stop_at_strangers(notebook, known)
    for cell, text in texts(notebook):
        for value in reversed(list(values(text))):
            new = written(value.name, known[value.name])
            text = text[: value.start] + new + text[value.end :]
        if cell.cell_type == "markdown":
            cell.source = text
        else:
            figure(cell)["caption"] = text


def stop_at_strangers(notebook: nbformat.NotebookNode, known: dict[str, str]) -> None:
    used = {}
    for cell, text in texts(notebook):
        used |= {value.name: cell.id for value in values(text)}
    for name in used.keys() - known.keys():
        raise ProseError(f"cell {used[name]}: expected the name of a glued value, found {name!r}")
    if unused := sorted(known.keys() - used.keys()):
        raise ProseError(f"expected a sentence for each glued value, found none for {unused}")


def faults(notebook: nbformat.NotebookNode, known: dict[str, str] | None = None) -> list[str]:
    """Where sentences and values part: cell, name, what stands there and what was expected.

    ``known``: the values by name; by default those that the notebook stores.
    """
    known = glued(notebook) if known is None else known
    try:
        stop_at_strangers(notebook, known)
    except ProseError as error:
        return [str(error)]
    return [
        f"cell {cell.id}, value {value.name}: expected {known[value.name]!r}, "
        f"found {value.words!r} in “{sentence(text, value)}”"
        for cell, text in texts(notebook)
        for value in values(text)
        if text[value.start : value.end] != written(value.name, known[value.name])
    ]


def sentence(text: str, value: Value) -> str:
    """The line of a value, without comments."""
    start = text.rfind("\n", 0, value.start) + 1
    return COMMENT.sub("", text[start:].partition("\n")[0])


def without_values(text: str) -> str:
    """A text without its values, to see what is typed in it."""
    for value in reversed(list(values(text))):
        text = text[: value.start] + text[value.end :]
    return text


def to_myst(text: str) -> str:
    """Prose in the roles and directives of MyST that the extensions of this book read.

    Raises ProseError for a mark that leads elsewhere than its id says.
    """
    parts = CODE.split(text)
    for place in range(0, len(parts), 2):
        part = MARKS.sub(_marks, COMMENT.sub("", parts[place]))
        part = WORKS.sub(lambda found: f"{{cite:p}}`{','.join(WORK.findall(found[0]))}`", part)
        part = ALONE.sub(_file, part)
        part = NUMBERED.sub(r"{numref}`\1`", part)
        parts[place] = PAGE.sub(r"{doc}`\1 <\2>`", part)
    return re.sub(r"(?:^>.*\n?)+", _box, "".join(parts), flags=re.M)


def _marks(found: re.Match) -> str:
    marks = []
    for name, target in MARK.findall(found[0]):
        home, role = paper.MARKS[re.match("[A-Z]+", name)[0]]
        if target != f"{home}#{name}":
            raise ProseError(f"expected [{name}]({home}#{name}), found [{name}]({target})")
        marks.append((role, name))
    roles = groupby(marks, key=itemgetter(0))
    return "".join(f"{{{role}}}`{' '.join(name for _, name in group)}`" for role, group in roles)


def _file(link: re.Match) -> str:
    if link["target"].endswith(".md"):
        return f"```{{include}} {link['target']}\n```"
    return ":::{bibliography}\n:all:\n:::"


def _box(quote: re.Match) -> str:
    lines = re.sub(r"^> ?", "", quote[0], flags=re.M).rstrip("\n")
    end = "\n" if quote[0].endswith("\n") else ""
    if found := re.match(r"\*\*(In brief)\*\*\n\n(.*)", lines, re.S):
        return f":::{{admonition}} {found[1]}\n:class: in-brief\n{found[2]}\n:::{end}"
    if found := re.match(r"\*On screen:\* (.*)", lines, re.S):
        return f"::::{{only}} html\n{found[1]}\n::::{end}"
    if found := re.match(r"\*In the margin:\* (.*)", lines, re.S):
        return f"::::{{only}} html\n:::{{margin}}\n{found[1]}\n:::\n::::{end}"
    return quote[0]
