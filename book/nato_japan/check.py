"""The tables against each other, and against what history forbids: ``python -m nato_japan.check``.

``data/datapackage.json`` says what a cell may hold. What it cannot say stands here as named
checks (``NAMED``): each is a function that yields faults. A row that breaks one for a good
reason is named in ``EXCEPTIONS``, with the reason; an exception that no row needs is a fault.
"""

import re
import sys
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import pandas as pd

from nato_japan import data

MOST_SHOWN = 20  # messages; the first tell enough
TREATY = "1949-04-04"  # the North Atlantic Treaty is signed: nobody can join before

#: (check, table, key of the row): why the row may break the check
EXCEPTIONS: dict[tuple[str, str, str], str] = {}

#: verdicts that a source has to show; the paper alone can show that it is inconsistent
SOURCED = {"confirmed", "imprecise", "out of date", "contradicted"}

#: columns of a beginning and of an end
SPANS = [("start", "end"), ("signed", "in_force"), ("opened", "closed"), ("date_start", "date_end")]

#: pairs of columns of which the first is not above the second
NOT_ABOVE = {
    "un_ideal_points": [("low", "ideal_point"), ("ideal_point", "high")],
    "peacekeeping_annual": [("people", "peak")],
    "piracy": [("hijacked", "incidents")],
    "diet_elections": [("ldp_seats", "seats"), ("camp_seats", "seats"), ("partner_seats", "seats")],
    "houses": [("coalition_seats", "seats")],
}


#: dates before which a column of a table can hold nothing, and why
NOT_BEFORE = {
    ("record_events", "date"): ("1945", "the record begins with the end of the war"),
    ("events", "date_start"): ("1945", "the paper begins with the end of the war"),
    ("record_operations", "start"): ("1954-07", "Japan has no forces before"),
    ("agreements", "signed"): ("1952-04-28", "Japan cannot sign before it is sovereign again"),
    ("first_exercises", "date"): ("1954-07", "Japan has no forces before"),
    ("teams", "opened"): ("2001-12-20", "ISAF is set up"),
    ("team_projects", "date"): ("2001-12-20", "ISAF is set up"),
    ("record_nato_operations", "start"): ("1949-04-04", "there is no NATO before"),
    ("houses", "elected"): ("1947-05-03", "the houses are those of the constitution"),
    ("diet_elections", "date"): ("1947-05-03", "the houses are those of the constitution"),
}


class Fault(NamedTuple):
    """A cell that breaks a check: its table, row (the header is 1) and column, and what is wrong."""

    table: str
    row: int
    column: str
    wrong: str


def check() -> list[str]:
    """Check every table, its keys, its references and its sense; one message for each fault."""
    listed = {entry["path"] for entry in data.package()["resources"]}
    problems = [
        f"data/{path}: expected an entry in data/datapackage.json, found none"
        for path in sorted(p.relative_to(data.DATA).as_posix() for p in data.DATA.rglob("*.csv"))
        if path not in listed
    ]
    for entry in data.package()["resources"]:
        problems += [] if "schema" in entry else data.check_map(entry)
    problems += data.check_tables(data.tables())
    return problems or named_faults()


def named_faults() -> list[str]:
    """What the named checks find, but for the exceptions; and exceptions that nothing needs."""
    problems, needed = [], set()
    for name, find in NAMED.items():
        for table, row, column, wrong in find():
            exception = (name, table, _key(table, row))
            if exception in EXCEPTIONS:
                needed.add(exception)
            else:
                path = data.resource(table)["path"]
                problems.append(f"data/{path}, row {row}, column {column}: {wrong} ({name})")
    for exception in EXCEPTIONS.keys() - needed:
        problems.append(f"nato_japan/check.py: expected a row for the exception {exception}")
    return problems


def _key(table: str, row: int) -> str:
    """The values of the primary key of a row, with spaces between."""
    keys = data.resource(table)["schema"]["primaryKey"]
    return " ".join(str(data.load(table).at[row - 2, key]) for key in keys)


def _rows(table: str) -> Iterator[tuple[int, dict]]:
    """The rows of a table, numbered as in its file."""
    yield from enumerate(data.load(table).to_dict("records"), start=2)


def _columns(entry: dict) -> set[str]:
    return {field["name"] for field in entry["schema"]["fields"]}


