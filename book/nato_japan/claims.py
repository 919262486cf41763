"""The statements of the paper: where it makes them, how they stand, and where the book treats them."""

import re

import nbformat
import pandas as pd

from nato_japan import data, prose, render
from nato_japan.paper import LEDGER

#: kinds of statement in the order in which charts and tables show them
KINDS = ["event", "quantity", "institutional", "causal", "normative", "prediction"]

#: verdicts, from what stands to what is left open, and what each means
VERDICTS = {
    "confirmed": "a source says so",
    "imprecise": "right in substance, a detail off",
    "out of date": "once true, over by mid-2014, and told as present or recent",
    "contradicted": "a source says otherwise",
    "inconsistent": "the paper says otherwise elsewhere",
    "unverified": "no source found",
    "judgement": "mostly causal, normative or predictive: evidence is shown, neither true nor false",
}

MARK = re.compile(r"\{claim\}`([^`]+)`")


def statements(section: str | None = None) -> pd.DataFrame:
    """The statements of the text (Table 1, figures and references left out), columns as in claims.

    With ``section`` only those of one section. Raises KeyError for a section without any.
    """
    return _of_section(data.load("claims").query("kind in @KINDS"), section)


def judged(section: str | None = None) -> pd.DataFrame:
    """All claims with their verdicts: the columns of claims and of verdicts.

    With ``section`` only those of one section. Raises KeyError for a section without any.
    """
    merged = data.load("claims").merge(data.load("verdicts"), on="claim_id", validate="1:1")
    return _of_section(merged, section)


def _of_section(claims: pd.DataFrame, section: str | None) -> pd.DataFrame:
    if section is None:
        return claims
    if section not in set(claims["section"]):
        raise KeyError(f"no statement in section {section!r}")
    return claims[claims["section"] == section]


def by_kind(section: str) -> pd.DataFrame:
    """How many statements of each kind a section makes: columns kind, statements, footnoted."""
    chosen = statements(section)
    counts = chosen.groupby("kind").agg(
        statements=("claim_id", "size"), footnoted=("footnote", "count")
    )
    return counts.reindex(KINDS, fill_value=0).rename_axis("kind").reset_index()


def tally(claims: pd.DataFrame) -> dict[str, int]:
    """How many of ``claims`` (from ``judged``) have each verdict, every verdict present."""
    counts = claims["verdict"].value_counts()
    return {verdict: int(counts.get(verdict, 0)) for verdict in VERDICTS}


def format_tally(counts: dict[str, int]) -> str:
    """The numbers of ``tally`` as words of a sentence, without verdicts that none has."""
    *first, last = [
        f"{render.number(count)} {verdict}{'s' if verdict == 'judgement' and count > 1 else ''}"
        for verdict, count in counts.items()
        if count
    ]
    return f"{', '.join(first)} and {last}" if first else last


def not_confirmed(claims: pd.DataFrame) -> pd.DataFrame:
    """Those of ``claims`` (from ``judged``) that are statements of fact and not confirmed.

    Contradicted and inconsistent ones come first, then those out of date, imprecise, unverified.
    """
    order = ["contradicted", "inconsistent", "out of date", "imprecise", "unverified"]
    chosen = claims[claims["verdict"].isin(order)]
    return chosen.sort_values("verdict", key=lambda v: v.map(order.index), kind="stable")


def treated() -> pd.DataFrame:
    """Which page marks which claim: columns claim_id, page (name of the notebook), marks.

    Reads text, captions and tables of every notebook but the ledger.
    """
    found = [
        (claim, path.stem)
        for path in sorted((data.ROOT / "book").glob("*.ipynb"))
        if path.stem != LEDGER
        for group in MARK.findall(_text(path))
        for claim in group.split()
    ]
    frame = pd.DataFrame(found, columns=["claim_id", "page"])
    return frame.groupby(["claim_id", "page"]).size().rename("marks").reset_index()


def _text(path) -> str:
    parts = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            parts.append(prose.to_myst(cell.source))
        parts.append(prose.to_myst(prose.figure(cell).get("caption", "")))
        for output in cell.get("outputs", []):
            parts.append(output.get("data", {}).get("text/markdown", ""))
    return "\n".join(parts)
