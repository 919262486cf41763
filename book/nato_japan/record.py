"""What the record holds beside the paper: events, dispatches, members, outcomes."""

import pandas as pd

from nato_japan import data, render
from nato_japan.paper import PAPER_DATE

#: what the tracks of events hold, from talk to deeds
TRACKS = ["context", "political", "legal", "operational", "assistance"]

#: outcomes of forward-looking statements, from fulfilled to refuted; the last is none
OUTCOMES = ["happened", "partly", "not yet", "contradicted", "settled before"]


def decimal_start(partial: str) -> float:
    """A partial ISO date (1979, 2013-04, 2014-05-06) as a year, at its beginning."""
    year, month, day = (int(part) for part in f"{partial}-01-01".split("-")[:3])
    return year + (month - 1) / 12 + (day - 1) / 365


def decimal_end(partial: str) -> float:
    """A partial ISO date as a year, at its end: 1979 ends at 1980.0."""
    return decimal_start(partial) + {4: 1, 7: 1 / 12, 10: 1 / 365}[len(partial)]


def events() -> pd.DataFrame:
    """The events of the record with what charts ask for.

    Adds ``year``, ``when`` (in years) and ``told``: "named in the paper", "not named" before it was
    written, or "after the paper".
    """
    frame = data.load("record_events")
    frame["year"] = frame["date"].str[:4].astype(int)
    frame["when"] = frame["date"].map(decimal_start)
    frame["told"] = "not named"
    frame.loc[frame["date"] > PAPER_DATE, "told"] = "after the paper"
    frame.loc[frame["claim_ids"].notna(), "told"] = "named in the paper"
    return frame


def last_date() -> str:
    """The date of the last event of the record: "today" of the book's counts."""
    return data.load("record_events")["date"].max()


def contacts() -> pd.DataFrame:
    """The events in which Japan and NATO had to do with each other (``contact``).

    Adds ``nature``: "talk" for the political track, "deeds" for the others.
    """
    frame = events()
    frame = frame[frame["contact"] == "yes"]
    return frame.assign(nature=frame["track"].eq("political").map({True: "talk", False: "deeds"}))


def rungs() -> pd.DataFrame:
    """Steps of partners on the ladder: agreements, and the first exercise that counts.

    Columns partner, rung, date (in force, or signed where it is not), when (years), reached
    (yes or no), note, source_title, source_url, source_checked. Which exercises count, the
    column ``counts`` of first_exercises says; of those of a partner the first is taken. An
    agreement that a later one replaced had been reached.
    """
    agreed = data.load("agreements").rename(columns={"kind": "rung"})
    agreed["date"] = agreed["in_force"].fillna(agreed["signed"])
    reached = agreed["status"].isin(["in force", "replaced"])
    agreed["reached"] = reached.map({True: "yes", False: "no"})
    trained = first_exercises().assign(rung="joint exercise", reached="yes")
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
    return steps.assign(when=steps["date"].map(decimal_start)).sort_values(
        "date", ignore_index=True
    )


def first_exercises() -> pd.DataFrame:
    """The first exercise of Japan with each partner that counts as a step, in order of time.

    Columns of first_exercises: one row for each partner, the earliest of those that count.
    """
    frame = data.load("first_exercises")
    frame = frame[frame["counts"] == "yes"].sort_values("date", kind="stable")
    return frame.drop_duplicates("partner", ignore_index=True)


def dispatches() -> pd.DataFrame:
    """The dispatches of the record with their time on site, in years.

    Adds ``begin`` and ``finish``: from the first to the last day on site. Where these are not
    known the nearest date stands in, and ``stands_in`` says which ("" where none does): for the
    beginning the departure or else the order, for the end the homecoming or else the last day
    that is known. One that goes on finishes where the record closes. ``first`` and ``last`` are
    the dates from which these were taken (``last`` is missing for what goes on). ``went`` is
    "no" where nobody went, or only an announcement is known; ``stay`` tells the days on site in
    words; ``others`` is ``allies_present`` with the date of the list, where that is not of
    Japan's own days.
    """
    frame = data.load("record_operations")
    for column, stages in {
        "first": ["on_site_from", "left_japan", "ordered"],
        "last": ["on_site_to", "home"],
    }.items():
        frame[column] = frame[stages].bfill(axis="columns").iloc[:, 0]
    starts = frame["on_site_from"].isna()
    open_end = frame["last"].isna() & (frame["ongoing"] == "no")
    words = pd.Series("", frame.index)
    words[starts] = frame["left_japan"].isna().map({True: "ordered", False: "left Japan"})
    words[starts & frame["on_site_to"].isna() & frame["home"].notna()] += ", home"
    words[~starts & frame["on_site_to"].isna() & frame["home"].notna()] = "home"
    frame["stands_in"] = words
    frame["last"] = frame["last"].where(~open_end, frame["first"])
    frame["begin"] = frame["first"].map(decimal_start)
    frame["finish"] = (
        frame["last"].map(decimal_end, na_action="ignore").fillna(decimal_end(last_date()))
    )
    frame["last"] = frame["last"].where(~open_end)
    been = frame[["left_japan", "on_site_from", "home"]].notna().any(axis="columns")
    frame["went"] = been.map({True: "yes", False: "no"})
    frame["in_table"] = frame["operation_no"].notna().map({True: "in Table 1", False: "left out"})
    frame["stay"] = [_stay(line) for line in frame.to_dict("records")]
    dated = " (list of " + frame["allies_as_of"].map(_span, na_action="ignore") + ")"
    frame["others"] = frame["allies_present"] + dated.fillna("")
    return frame


def _stay(line: dict) -> str | None:
    """The days on site: 2001-12-02 to 2010-01-15, nobody there 2007-11-01 to 2008-02-21."""
    first, last = line["on_site_from"], line["on_site_to"]
    if pd.isna(first) and pd.isna(last):
        return None
    first = "not known" if pd.isna(first) else first
    if pd.isna(last):
        last = "goes on" if line["ongoing"] == "yes" else "not known"
    stay = first if first == last else f"{first} to {last}".replace("to goes on", "on, goes on")
    if pd.notna(line["away"]):
        spans = [span.replace("/", " to ") for span in line["away"].split()]
        stay += ", nobody there " + " and ".join(spans)
    return stay


def _span(dates: str) -> str:
    """A date, or from/to, as a reader says it: 2002-05/2005-05 is May 2002 to May 2005."""
    return " to ".join(render.format_date(date) for date in dates.split("/"))


def forecasts() -> pd.DataFrame:
    """The forward-looking statements with their outcomes, in the order of the paper.

    ``outcome_date`` is that of the event that settled the outcome, where there is one.
    """
    frame = data.load("record_forecasts")
    when = data.load("record_events").set_index("event_id")["date"]
    dates = frame["outcome_event_id"].map(when).fillna(frame["outcome_date"])
    return frame.assign(outcome_date=dates)
