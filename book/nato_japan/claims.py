"""The statements of the paper: which a section makes, of which kind, and which carry a source."""

import pandas as pd

from nato_japan import data

#: kinds of statement in the order in which charts and tables show them
KINDS = ["event", "quantity", "institutional", "causal", "normative", "prediction"]


def statements(section: str | None = None) -> pd.DataFrame:
    """The statements of the text (Table 1, figures and references left out), columns as in claims.

    With ``section`` only those of one section. Raises KeyError for a section without any.
    """
    claims = data.load("claims")
    claims = claims[claims["kind"].isin(KINDS)]
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
