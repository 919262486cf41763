"""What the coders said of the statements of the paper, and what the ledger said and says."""

import pandas as pd

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
