"""What the record holds beside the paper: events, dispatches, members, outcomes."""

import pandas as pd

from nato_japan import data

#: the paper names 6 May 2014 as past and the change of reading of 1 July 2014 as still to come
WRITTEN = "2014-06"

#: what the tracks of events hold, from talk to deeds
TRACKS = ["context", "political", "legal", "operational", "assistance"]

#: outcomes of forward-looking statements, from fulfilled to refuted
OUTCOMES = ["happened", "partly", "not yet", "contradicted"]


def begins(partial: str) -> float:
    """A partial ISO date (1979, 2013-04, 2014-05-06) as a year, at its beginning."""
    year, month, day = (int(part) for part in f"{partial}-01-01".split("-")[:3])
    return year + (month - 1) / 12 + (day - 1) / 365


def ends(partial: str) -> float:
    """A partial ISO date as a year, at its end: 1979 ends at 1980.0."""
    return begins(partial) + {4: 1, 7: 1 / 12, 10: 1 / 365}[len(partial)]


def events() -> pd.DataFrame:
    """The events of the record with what charts ask for.

    Adds ``year``, ``when`` (years), ``told`` ("named in the paper", "not named" before it was
    written, "after the paper") and ``linked``, the title with the address of its source.
    """
    frame = data.load("record_events")
    frame["year"] = frame["date"].str[:4].astype(int)
    frame["when"] = frame["date"].map(begins)
    frame["told"] = "not named"
    frame.loc[frame["date"] > WRITTEN, "told"] = "after the paper"
    frame.loc[frame["claim_ids"].notna(), "told"] = "named in the paper"
    return frame


def contacts() -> pd.DataFrame:
    """The events in which both Japan and NATO took part, context left out.

    Adds ``nature``: "talk" for the political track, "deeds" for the others.
    """
    frame = events()
    both = [{"Japan", "NATO"} <= set(actors.split("; ")) for actors in frame["actors"]]
    frame = frame[pd.Series(both, frame.index) & (frame["track"] != "context")]
    return frame.assign(nature=frame["track"].eq("political").map({True: "talk", False: "deeds"}))


def rungs() -> pd.DataFrame:
    """Steps of partners on the ladder: agreements, and the first exercise that we found.

    Columns partner, rung, date (in force, or signed where it is not), when (years), reached
    (yes or no), note, source_title, source_url, source_checked. RIMPAC is left out: the paper
    counts it as a limit, not as a step.
    """
    agreed = data.load("agreements").rename(columns={"kind": "rung"})
    agreed["date"] = agreed["in_force"].fillna(agreed["signed"])
    agreed["reached"] = agreed["status"].eq("in force").map({True: "yes", False: "no"})
    trained = data.load("first_exercises")
    trained = trained[trained["note"] != "RIMPAC"].assign(rung="joint exercise", reached="yes")
    columns = [
        "partner",
        "rung",
        "date",
        "reached",
        "note",
        "source_title",
        "source_url",
        "source_checked",
    ]
    steps = pd.concat([agreed[columns], trained[columns]]).dropna(subset="date")
    return steps.assign(when=steps["date"].map(begins)).sort_values("date", ignore_index=True)


def dispatches() -> pd.DataFrame:
    """The dispatches of the record with ``begin`` and ``finish`` in years.

    One that goes on, or whose end is unknown, finishes where the record closes or, if it was
    a short relief operation, with its last known day: ``finish`` is then the end of ``start``.
    """
    frame = data.load("record_operations")
    frame["begin"] = frame["start"].map(begins)
    closes = ends(data.load("record_events")["date"].max())
    last = frame["end"].fillna(frame["start"]).map(ends)
    frame["finish"] = last.where(frame["ongoing"] == "no", closes)
    frame["in_table"] = frame["operation_no"].notna().map({True: "in Table 1", False: "left out"})
    return frame


def entries() -> pd.DataFrame:
    """The countries of Table 1 with their membership, one row for each entry.

    Columns of operation_members and of operations, and ``joined``, ``then`` (a member in the
    printed year), ``ever`` (a member before Japan had left; for missions that go on, today).
    """
    named = data.load("operation_members").rename(columns={"claim_id": "entry_id"})
    frame = named.merge(data.load("operations"), on="operation_no", validate="m:1")
    joined = data.load("members").set_index("member")["accession_date"]
    of_table = data.load("record_operations").dropna(subset="operation_no")
    left = of_table.set_index("operation_no")["end"]
    frame["joined"] = frame["country"].map(joined)
    frame["then"] = frame["joined"].str[:4].astype(int) <= frame["year_printed"]
    frame["left"] = frame["operation_no"].map(left)
    # compare as far as the date of leaving is exact: joined in the month of leaving counts
    together = [
        pd.isna(left) or joined[: len(left)] <= left
        for joined, left in zip(frame["joined"], frame["left"], strict=True)
    ]
    frame["ever"] = together
    return frame


def forecasts() -> pd.DataFrame:
    """The forward-looking statements with their outcomes, in the order of the paper."""
    return data.load("record_forecasts")


def unforeseen() -> pd.DataFrame:
    """Events after the paper, context left out, that no forward-looking statement leads to."""
    linked = set(" ".join(forecasts()["event_ids"].dropna()).split())
    frame = events()
    after = (frame["date"] > WRITTEN) & (frame["track"] != "context")
    return frame[after & ~frame["event_id"].isin(linked)]


def place_in_year(frame: pd.DataFrame) -> pd.Series:
    """The place of each event among those of its year, from zero."""
    return frame.groupby("year").cumcount()
