"""Tables of the book: a MyST table with caption and label, numbered in HTML and PDF alike."""

import re

import pandas as pd

from nato_japan import data

UNKNOWN = "not given"


class Table:
    """A table as notebook output: MyST for the book, HTML for JupyterLab, text for the rest."""

    def __init__(self, markdown: str, frame: pd.DataFrame, caption: str):
        self.markdown = markdown
        self.frame = frame
        self.caption = caption

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {
            "text/markdown": self.markdown,
            "text/html": self.frame.to_html(index=False, border=0),
            "text/plain": self.caption,
        }


def table(
    frame: pd.DataFrame,
    columns: list[str],
    name: str,
    caption: str,
    titles: dict[str, str] | None = None,
) -> Table:
    """A numbered table of some columns of a frame.

    ``titles`` overrides the headings, which come from ``data/datapackage.json``. Numbers stand
    to the right; ``claim_id`` and ``claim_ids`` become marks; missing values read "not given".
    Widths for print follow from the text. Raises KeyError for a column that the frame lacks.
    """
    shown = frame[columns]
    headings = [(titles or {}).get(column, heading(column)) for column in columns]
    numeric = [pd.api.types.is_numeric_dtype(shown[column]) for column in columns]
    rows = [
        [cell(value, column) for column, value in zip(columns, row, strict=True)]
        for row in shown.itertuples(index=False)
    ]
    rule = ["---:" if right else ":---" for right in numeric]
    body = "\n".join(f"| {' | '.join(line)} |" for line in [headings, rule, *rows])
    shares = " ".join(str(width(shown[c], h)) for c, h in zip(columns, headings, strict=True))
    markdown = f":::{{table}} {caption}\n:name: {name}\n:widths: {shares}\n\n{body}\n:::"
    return Table(markdown, shown.set_axis(headings, axis="columns"), caption)


def heading(column: str) -> str:
    """The title that the data package gives to a column, or its name in words."""
    for entry in data.package()["resources"]:
        for field in entry["schema"]["fields"]:
            if field["name"] == column and "title" in field:
                return field["title"]
    return column.replace("_", " ").capitalize()


def width(values: pd.Series, title: str) -> int:
    """A width in characters that holds the longest word and lets long text wrap."""
    texts = [title, *map(str, values)]
    longest = max(len(word) for text in texts for word in text.split())
    return max(longest, min(40, max(map(len, texts)) // 2)) + 5


def cell(value: object, column: str = "") -> str:
    """One value as MyST text in which nothing is markup; claim ids become marks."""
    if pd.isna(value):
        return UNKNOWN
    if column.startswith("claim"):
        return f"{{claim}}`{value}`"
    text = re.sub(r"\s+", " ", f"{value:,.2f}" if isinstance(value, float) else str(value))
    return re.sub(r"([\\`*_{}\[\]<>|$~^#&@])", r"\\\1", text)


def data_and_code(notebook: str) -> Table:
    """The closing list of a chapter: every table it has read, to download, and the notebook."""
    rows = [
        (entry["title"], entry["path"], ", ".join(i["name"] for i in entry["licenses"]))
        for entry in map(data.resource, data.tables_read)
    ]
    lines = [f"- [{title}](../data/{path}) ({licence})" for title, path, licence in rows]
    lines.append(
        f"- {{download}}`this page as a notebook <{notebook}.ipynb>` (text CC-BY-4.0, code MIT)"
    )
    frame = pd.DataFrame(rows, columns=["table", "file", "licence"])
    return Table("\n".join(lines), frame, "Tables read by this page")


def kinds_table(kinds: pd.DataFrame, section: str) -> Table:
    """Statements of a section by kind, from ``claims.by_kind``."""
    return table(
        kinds,
        columns=["kind", "statements", "footnoted"],
        name=f"tab-{section}-kinds",
        caption="Statements of this section by kind. Source: our reading of the paper.",
        titles={"footnoted": "With a footnote"},
    )