def ids_exist() -> Iterator[Fault]:
    """Columns with several ids in a cell: a foreign key cannot say this."""
    for target, key in [("claims", "claim_id"), ("record_events", "event_id")]:
        known, path = set(data.load(target)[key]), data.resource(target)["path"]
        for entry in data.tables():
            for column in sorted(c for c in _columns(entry) if c.endswith(f"{key}s")):
                for row, cell in enumerate(data.load(entry["name"])[column].fillna(""), start=2):
                    for name in set(cell.split()) - known:
                        wrong = f"expected ids of data/{path}, found {name!r}"
                        yield Fault(entry["name"], row, column, wrong)


def tests_name_chapters() -> Iterator[Fault]:
    """The causal statements are shown in chapters of the book."""
    known, path = set(data.load("sections")["section"]), data.resource("sections")["path"]
    for row, line in _rows("tests"):
        for name in set(line["sections"].split()) - known:
            yield Fault(
                "tests", row, "sections", f"expected chapters of data/{path}, found {name!r}"
            )


def every_claim_has_a_verdict() -> Iterator[Fault]:
    """Each statement of the paper is judged."""
    judged, path = set(data.load("verdicts")["claim_id"]), data.resource("verdicts")["path"]
    for row, line in _rows("claims"):
        claim = line["claim_id"]
        if claim not in judged:
            wrong = f"expected a verdict on {claim!r} in data/{path}, found none"
            yield Fault("claims", row, "claim_id", wrong)


def verdicts_have_their_source() -> Iterator[Fault]:
    """A verdict has the source, or the other statement, that its kind asks for."""
    for row, line in _rows("verdicts"):
        verdict, linked = line["verdict"], pd.notna(line["source_url"])
        if verdict in SOURCED and not linked:
            wrong = f"expected the source of the verdict {verdict!r}, found none"
            yield Fault("verdicts", row, "source_url", wrong)
        others = set() if pd.isna(line["other_claim_ids"]) else set(line["other_claim_ids"].split())
        if verdict == "inconsistent" and not others - {line["claim_id"]}:
            wrong = (
                "expected the other statement of the paper with which this one is "
                "inconsistent, found none"
            )
            yield Fault("verdicts", row, "other_claim_ids", wrong)


def verdicts_follow_the_codings() -> Iterator[Fault]:
    """A verdict is that of the third reading, or else of both coders; no reading is left out."""
    codings = data.load("codings").pivot(index="claim_id", columns="coder", values="verdict")
    codings = codings.reindex(columns=["A", "B", "third"])
    decided = codings["third"].fillna(codings["A"].where(codings["A"] == codings["B"]))
    for row, line in _rows("verdicts"):
        expected = decided.get(line["claim_id"], line["verdict"])
        if line["verdict"] != expected:
            found = "a third reading" if pd.isna(expected) else f"{expected!r}, as coded"
            wrong = f"expected {found}, found {line['verdict']!r}"
            yield Fault("verdicts", row, "verdict", wrong)


def sources_are_whole() -> Iterator[Fault]:
    """A source has title and address, and only a source was read."""
    for entry in data.tables():
        columns = _columns(entry)
        # a coder may name a work without an address, or say where a search went
        if not {"source_title", "source_url"} <= columns or entry["name"] == "codings":
            continue
        for row, line in _rows(entry["name"]):
            titled, linked = pd.notna(line["source_title"]), pd.notna(line["source_url"])
            if titled != linked:
                wrong = "expected title and address together, found one of them"
                yield Fault(entry["name"], row, "source_url", wrong)
            if not linked and line.get("source_checked") == "yes":
                wrong = "expected no for a row without a source, found 'yes'"
                yield Fault(entry["name"], row, "source_checked", wrong)
            if not linked and pd.notna(line.get("source_read")):
                wrong = "expected a date only for a source, found no source"
                yield Fault(entry["name"], row, "source_read", wrong)


def _dates(entry: dict) -> list[str]:
    """Columns of dates: days, or text in the form of a year, a month or a day."""
    return [
        field["name"]
        for field in entry["schema"]["fields"]
        if field["type"] == "date"
        or re.match(r"\\d\{4\}(\(-|-)\\d\{2\}", field.get("constraints", {}).get("pattern", ""))
    ]


def copies_are_of_sources() -> Iterator[Fault]:
    """A copy is kept of a page that the book cites, or the book cites the copy."""
    cited = set(data.addresses())
    for row, line in _rows("copies"):
        if not {line["original_url"], line["copy_url"]} & cited:
            wrong = f"expected the address of a source, found {line['original_url']!r}"
            yield Fault("copies", row, "original_url", wrong)


