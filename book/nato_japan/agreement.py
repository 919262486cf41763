"""How far coders agree on the statements of the paper, with each other and with the ledger."""

import warnings

import krippendorff
import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import cohens_kappa

from nato_japan import claims, data

#: statements that the codebook gave to the coders as its examples, each with a verdict
EXAMPLES = set(
    [
        "C014",
        "C102",
        "C145",
        "C190",
        "C193",
        "C197",
        "C219",
        "C224",
        "C228",
        "C235",
        "C260",
        "C284",
        "C296",
        "C329",
        "T02.02",
        "T07.02",
        "T13",
    ]
)

#: what content analysis asks of kappa and alpha, at least
BAR = 0.8

#: whom a figure compares: columns of ``coded``
PAIRS = {"A and B": ("A", "B"), "A and ledger": ("A", "before"), "B and ledger": ("B", "before")}

#: resamples of a bootstrap, and where its draws begin
DRAWS, SEED = 1000, 2014

#: per cent of the resamples that an interval holds, in the middle
HELD = 95


def coded() -> pd.DataFrame:
    """Every statement that was coded, by its id, in the order of the paper.

    Columns: kind, A and B (verdicts of the coders), before (of the ledger, before the third
    reading), now (of the ledger), third (was there a third reading?), example (does the codebook
    use it as one?). Raises ValueError where a coder left a statement out.
    """
    rows = data.load("codings").set_index("claim_id")
    wide = rows.pivot(columns="coder", values="verdict")
    wide = wide[wide[["A", "B"]].notna().any(axis=1)]  # the third reading has some for itself
    if gaps := wide.index[wide[["A", "B"]].isna().any(axis=1)].tolist():
        raise ValueError(f"expected a coding by A and by B for each statement, found none: {gaps}")
    before = rows["before"].dropna().reindex(wide.index).fillna(wide["A"])
    judged = claims.judged().set_index("claim_id")
    order = judged.index[judged.index.isin(wide.index)]
    frame = pd.DataFrame(
        {
            "kind": judged["kind"],
            "A": wide["A"],
            "B": wide["B"],
            "before": before,
            "now": judged["verdict"],
            "third": wide["third"].notna(),
        }
    ).loc[order]
    return frame.assign(example=frame.index.isin(EXAMPLES))


def figures(frame: pd.DataFrame, pairs: dict[str, tuple[str, str]] = PAIRS) -> pd.DataFrame:
    """Agreement of pairs of columns of ``frame``: a row for each pair.

    Columns: pair, claims, agree (share), kappa (Cohen's) and alpha (Krippendorff's, nominal), and
    of these two the ends of the interval that holds HELD per cent of the resamples
    (kappa_low, kappa_high, alpha_low, alpha_high). Empty where all verdicts are alike: then
    chance explains everything and there is nothing to measure.
    """
    return pd.DataFrame(
        {"pair": name} | _figures(frame[left], frame[right])
        for name, (left, right) in pairs.items()
    )


def _figures(left: pd.Series, right: pd.Series) -> dict[str, float]:
    scale = list(claims.VERDICTS)
    pair = np.column_stack([pd.Categorical(side, scale).codes for side in (left, right)])
    found = _measure(pair)
    rng = np.random.default_rng(SEED)
    draws = [_measure(pair[rng.integers(len(pair), size=len(pair))]) for _ in range(DRAWS)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing but gaps gives a gap
        low, high = np.nanpercentile(draws, [50 - HELD / 2, 50 + HELD / 2], axis=0)
    return {
        "claims": len(pair),
        "agree": (pair[:, 0] == pair[:, 1]).mean(),
        **{
            f"{name}{end}": value
            for end, values in [("", found), ("_low", low), ("_high", high)]
            for name, value in zip(["kappa", "alpha"], values, strict=True)
        },
    }


def _measure(pair: np.ndarray) -> tuple[float, float]:
    """Kappa and alpha of two columns of codes, each a gap where only one code is used."""
    size = len(claims.VERDICTS)
    if len(np.unique(pair)) < 2:
        return np.nan, np.nan
    counts = np.bincount(pair[:, 0] * size + pair[:, 1], minlength=size**2).reshape(size, size)
    votes = np.eye(size, dtype=int)[pair].sum(axis=1)
    return (
        cohens_kappa(counts, return_results=False),
        krippendorff.alpha(value_counts=votes, level_of_measurement="nominal"),
    )
