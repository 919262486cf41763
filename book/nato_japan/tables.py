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
    caption: str,
    name: str,
    headers: dict[str, str],
    widths: list[int] | None = None,
) -> Table:
    """A numbered table.

    ``frame``: one row for each row of the table. ``headers``: which columns to show, in
    order, and their headings; a heading that begins with ``#`` sets a column of numbers to
    the right. ``widths``: relative widths of the columns, for print. A column named
    ``claim_id`` or ``claim_ids`` shows claim marks. Missing values read "not given".
    Raises KeyError for a column that the frame lacks.
    """
    shown = frame[list(headers)]
    titles = [heading.lstrip("#") for heading in headers.values()]
    rule = ["---:" if heading.startswith("#") else ":---" for heading in headers.values()]
    lines = [titles, rule]
    for row in shown.itertuples(index=False):
        lines.append([cell(value, column) for value, column in zip(row, shown.columns, strict=True)])
    options = [f":name: {name}"]
    if widths:
        options.append(":widths: " + " ".join(map(str, widths)))
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    markdown = f":::{{table}} {caption}\n" + "\n".join(options) + f"\n\n{body}\n:::"
    return Table(markdown, shown.set_axis(titles, axis="columns"), caption)


def cell(value: object, column: str = "") -> str:
    """One value as MyST text in which nothing is markup; claim ids become marks."""
    if pd.isna(value):
        return UNKNOWN
    if column in ("claim_id", "claim_ids", "claims"):
        return f"{{claim}}`{value}`"
    text = re.sub(r"\s+", " ", f"{value:,.2f}" if isinstance(value, float) else str(value))
    return re.sub(r"([\\`*_{}\[\]<>|$~^#&@])", r"\\\1", text)


def data_and_code(notebook: str) -> Table:
    """The closing list of a chapter: every table it has read, to download, and the notebook."""
    rows = [
        (entry["title"], entry["path"], ", ".join(i["name"] for i in entry["licenses"]))
        for entry in map(data.resource, data.tables_read)
    ]
    lines = [
        f"- [{title}](../data/{path}) ({licence})" for title, path, licence in rows
    ]
    lines.append(f"- {{download}}`this page as a notebook <{notebook}.ipynb>` (text CC-BY-4.0, code MIT)")
    frame = pd.DataFrame(rows, columns=["table", "file", "licence"])
    return Table("\n".join(lines), frame, "Tables read by this page")


def kinds_table(kinds: pd.DataFrame, section: str) -> Table:
    """Statements of a section by kind, from ``claims.by_kind``."""
    return table(
        kinds,
        caption="Statements of this section by kind. Source: our reading of the paper.",
        name=f"tab-{section}-kinds",
        headers={"kind": "Kind", "statements": "#Statements", "footnoted": "#With a footnote"},
        widths=[40, 30, 30],
    )