def dates_are_in_the_calendar() -> Iterator[Fault]:
    """A month is one of twelve, and its days are as many as it has."""
    for entry in data.tables():
        for column in _dates(entry):
            for row, cell in enumerate(data.load(entry["name"])[column], start=2):
                try:
                    if pd.notna(cell):
                        date.fromisoformat(f"{cell}-01-01"[:10] if len(cell) < 10 else cell)
                except ValueError:
                    wrong = f"expected a date of the calendar, found {cell!r}"
                    yield Fault(entry["name"], row, column, wrong)


def nothing_is_dated_after_its_table() -> Iterator[Fault]:
    """What a table records has happened by the table's own date, in data/datapackage.json."""
    for entry in data.tables():
        for column in _dates(entry):
            for row, cell in enumerate(data.load(entry["name"])[column], start=2):
                if pd.notna(cell) and _before(entry["date"], cell):
                    wrong = f"expected a date not after that of the table ({entry['date']}), found {cell!r}"
                    yield Fault(entry["name"], row, column, wrong)


def no_year_is_after_its_table() -> Iterator[Fault]:
    """A series ends by the year of the table's date."""
    for entry in data.tables():
        fields = [f["name"] for f in entry["schema"]["fields"] if f["type"] == "integer"]
        for column in sorted(set(fields) & {"year", "decade", "sco_since"}):
            for row, cell in enumerate(data.load(entry["name"])[column], start=2):
                if pd.notna(cell) and int(cell) > int(entry["date"][:4]):
                    wrong = f"expected a year not after that of the table ({entry['date'][:4]}), found {cell}"
                    yield Fault(entry["name"], row, column, wrong)


def nothing_is_dated_before_its_time() -> Iterator[Fault]:
    """No event before the record, no team before the war, no treaty before sovereignty."""
    for (table, column), (first, why) in NOT_BEFORE.items():
        for row, cell in enumerate(data.load(table)[column], start=2):
            if pd.notna(cell) and _before(cell, first):
                wrong = f"expected a date not before {first} ({why}), found {cell!r}"
                yield Fault(table, row, column, wrong)


def _before(first: str, second: str) -> bool:
    """Whether one date is surely before another; 2009 may be any day of 2009-03."""
    width = min(len(first), len(second))
    return first[:width] < second[:width]


def nothing_ends_before_it_begins() -> Iterator[Fault]:
    """An operation, an agreement, a team, an event."""
    for entry in data.tables():
        for begins, ends in SPANS:
            if not {begins, ends} <= _columns(entry):
                continue
            for row, line in _rows(entry["name"]):
                first, last = line[begins], line[ends]
                if pd.notna(first) and pd.notna(last) and _before(last, first):
                    wrong = f"expected a date not before {first}, found {last!r}"
                    yield Fault(entry["name"], row, ends, wrong)


def activities_end_after_they_begin() -> Iterator[Fault]:
    """The event that ends an activity does not come before the one that began it."""
    when = data.load("record_events").set_index("event_id")["date"]
    for row, line in _rows("activities"):
        begun, ended = line["begun_event_id"], line["ended_event_id"]
        if pd.notna(ended) and _before(when[ended], when[begun]):
            wrong = f"expected an event not before {begun} ({when[begun]}), found {ended!r}"
            yield Fault("activities", row, "ended_event_id", wrong)


def what_goes_on_has_no_end() -> Iterator[Fault]:
    """A dispatch that is under way has no last day."""
    for row, line in _rows("record_operations"):
        if line["ongoing"] == "yes" and pd.notna(line["end"]):
            wrong = f"expected no end of what goes on, found {line['end']!r}"
            yield Fault("record_operations", row, "end", wrong)


def allies_join_after_the_treaty() -> Iterator[Fault]:
    """No ally before the North Atlantic Treaty."""
    for row, line in _rows("members"):
        if line["accession_date"] < TREATY:
            wrong = f"expected a day from {TREATY} on, found {line['accession_date']!r}"
            yield Fault("members", row, "accession_date", wrong)


