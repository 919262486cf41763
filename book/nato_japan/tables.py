"""Tables of the book: a MyST table with caption and label, numbered in HTML and PDF alike."""

import re

import pandas as pd

from nato_japan import data

UNKNOWN = "not given"
NOT_CHECKED = "**(not checked)**"  # no page was read that supports the row
TREATED = 15  # characters of the longest word in the names of pages, which only Sphinx knows


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
    roles: dict[str, str] | None = None,
    sources: str | None = None,
    live: bool = False,
    unknown: dict[str, str] | None = None,
) -> Table:
    """A numbered table of some columns of a frame.

    ``titles`` overrides the headings, which come from ``data/datapackage.json``. Numbers stand
    to the right; missing values read "not given", or what ``unknown`` says for the column. Columns whose name begins with "claim" become
    marks; ``roles`` sets others in a MyST role. ``sources`` names the column whose text is
    followed by its source: what ``source_title``, ``source_url`` and ``other_claim_ids`` hold.
    ``live`` lets a reader sort, search, filter and download the table in the browser.
    Widths for print follow from the text. Raises KeyError for a column that the frame lacks.
    """
    shown = frame[columns]
    roles = {column: "claim" for column in columns if column.startswith("claim")} | (roles or {})
    headings = [(titles or {}).get(column, heading(column)) for column in columns]
    numeric = [pd.api.types.is_numeric_dtype(shown[column]) for column in columns]
    cells = {
        column: [
            cell(value, roles.get(column), (unknown or {}).get(column, UNKNOWN))
            for value in shown[column]
        ]
        for column in columns
    }
    if sources:
        cells[sources] = [
            f"{text}{'' if text[-1:] in ('', '.', '?') else '.'} {source(line)}"
            for text, line in zip(cells[sources], frame.itertuples(), strict=True)
        ]
    rows = zip(*cells.values(), strict=True)
    rule = ["---:" if right else ":---" for right in numeric]
    body = "\n".join(f"| {' | '.join(line)} |" for line in [headings, rule, *rows])
    printed = shown.astype(object).fillna("")
    if sources:  # the names of sources take room as well
        titles_of = frame["source_title"].fillna("").astype(str)
        printed[sources] = printed[sources].astype(str) + " " + titles_of
    widths = [
        TREATED if roles.get(column) == "treated" else width(printed[column], heading)
        for column, heading in zip(columns, headings, strict=True)
    ]
    shares = " ".join(map(str, widths))
    options = f":name: {name}\n:widths: {shares}" + ("\n:class: live" if live else "")
    markdown = f":::{{table}} {caption}\n{options}\n\n{body}\n:::"
    return Table(markdown, shown.set_axis(headings, axis="columns"), caption)


def heading(column: str) -> str:
    """The title that the data package gives to a column, or its name in words."""
    for entry in data.tables():
        for field in entry["schema"]["fields"]:
            if field["name"] == column and "title" in field:
                return field["title"]
    return column.replace("_", " ").capitalize()


def width(values: pd.Series, title: str) -> int:
    """A width in characters that holds the longest word and lets long text wrap."""
    texts = [title, *map(str, values)]
    word = max(len(word) for text in texts for word in text.split())
    text = max(map(len, texts))
    return max(word, min(40, text // 2) + min(60, max(0, text - 80) // 5)) + 5


def cell(value: object, role: str | None = None, unknown: str = UNKNOWN) -> str:
    """One value as MyST text in which nothing is markup, or as the content of a role.

    A list of pairs of a text and a claim reads as an enumeration with marks.
    """
    if isinstance(value, list):
        return ", ".join(f"{cell(text)}{{claim}}`{claim}`" for text, claim in value)
    if pd.isna(value):
        return unknown
    if role:
        return f"{{{role}}}`{value}`"
    text = re.sub(r"\s+", " ", f"{value:,.2f}" if isinstance(value, float) else str(value))
    return re.sub(r"([\\`*_{}\[\]<>|$~^#&@])", r"\\\1", text)


def source(line) -> str:
    """Where a row comes from: links, marks of other statements, and a word where none was read."""
    parts = []
    for prefix in ["", "second_"]:
        if pd.notna(url := getattr(line, f"{prefix}source_url", None)):
            before = "; " if parts else ""
            parts.append(f"{before}[{cell(getattr(line, f'{prefix}source_title'))}]({url})")
    if getattr(line, "source_checked", "yes") == "no":
        parts.append(NOT_CHECKED)
    if pd.notna(others := getattr(line, "other_claim_ids", None)):
        parts.append(f"{{claim}}`{others}`")
    return " ".join(parts).replace(" ; ", "; ")


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


def holds_table(claims: pd.DataFrame, section: str) -> Table:
    """What a section says that is not simply confirmed, from ``claims.open_to_doubt``."""
    return table(
        claims,
        columns=["claim_id", "paraphrase", "verdict", "note"],
        name=f"tab-{section}-holds",
        caption="Statements of fact that are not confirmed as they stand. Source: named in each row.",
        sources="note",
    )


def footnotes_table(claims: pd.DataFrame, section: str) -> Table:
    """The footnotes of a section, of ``claims`` from ``claims.judged``, and what was found."""
    return table(
        claims[claims["kind"] == "reference"],
        columns=["claim_id", "paraphrase", "verdict", "note"],
        name=f"tab-{section}-footnotes",
        caption="What the section cites. Source: the paper; named in each row.",
        sources="note",
    )


def events_table(events: pd.DataFrame, name: str, caption: str, live: bool = False) -> Table:
    """Events from ``record.events`` with the statements that tell of them and their sources."""
    return table(
        events,
        columns=["date", "title", "detail", "claim_ids"],
        name=name,
        caption=f"{caption} Source: named in each row.",
        sources="detail",
        unknown={"claim_ids": "not named"},
        live=live,
    )


def outcomes_table(forecasts: pd.DataFrame, name: str, caption: str, live: bool = False) -> Table:
    """Forward-looking statements from ``record.forecasts`` with what came, and the sources."""
    return table(
        forecasts,
        columns=["forecast_id", "statement", "claim_ids", "outcome", "outcome_date", "evidence"],
        name=name,
        caption=f"{caption} Outcomes are our judgement. Source: the paper; named in each row.",
        sources="evidence",
        live=live,
    )


def findings_table(findings: pd.DataFrame, theme: str) -> Table:
    """The major findings of one theme, in the order of the paper."""
    return table(
        findings.query("theme == @theme and weight == 'major'"),
        columns=["claim_ids", "says", "record", "effect"],
        name=f"tab-corrections-{theme.replace(' ', '-')}",
        caption=f"Major findings of the kind *{theme}*. Source: named in each row, or the paper itself.",
        sources="record",
    )
