"""The record: counts that the book states, sources one click away, unread rows marked."""

import json

import pandas as pd
import pytest
from nato_japan import data, record, render, tables

from conftest import chapters, drawn, listed, page

LISTS = {
    "tab-since-2014-events": ("since-2014", "record_events"),
    "tab-since-2014-scoreboard": ("since-2014", "record_forecasts"),
    "tab-atlas-dispatches": ("atlas", "record_operations"),
    "tab-atlas-teams": ("atlas", "teams"),
}


def test_entries_of_states_that_were_not_members():
    entries = drawn("history", "chart-history-membership", "ever")
    assert len(entries) == 83
    assert (~entries["then"]).sum() == 11
    never = entries[~entries["ever"]]
    assert set(zip(never["country"], never["operation"], strict=True)) == {
        ("Poland", "Cambodia"),
        ("Hungary", "Mozambique"),
        ("Albania", "Iraq"),
        ("Sweden", "Haiti"),
        ("Finland", "Haiti"),
    }


def test_the_record_holds_all_rows_of_table_1_once():
    rows = data.load("record_operations")["operation_no"].dropna()
    assert sorted(rows) == data.load("operations")["operation_no"].tolist()


def test_a_dispatch_is_drawn_for_its_days_on_site():
    """And says what stands in: the departure, the order, the homecoming; or that nobody went."""
    frame = record.dispatches().set_index("operation_id")
    assert (frame["begin"] < frame["finish"]).all()
    fuel, mines, announced = (frame.loc[name] for name in ("OP28", "OP16", "OP48"))
    assert fuel["begin"] == record.decimal_start("2001-12-02")  # neither order nor departure
    assert fuel["finish"] == record.decimal_end("2010-01-15")  # not the homecoming
    assert fuel["stay"].endswith("nobody there 2007-11-01 to 2008-02-21")
    assert (fuel["stands_in"], mines["stands_in"]) == ("", "left Japan, home")
    assert (announced["went"], announced["stands_in"]) == ("no", "ordered")
    going_on = frame[frame["ongoing"] == "yes"]
    assert (going_on["finish"] == record.decimal_end(record.last_date())).all()


def test_a_list_of_others_says_of_when_it_is():
    frame = record.dispatches().set_index("operation_id")
    assert frame.loc["OP31", "others"].endswith("(list of 28 December 2003)")
    assert frame.loc["OP05", "others"].endswith("(list of May 2002 to May 2005)")
    assert frame.loc["OP20", "others"].endswith("(list of 10 November 1998)")
    assert "list of" not in frame.loc["OP38", "others"]


def test_what_counts_as_a_first_exercise_is_data():
    table = data.load("first_exercises")
    counted = table[table["counts"] == "yes"]
    assert set(counted["kind"]) == {"bilateral", "multilateral"}
    first = record.first_exercises().set_index("partner")
    assert first.index.is_unique and set(first.index) == set(counted["partner"])
    assert first.loc["Canada", "exercise"] == "PACEX 89"  # before it RIMPAC, which does not count
    rungs = record.rungs()
    assert (rungs["rung"] == "joint exercise").sum() == len(first)


def test_an_outcome_has_the_date_of_the_event_that_settled_it():
    frame = record.forecasts().set_index("forecast_id")
    when = data.load("record_events").set_index("event_id")["date"]
    settled = frame.dropna(subset="outcome_event_id")
    assert (settled["outcome_date"] == settled["outcome_event_id"].map(when)).all()
    before = frame[frame["outcome"] == "settled before"]
    assert len(before) and before["outcome_date"].isna().all()


@pytest.mark.parametrize(
    ("date", "first", "last"), [("1979", 1979, 1980), ("2013-04", 2013.25, 2013 + 4 / 12)]
)
def test_partial_dates_cover_their_span(date, first, last):
    assert record.decimal_start(date) == pytest.approx(first)
    assert record.decimal_end(date) == pytest.approx(last)


@pytest.mark.parametrize(
    ("date", "words"), [("1979", "1979"), ("2013-04", "April 2013"), ("2014-05-06", "6 May 2014")]
)
def test_dates_are_spoken(date, words):
    assert render.format_date(date) == words


def test_no_linked_event_counts_as_unforeseen():
    linked = set(" ".join(record.forecasts()["event_ids"].dropna()).split())
    events = record.events()
    free = events[~events["event_id"].isin(linked) & (events["track"] != "context")]
    free = free[free["date"] > record.PAPER_DATE]
    assert 0 < len(free) < len(events)
    found = listed("since-2014", "table-since-2014-unforeseen")
    assert [row[:2] for row in found] == free[["date", "title"]].to_numpy().tolist()


def test_maps_carry_only_what_they_draw():
    whole = data.DATA / data.resource("world")["path"]
    land = json.dumps(data.shapes("world", "land"))
    assert len(land) < whole.stat().st_size * 0.7
    country = data.shapes("world", "Afghanistan")
    assert [g["properties"]["name"] for g in country["objects"]["shapes"]["geometries"]] == [
        "Afghanistan"
    ]
    with pytest.raises(KeyError, match="Atlantis"):
        data.shapes("world", "Atlantis")


@pytest.mark.parametrize("name", LISTS)
def test_every_row_of_the_record_leads_to_its_source_and_says_if_none_was_read(name):
    chapter, source = LISTS[name]
    frame = data.load(source)
    rows = page(chapter).select(f"table#{name} tbody tr")
    assert len(rows) == len(frame)
    warning = tables.NOT_CHECKED.strip("*")
    for row, line in zip(rows, frame.itertuples(), strict=True):
        links = [a["href"] for a in row.select("a.external")]
        if isinstance(line.source_url, str):
            assert line.source_url in links
        assert (warning in row.get_text()) == (line.source_checked == "no")


@pytest.mark.parametrize("name", chapters())
def test_marks_of_the_record_lead_to_the_source(name):
    known = {}
    for table, key in [
        ("record_events", "event_id"),
        ("record_operations", "operation_id"),
        ("record_forecasts", "forecast_id"),
    ]:
        frame = data.load(table).set_index(key)
        known |= frame[["source_url", "source_checked"]].to_dict("index")
    for mark in page(name).select("sup.record"):
        text = mark.get_text()
        row = known[text.split(",")[0]]
        assert text.endswith("not checked") == (row["source_checked"] == "no")
        if link := mark.find("a"):
            assert link["href"] == row["source_url"]
        else:
            assert not isinstance(row["source_url"], str)


def test_squares_of_the_front_page_lead_to_their_sources():
    events = record.events()
    links = [a["xlink:href"] for a in page("index").select("#fig-index-wall svg a")]
    assert sorted(links) == sorted(events["source_url"].dropna())


def test_hollow_marks_are_those_that_were_not_read():
    squares = page("index").select("#fig-index-wall .mark-symbol.role-mark path")
    hollow = [square for square in squares if float(square.get("fill-opacity", 1)) < 0.5]
    events = record.events()
    assert len(squares) == len(events)
    assert len(hollow) == (events["source_checked"] == "no").sum()


def test_the_scoreboard_has_a_square_for_each_statement_in_the_colour_of_its_outcome():
    forecasts = record.forecasts()
    figure = page("since-2014").select_one("#fig-since-2014-scoreboard")
    colours = [square["fill"] for square in figure.select(".mark-symbol.role-mark path")]
    counts = forecasts["outcome"].value_counts()
    assert sorted(pd.Series(colours).value_counts()) == sorted(counts)
    words = [text.get_text() for text in figure.select(".mark-text.role-mark text")]
    for outcome, count in counts.items():
        assert f"{outcome} ({count})" in words