def bounds_hold() -> Iterator[Fault]:
    """A low estimate is not above a high one, a part not above its whole."""
    for table, pairs in NOT_ABOVE.items():
        for row, line in _rows(table):
            for lower, upper in pairs:
                low, high = line[lower], line[upper]
                if pd.notna(low) and pd.notna(high) and low > high:
                    wrong = f"expected a number not above that of {upper} ({high}), found {low}"
                    yield Fault(table, row, lower, wrong)


def counts_of_projects_grow() -> Iterator[Fault]:
    """Projects are counted from the first on, so that a later count is not below an earlier one."""
    counts = data.load("team_projects").sort_values("date", kind="stable")
    most = counts["projects"].cummax()
    for place in counts.index[counts["projects"] < most]:
        wrong = (
            f"expected no fewer than before ({most[place]}), found {counts.at[place, 'projects']}"
        )
        yield Fault("team_projects", place + 2, "projects", wrong)


def a_mean_has_no_more_allies_than_there_are() -> Iterator[Fault]:
    """The allies in a mean, which leaves out the United States, had joined by then."""
    joined = data.load("members")["accession_date"].str[:4].astype(int)
    for row, line in _rows("un_agreement_allies"):
        most = int((joined <= line["year"]).sum()) - 1
        if line["allies"] > most:
            wrong = f"expected at most the {most} other allies of {line['year']}, found {line['allies']}"
            yield Fault("un_agreement_allies", row, "allies", wrong)


def peaks_are_those_of_the_months() -> Iterator[Fault]:
    """The highest month of Japan's year stands in the table of its months."""
    months = data.load("peacekeeping_monthly")
    highest = months.groupby(months["month"].str[:4].astype(int))["total"].max()
    for row, line in _rows("peacekeeping_annual"):
        year = line["year"]
        if line["iso3"] == "JPN" and year in highest.index and line["peak"] != highest[year]:
            wrong = f"expected the highest month of {year} ({highest[year]}), found {line['peak']}"
            yield Fault("peacekeeping_annual", row, "peak", wrong)


def parts_add_up() -> Iterator[Fault]:
    """Kinds of people make up their total; parties and shares are not more than the whole."""
    for row, line in _rows("peacekeeping_monthly"):
        parts = sum(line[kind] for kind in ("troops", "police", "experts") if pd.notna(line[kind]))
        if parts != line["total"]:
            wrong = f"expected the sum of the others ({parts}), found {line['total']}"
            yield Fault("peacekeeping_monthly", row, "total", wrong)
    for row, line in _rows("diet_elections"):
        if (
            pd.notna(line["partner_seats"])
            and line["ldp_seats"] + line["partner_seats"] > line["seats"]
        ):
            wrong = (
                f"expected both parties within {line['seats']} seats, found {line['partner_seats']}"
            )
            yield Fault("diet_elections", row, "partner_seats", wrong)
    capabilities = data.load("capabilities")
    share = capabilities.groupby("year")["cinc"].cumsum()
    for place in capabilities.index[share > 1]:
        wrong = f"expected shares of a year that add up to 1 at most, found {share[place]:.3f}"
        yield Fault("capabilities", place + 2, "cinc", wrong)


NAMED = {
    function.__name__: function
    for function in (
        ids_exist,
        tests_name_chapters,
        every_claim_has_a_verdict,
        verdicts_have_their_source,
        verdicts_follow_the_codings,
        sources_are_whole,
        copies_are_of_sources,
        dates_are_in_the_calendar,
        nothing_is_dated_after_its_table,
        no_year_is_after_its_table,
        nothing_is_dated_before_its_time,
        nothing_ends_before_it_begins,
        activities_end_after_they_begin,
        what_goes_on_has_no_end,
        allies_join_after_the_treaty,
        bounds_hold,
        counts_of_projects_grow,
        a_mean_has_no_more_allies_than_there_are,
        peaks_are_those_of_the_months,
        parts_add_up,
    )
}


def main() -> int:
    """Check all tables; print what is wrong and return 1, or say that all is well and return 0."""
    try:
        problems = check()
    except data.DataError as error:
        problems = [str(error)]
    for problem in problems[:MOST_SHOWN]:
        print(problem, file=sys.stderr)
    if len(problems) > MOST_SHOWN:
        print(f"and {len(problems) - MOST_SHOWN} more", file=sys.stderr)
    if problems:
        print(f"data: {len(problems)} fault(s); nothing was built", file=sys.stderr)
        return 1
    print(f"data: {len(data.tables())} tables agree with data/datapackage.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
