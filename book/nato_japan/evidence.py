"""Open data as the chapters share them: countries and their groups, ranks, results of the tests."""

import pandas as pd

from nato_japan import data

#: said of a test that does
FALLS_OFTEN = "in more than a third of the analyses it falls"


def accession() -> pd.Series:
    """The year in which each ally joined, by its ISO code."""
    members = data.load("members").set_index("iso3")["accession_date"]
    return members.str[:4].astype(int)


def is_ally(frame: pd.DataFrame) -> pd.Series:
    """Whether the row's country (``iso3``) was a member of NATO in the row's ``year``."""
    return frame["year"] >= frame["iso3"].map(accession()).fillna(9999)


def add_country(frame: pd.DataFrame) -> pd.DataFrame:
    """Add ``country`` and ``group`` to rows with ``iso3``."""
    names = data.load("comparison_countries")[["iso3", "country", "group"]]
    return frame.merge(names, on="iso3", how="left", validate="m:1")


def ally_quantiles(table: str, column: str) -> pd.DataFrame:
    """The allies of each year: year, least, lower, median, upper (quartiles), most, allies."""
    frame = data.load(table)
    group = frame[is_ally(frame)].groupby("year")[column]
    found = group.quantile([0, 0.25, 0.5, 0.75, 1]).unstack()
    found.columns = ["least", "lower", "median", "upper", "most"]
    return found.assign(allies=group.size()).reset_index()


def rank(values: pd.Series, of: str = "JPN") -> tuple[int, int]:
    """The rank of one country from the top, and the number of countries ranked."""
    values = values.dropna()
    return int((values > values[of]).sum()) + 1, len(values)


def japan_ranks(table: str, column: str) -> pd.DataFrame:
    """Japan's place from the top among the allies, by year: year, place, of (with Japan)."""
    frame = data.load(table)
    frame = frame[is_ally(frame) | frame["iso3"].eq("JPN")]
    rows = [
        (year, *rank(group.set_index("iso3")[column]))
        for year, group in frame.groupby("year")
        if "JPN" in set(group["iso3"])
    ]
    return pd.DataFrame(rows, columns=["year", "place", "of"])


def hypothesis_tests(section: str) -> pd.DataFrame:
    """The tests that a chapter (``section``) shows: columns of tests, and ``result``, a sentence.

    The results are those that the pages of the tests have written; ``survives`` is from
    ``survival``. Raises DataError for a test without a result.
    """
    frame = data.load("tests")
    frame = frame[[section in cell.split() for cell in frame["sections"]]]
    results = pd.concat(data.load(results_table(page)) for page in sorted(set(frame["page"])))
    frame = frame.merge(results[["test_id", "result"]], on="test_id", how="left", validate="1:1")
    if frame["result"].isna().any():
        missing = ", ".join(frame.loc[frame["result"].isna(), "test_id"])
        raise data.DataError(
            f"expected a result of each test in data/results/, found none of {missing}"
        )
    return frame.assign(survives=frame["test_id"].map(survival()))


def survival() -> pd.Series:
    """In how many reasonable analyses each test holds, in words, by ``test_id``.

    Says so where it falls in more than a third of them: it is then neither plainly borne out nor
    plainly refuted. Every analysis counts the same; the share is no probability.
    """
    rows = data.load("multiverse")
    counts = rows["holds"].eq("yes").groupby(rows["test_id"]).agg(["sum", "size"])
    words = counts["sum"].astype(str) + " of " + counts["size"].astype(str)
    words += " reasonable analyses"
    often = 3 * (counts["size"] - counts["sum"]) > counts["size"]
    return words.mask(often, words + "; " + FALLS_OFTEN)


def results_table(page: str) -> str:
    """The name of the table that a page of tests writes."""
    return f"{page.replace('-', '_')}_results"
