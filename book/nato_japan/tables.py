"""Tables of the book: a MyST table with caption and label, numbered in HTML and PDF alike."""

import re
from functools import cache
from urllib.parse import quote

import pandas as pd

from nato_japan import data, evidence

UNKNOWN = "not given"
PREVIEW = 20  # rows that a notebook shows of a table
#: signs of an address that can end no link, open no role and close no tag
PLAIN = "A-Za-z0-9._~%/?#&=+,:-"
#: what stands in a role: ids, or the name of a table and its path
ROLE_CONTENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*( <\.\./data(/[a-z0-9_-]+)+\.csv>)?")
NOT_CHECKED = "**(not checked)**"  # no page was read that supports the row
#: characters of what a role turns into, which only Sphinx knows
ROLE_WIDTHS = {"treated": 15, "numref": 9, "download": 26}


class Table:
    """A table as notebook output: MyST for the book, HTML for JupyterLab, text for the rest."""

    def __init__(self, markdown: str, frame: pd.DataFrame, caption: str):
        self.markdown = markdown
        self.frame = frame
        self.caption = caption

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {
            "text/markdown": self.markdown,
            # of a long one the first and last rows, as pandas shows it: the book has them all
            "text/html": self.frame.to_html(
                index=False, border=0, max_rows=PREVIEW, show_dimensions="truncate"
            ),
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

    ``titles`` overrides the headings, which come from ``tables.yml`` beside the table. Numbers stand
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
        ROLE_WIDTHS.get(roles.get(column)) or column_width(printed[column], heading)
        for column, heading in zip(columns, headings, strict=True)
    ]
    shares = " ".join(map(str, widths))
    options = f":name: {name}\n:widths: {shares}" + ("\n:class: live" if live else "")
    markdown = f":::{{table}} {caption}\n{options}\n\n{body}\n:::"
    return Table(markdown, shown.set_axis(headings, axis="columns"), caption)


def heading(column: str) -> str:
    """The title that the data package gives to all columns of a name, or the name in words."""
    for entry in data.tables():
        for field in entry["schema"]["fields"]:
            if field["name"] == column and "title" in field:
                return field["title"]
    return column.replace("_", " ").capitalize()


def column_width(values: pd.Series, title: str) -> int:
    """A width in characters that holds the longest word and lets long text wrap."""
    texts = [title, *map(str, values)]
    word = max(len(word) for text in texts for word in text.split())
    text = max(map(len, texts))
    return max(word, min(40, text // 2) + min(60, max(0, text - 80) // 5)) + 5


def cell(value: object, role: str | None = None, unknown: str = UNKNOWN) -> str:
    """One value as MyST text in which nothing is markup, or as the content of a role.

    A list of pairs of a text and a claim reads as an enumeration with marks. What could not
    stand in a role is text, whatever its column asks for.
    """
    if isinstance(value, list):
        return ", ".join(f"{cell(text)}{cell(claim, 'claim')}" for text, claim in value)
    if pd.isna(value):
        return unknown
    if role and ROLE_CONTENT.fullmatch(str(value)):
        return f"{{{role}}}`{value}`"
    text = re.sub(r"\s+", " ", f"{value:,.2f}" if isinstance(value, float) else str(value))
    return re.sub(r"([\\`*_{}\[\]<>|$~^#&@])", r"\\\1", text)


def link(text: object, url: str) -> str:
    """A link as MyST; text alone where the address is none of the web."""
    if not url.startswith(("https://", "http://")):
        return cell(text)
    encoded = re.sub(f"[^{PLAIN}]", lambda sign: quote(sign[0], safe=""), url)
    return f"[{cell(text)}]({encoded})"


@cache
def copies() -> dict[str, str]:
    """Archived copies by the address of the page."""
    return data.load("copies").set_index("original_url")["copy_url"].to_dict()


def source(line) -> str:
    """Where a row comes from: links, marks of other statements, and a word where none was read."""
    parts = []
    for prefix in ["", "second_"]:
        if pd.notna(url := getattr(line, f"{prefix}source_url", None)):
            before = "; " if parts else ""
            parts.append(before + link(getattr(line, f"{prefix}source_title"), url))
            if copy := copies().get(url):
                parts.append(f"({link('archived copy', copy)})")
    if getattr(line, "source_checked", "yes") == "no":
        parts.append(NOT_CHECKED)
    if pd.notna(others := getattr(line, "other_claim_ids", None)):
        parts.append(cell(others, "claim"))
    return " ".join(parts).replace(" ; ", "; ")


def licence(entry: dict) -> str:
    """The licences of a table by their names, or in words where they have no standard one."""
    return ", ".join(
        item["title"] if item["name"].startswith("other") else item["name"]
        for item in entry["licenses"]
    )


def data_and_code(notebook: str) -> Table:
    """The closing list of a chapter: every table it has read, to download, and the notebook."""
    rows = [
        (entry["title"], entry["path"], licence(entry))
        for entry in map(data.resource, data.tables_read)
    ]
    # the paths are those of files that were read
    lines = [
        f"- [{cell(title)}](../data/{path}) ({cell(licence)})" for title, path, licence in rows
    ]
    lines.append(
        f"- the notebook of this page, {{sources}}`book/{notebook}.ipynb`, in the sources of the book "
        "(text CC-BY-4.0, code MIT)"
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


def not_confirmed_table(claims: pd.DataFrame, section: str) -> Table:
    """What a section says that is not simply confirmed, from ``claims.not_confirmed``."""
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
    told = events["claim_ids"].notna().any()  # else the column would say nothing
    return table(
        events,
        columns=["date", "title", "detail", *(["claim_ids"] if told else [])],
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


def tests_table(tests: pd.DataFrame, section: str) -> Table:
    """Tests from ``evidence.hypothesis_tests``: what is tested, what came out, and where it is shown."""
    return table(
        tests,
        columns=["claim_ids", "hypothesis", "result", "bearing", "survives", "figure"],
        name=f"tab-{section}-tests",
        caption="Statements of the section put to open data. Source: tests.csv; multiverse.csv; the tables named there.",
        titles={
            "claim_ids": "Claims",
            "result": "Result",
            "survives": "Survives in",
            "figure": "Shown in",
        },
        roles={"figure": "numref"},
    )


def test_card(test: pd.Series, result: str) -> Table:
    """One test as a box: hypothesis, measure, comparison, result, strength, survival and limit.

    ``test``: a row of tests, by its id; ``result``: what it came to, in a sentence.
    """
    survives = evidence.survival()[test.name]
    lines = [
        f"Hypothesis: {cell(test['hypothesis'])}{{claim}}`{test['claim_ids']}`",
        f"Measure: {cell(test['measure'])}",
        f"Compared with: {cell(test['comparison'])}",
        f"Result: {cell(result)}",
        f"Kind of result: {cell(test['strength'])}",
        f"Borne out: **{cell(test['bearing'])}**",
        f"Survives in: {cell(survives)} ({{numref}}`fig-multiverse-{test.name}`)",
        f"What it cannot show: {cell(test['limit'])}",
    ]
    body = "\n".join(f"- {line}" for line in lines)
    markdown = f":::{{admonition}} The test\n:class: test\n\n{body}\n:::"
    frame = (
        pd.concat([test, pd.Series({"result": result, "survives": survives})])
        .rename_axis("test")
        .reset_index()
    )
    return Table(markdown, frame, f"The test {test.name}: {result}")
