"""All tables, by themselves and against each other: ``python -m nato_japan.commands.check``.

What a table may hold is declared beside it, in ``tables.yml``. Each kind of declaration that goes
beyond a cell is one function here (``RULES``); what concerns two tables of another kind each is a
named check (``NAMED``). A cell that breaks a rule for a good reason is named, with the reason,
under ``exceptions`` of its table; an exception that no cell needs is a fault.
"""

import calendar
import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import nbformat
import pandas as pd
from pybtex.database import parse_file
from pybtex.exceptions import PybtexError

from nato_japan import data, descriptions, record, render

MOST_SHOWN = 20  # messages; the first tell enough
DATED = ("partial date", "month", "year", "span", "spans")  # kinds of columns that hold times
#: how a verdict on an entry of Table 1 says when the state joined
JOINED = re.compile(
    r"(?:\b(?:member since|joined NATO(?: only)?(?: on| in)?) "
    r"(?:(?P<day>\d{1,2}) )?(?:(?P<month>[A-Z][a-z]+) )?(?P<year>\d{4}))|(?P<founder>NATO founder)"
)
MARGIN = 1.5  # degrees that a place may lie outside the outline of its country, on a coarse map


class Fault(NamedTuple):
    """A cell that breaks a rule: its row (the header is 1) and column, and what is wrong."""

    row: int
    column: str
    wrong: str


def check(tables: list[dict] | None = None) -> list[str]:
    """Check tables (all), keys, references and sense; one message for each fault."""
    listed = {entry["path"] for entry in data.package()["resources"]}
    problems = [
        f"data/{path}: expected an entry in tables.yml beside it, found none"
        for path in sorted(p.relative_to(data.DATA).as_posix() for p in data.DATA.rglob("*.csv"))
        if path not in listed
    ]
    for entry in data.package()["resources"]:
        problems += [] if "schema" in entry else data.check_map(entry)
    problems += data.check_tables(tables or data.tables())
    return problems or rule_faults(tables)


def due(problems: list[str]) -> list[dict]:
    """The computed tables that have problems, but that a notebook is about to write anew."""
    from nato_japan.commands import run  # what the notebooks need takes a while to load

    return [
        entry
        for entry in data.tables()
        if "written by" in entry
        and any(problem.startswith(f"data/{entry['path']}") for problem in problems)
        and not run.is_fresh(run.BOOK / f"{entry['written by']}.ipynb")
    ]


def rule_faults(tables: list[dict] | None = None) -> list[str]:
    """What the rules find in tables (all) that are whole in themselves, but for the exceptions."""
    problems = []
    for entry in tables or data.tables():
        keys = [" ".join(map(str, key)) for key in frame_of(entry)[primary(entry)].to_numpy()]
        for row, column, wrong in faults(entry):
            key = keys[row - data.FIRST] if row >= data.FIRST else ""
            if not data.excuse(entry, key, column):
                problems.append(f"data/{entry['path']}, row {row}, column {column}: {wrong}")
    for entry in tables or data.tables():
        for name in entry.get("exceptions", {}):
            if (entry["name"], name) not in data.excused:
                problems.append(
                    f"data/{entry['path'].rpartition('/')[0]}/tables.yml, tables, {entry['name']}, "
                    f"exceptions: expected a cell that needs the exception, found none: {name!r}"
                )
    return problems


def faults(entry: dict) -> Iterator[Fault]:
    """Everything in one table that breaks what is declared of it, or a named check."""
    for field in entry["schema"]["fields"]:
        yield from is_in_time(entry, field)
        if "links each" in field:
            yield from links_exist(entry, field)
    for rule in entry.get("rules", []):
        for kind, find in RULES.items():
            if kind in rule:
                yield from find(entry, rule)
    if "series" in entry:
        yield from series_is_whole(entry, entry["series"])
    for find in NAMED.get(entry["name"], []):
        yield from find(entry)


def frame_of(entry: dict) -> pd.DataFrame:
    return data.load(entry["name"])


def primary(entry: dict) -> list[str]:
    return entry["schema"]["primaryKey"]


def filled(entry: dict, *columns: str) -> Iterator[tuple]:
    """Row number and cells of the rows in which none of the columns is empty."""
    frame = frame_of(entry)
    frame = frame.assign(row=range(data.FIRST, data.FIRST + len(frame)))
    yield from frame[["row", *columns]].dropna().itertuples(index=False, name=None)


def before(first: object, second: object) -> bool:
    """Whether one number or date is surely below another; 2009 may be any day of 2009-03."""
    if isinstance(first, str):
        width = min(len(first), len(second))
        return first[:width] < second[:width]
    return first < second


# --- what is declared of a column ---------------------------------------------------------------


def is_in_time(entry: dict, field: dict) -> Iterator[Fault]:
    """A date is one of the calendar, not before what its column knows, not after its table."""
    if field["type"] != "date" and field.get("kind") not in DATED and "latest" not in field:
        return
    column, earliest = field["name"], field.get("earliest")
    latest = field.get("latest", entry["date"])
    for row, cell in filled(entry, column):
        for text in re.split("[ /]", str(cell)):
            try:
                if not descriptions.DATE.fullmatch(text):  # Python takes other forms as well
                    raise ValueError(text)
                date.fromisoformat(text + "-01-01"[len(text) - 4 :])
            except ValueError:
                yield Fault(row, column, f"expected a date of the calendar, found {text!r}")
                continue
            if earliest and before(text, earliest):
                yield Fault(row, column, f"expected a date from {earliest} on, found {text!r}")
            if before(latest, text):
                whose = "its column" if "latest" in field else "its table"
                wrong = f"expected a date not after that of {whose} ({latest}), found {text!r}"
                yield Fault(row, column, wrong)


def links_exist(entry: dict, field: dict) -> Iterator[Fault]:
    """Several ids in a cell, each once: a foreign key of the standard cannot say this."""
    target, _, key = field["links each"].partition(".")
    known, path = set(data.load(target)[key]), data.resource(target)["path"]
    itself = key in primary(entry) or (target, key) == ("claims", primary(entry)[0])
    column = field["name"]
    own = frame_of(entry)[primary(entry)[0]]
    for row, cell in filled(entry, column):
        names = cell.split(" ")
        for name in names:
            if name not in known:
                yield Fault(row, column, f"expected ids of data/{path}, found {name!r}")
            elif names.count(name) > 1:
                yield Fault(row, column, f"expected each id once, found {name!r} twice")
            elif itself and name == own[row - data.FIRST]:
                yield Fault(row, column, f"expected other ids than its own, found {name!r}")


# --- what is declared of a table ----------------------------------------------------------------


def is_in_order(entry: dict, rule: dict) -> Iterator[Fault]:
    """``order: [low, middle, high]``: no number or date above those that follow it."""
    for place, low in enumerate(rule["order"]):
        for high in rule["order"][place + 1 :]:
            for row, first, last in filled(entry, low, high):
                if before(last, first):
                    wrong = f"expected nothing below that of {low} ({first}), found {last}"
                    yield Fault(row, high, wrong)


def is_distinct(entry: dict, rule: dict) -> Iterator[Fault]:
    """``distinct: [columns]``: one thing has one row, whatever its id."""
    columns = rule["distinct"]
    seen: dict[tuple, int] = {}
    for row, *cells in filled(entry, *columns):
        same = tuple(re.sub(r"\W+", " ", str(cell)).casefold() for cell in cells)
        if same in seen:
            wrong = f"expected no second row on what row {seen[same]} tells, found {cells[0]!r}"
            yield Fault(row, columns[0], wrong)
        seen.setdefault(same, row)


def adds_up(entry: dict, rule: dict) -> Iterator[Fault]:
    """``sum: [parts], is: total`` or ``at most: whole``; an empty part counts nothing."""
    total = rule.get("is") or rule["at most"]
    frame = frame_of(entry)
    sums = frame[rule["sum"]].fillna(0).sum(axis="columns")
    for row, whole in filled(entry, total):
        parts = sums[row - data.FIRST]
        if "is" in rule and parts != whole:
            yield Fault(row, total, f"expected the sum of the others ({parts}), found {whole}")
        elif parts > whole:
            wrong = f"expected {' and '.join(rule['sum'])} within {whole}, found {parts}"
            yield Fault(row, rule["sum"][-1], wrong)


def covers(entry: dict, rule: dict) -> Iterator[Fault]:
    """``covers: table.column``: each of the other table has its row here."""
    target, _, key = rule["covers"].partition(".")
    covered = set(frame_of(entry)[key])
    missing = [name for name in data.load(target)[key] if name not in covered]
    for name in missing:
        path = data.resource(target)["path"]
        wrong = f"expected a row on {name!r} of data/{path}, found none"
        yield Fault(len(frame_of(entry)) + 1, key, wrong)


def is_near(entry: dict, rule: dict) -> Iterator[Fault]:
    """``near: column``: a point lies by a country that the column names, if the map has it."""
    outlines, called = boxes(), rule.get("called", {})
    for row, lat, lon, words in filled(entry, "lat", "lon", rule["near"]):
        for here, there in called.items():
            words = words.replace(here, there)
        named = {
            name: box for name, box in outlines.items() if re.search(rf"\b{name}(?!\w)", words)
        }
        if named and not any(
            west - MARGIN <= lon <= east + MARGIN and south - MARGIN <= lat <= north + MARGIN
            for west, south, east, north in named.values()
        ):
            wrong = f"expected a point in {' or '.join(named)}, found {lat} north, {lon} east"
            yield Fault(row, "lat", wrong)


def boxes() -> dict[str, tuple[float, float, float, float]]:
    """West, south, east and north of each country of the map, in degrees."""
    world = json.loads((data.DATA / data.resource("world")["path"]).read_text(encoding="utf-8"))
    (scale_x, scale_y), (left, low) = world["transform"]["scale"], world["transform"]["translate"]
    ends = []
    for arc in world["arcs"]:
        x, y = pd.DataFrame(arc).cumsum().to_numpy().T
        x, y = x * scale_x + left, y * scale_y + low
        ends.append((x.min(), y.min(), x.max(), y.max()))

    def arcs(parts) -> Iterator[int]:
        for part in parts:
            yield from arcs(part) if isinstance(part, list) else [part if part >= 0 else ~part]

    found = {}
    for shape in world["objects"]["countries"]["geometries"]:
        west, south, east, north = zip(*(ends[arc] for arc in arcs(shape["arcs"])), strict=True)
        name = re.escape(shape["properties"]["name"])
        found[name] = (min(west), min(south), max(east), max(north))
    return found


def series_is_whole(entry: dict, rule: dict) -> Iterator[Fault]:
    """``series``: each has all its years and no leap beyond what its column allows.

    ``of``: columns that tell series apart; ``by``: the column of time, ``every``: its step;
    ``gaps``: times that are missing, for all or for one ("DEU 1990"), with the reason;
    ``steps``: the greatest ratio of neighbours, by column.
    """
    frame = frame_of(entry)
    column, every = rule["by"], rule.get("every", 1)
    gaps = rule.get("gaps", {})
    times = frame[column].astype(str)
    months = column == "month"
    place = times.str[:4].astype(int) * (12 if months else 1)
    place += times.str[5:7].astype(int) - 1 if months else 0
    frame = frame.assign(place=place, row=range(data.FIRST, data.FIRST + len(frame)))
    for key, one in frame.groupby(rule["of"]) if rule["of"] else [((), frame)]:
        one = one.sort_values("place")
        name = " ".join(map(str, key))
        there = set(one["place"])
        for missing in range(min(there), max(there), every):
            time = f"{missing // 12}-{missing % 12 + 1:02}" if months else str(missing)
            known = {time, time[:4], f"{name} {time}".strip()}
            if missing not in there and not known & gaps.keys():
                after = one.loc[one["place"] > missing, "row"].iloc[0]
                wrong = f"expected {time} in the series {name or column}, found none"
                yield Fault(after, column, wrong)
        for value, most in rule.get("steps", {}).items():
            filled_in = one[one[value].notna()]
            for first, second in zip(filled_in.index, filled_in.index[1:], strict=False):
                pair = sorted(float(one.at[at, value]) for at in (first, second))
                if pair[0] * most < pair[1]:
                    wrong = (
                        f"expected within {most} times, up or down, of that of "
                        f"{one.at[first, column]} ({one.at[first, value]}), found {one.at[second, value]}"
                    )
                    yield Fault(one.at[second, "row"], value, wrong)


def agrees(entry: dict, rule: dict) -> Iterator[Fault]:
    """``agrees: table.column``: where two tables hold one fact, they hold the same.

    ``column``: the column here; ``where``: columns here and there that are equal in the two rows.
    The other column may be a sum ("a+b"), or "@name": the column that stands in the column
    ``name`` here. Of two dates the coarser may hold the other, unless ``exact`` is true.
    """
    target, _, there = rule["agrees"].partition(".")
    other, path = data.load(target), data.resource(target)["path"]
    rows = {
        key: row
        for row, *key in filled(data.resource(target), *rule["where"].values())
        for key in [tuple(key)]
    }
    named = [there[1:]] if there[0] == "@" else []
    for row, cell, *key in filled(entry, rule["column"], *rule["where"], *named):
        names = [key.pop()] if named else there.split("+")
        at = rows.get(tuple(key))
        if at is None:  # told by another message, or not there
            continue
        cells = other.loc[at - data.FIRST, names].dropna()
        value = None if cells.empty else cells.sum() if len(names) > 1 else cells.iloc[0]
        same = (
            cell == value if rule.get("exact") else not (before(cell, value) or before(value, cell))
        )
        if value is None or not same:
            wrong = f"expected what data/{path}, row {at}, column {'+'.join(names)} has ({value}), found {cell!r}"
            yield Fault(row, rule["column"], wrong)


def is_known(entry: dict, rule: dict) -> Iterator[Fault]:
    """``known: column, as: [table.column, ...], also: [names]``: a name that another table has.

    What stands in brackets behind the name is a remark.
    """
    names = set(rule.get("also", []))
    for link in rule["as"]:
        target, _, column = link.partition(".")
        names |= set(data.load(target)[column])
    for row, cell in filled(entry, rule["known"]):
        if re.sub(r" \(.*\)$", "", cell) not in names:
            where = ", ".join(
                f"data/{data.resource(link.split('.')[0])['path']}" for link in rule["as"]
            )
            yield Fault(row, rule["known"], f"expected a name of {where}, found {cell!r}")


RULES = {
    "agrees": agrees,
    "known": is_known,
    "order": is_in_order,
    "distinct": is_distinct,
    "sum": adds_up,
    "covers": covers,
    "near": is_near,
}


# --- named checks, each of one table ------------------------------------------------------------


def copies_are_of_sources(entry: dict) -> Iterator[Fault]:
    """A copy is kept of a page that the book cites, or the book cites the copy."""
    cited = set(data.addresses())
    for row, page, copy in filled(entry, "original_url", "copy_url"):
        if not {page, copy} & cited:
            yield Fault(row, "original_url", f"expected the address of a source, found {page!r}")


def companies_are_counted_without_the_two(entry: dict) -> Iterator[Fault]:
    """Who else took part is neither Japan nor the partner, and as many in each row of an exercise.

    A number stands as "a; b and 3 others"; where a row of an exercise has none, nothing is counted.
    """
    sizes = {}
    for row, partner, exercise, day, company in filled(
        entry, "partner", "exercise", "date", "together_with"
    ):
        named, _, more = re.sub(r" and others$", "", company).partition(" and ")
        states = named.split("; ")
        if {partner, "Japan"} & set(states):
            wrong = f"expected neither Japan nor {partner}, found {company!r}"
            yield Fault(row, "together_with", wrong)
        if count := re.fullmatch(r"(\d+) others", more):
            first, size = sizes.setdefault((exercise, day), (row, len(states) + int(count[1])))
            if len(states) + int(count[1]) != size:
                wrong = f"expected {size} others in all, as in row {first}, found {company!r}"
                yield Fault(row, "together_with", wrong)
        elif more or re.search(r"\bstates\b", company):
            yield Fault(row, "together_with", f"expected a number of others, found {company!r}")


def activities_end_after_they_begin(entry: dict) -> Iterator[Fault]:
    """The event that ends an activity does not come before the one that began it."""
    when = data.load("record_events").set_index("event_id")["date"]
    for row, begun, ended in filled(entry, "begun_event_id", "ended_event_id"):
        if before(when[ended], when[begun]):
            wrong = f"expected an event not before {begun} ({when[begun]}), found {ended!r}"
            yield Fault(row, "ended_event_id", wrong)


def counts_of_projects_grow(entry: dict) -> Iterator[Fault]:
    """Projects are counted from the first on, so that a later count is not below an earlier one."""
    most = 0
    for _, row, count in sorted(
        (when, row, n) for row, when, n in filled(entry, "date", "projects")
    ):
        if count < most:
            yield Fault(row, "projects", f"expected no fewer than before ({most}), found {count}")
        most = max(most, count)


def a_mean_has_no_more_allies_than_there_are(entry: dict) -> Iterator[Fault]:
    """The allies in a mean, which leaves out the United States, had joined by then."""
    joined = data.load("members")["accession_date"].str[:4].astype(int)
    for row, year, allies in filled(entry, "year", "allies"):
        most = int((joined <= year).sum()) - 1
        if allies > most:
            wrong = f"expected at most the {most} other allies of {year}, found {allies}"
            yield Fault(row, "allies", wrong)


def peaks_are_those_of_the_months(entry: dict) -> Iterator[Fault]:
    """The highest month of Japan's year stands in the table of its months."""
    months = data.load("peacekeeping_monthly")
    highest = months.groupby(months["month"].str[:4].astype(int))["total"].max()
    for row, country, year, peak in filled(entry, "iso3", "year", "peak"):
        if country == "JPN" and year in highest.index and peak != highest[year]:
            wrong = f"expected the highest month of {year} ({highest[year]}), found {peak}"
            yield Fault(row, "peak", wrong)


def pages_exist(entry: dict) -> Iterator[Fault]:
    """A page that a table names is one of the book, and a figure stands in it."""
    columns = {field["name"] for field in entry["schema"]["fields"]}
    for row, page in filled(entry, "page"):
        book = data.ROOT / "book"
        if not any((book / f"{page}.{kind}").is_file() for kind in ("ipynb", "md")):
            yield Fault(row, "page", f"expected a page of book/, found {page!r}")
        elif "figure" in columns:
            figure = frame_of(entry)["figure"][row - data.FIRST]
            if figure not in labels(page):
                wrong = f"expected a figure or table of book/{page}.ipynb, found {figure!r}"
                yield Fault(row, "figure", wrong)


@cache
def labels(page: str) -> set[str]:
    """The names of figures and tables in a notebook, as far as its cells say them."""
    book = nbformat.read(data.ROOT / "book" / f"{page}.ipynb", as_version=4)
    found = {c.metadata.get("mystnb", {}).get("figure", {}).get("name", "") for c in book.cells}
    return found | set(re.findall(r'name="(tab-[\w-]+)"', " ".join(c.source for c in book.cells)))


def years_are_those_of_a_paper(entry: dict) -> Iterator[Fault]:
    """A statement of a paper of 2014 is about years in their order, of which none is later."""
    written = int(record.PAPER_DATE[:4])
    for row, cell in filled(entry, "year"):
        first, _, last = cell.rstrip("s").partition("-")
        if not 1900 <= int(first) <= int(last or first) <= written:
            wrong = f"expected years from 1900 to {written}, the earlier first, found {cell!r}"
            yield Fault(row, "year", wrong)


def numbers_are_those_printed(entry: dict) -> Iterator[Fault]:
    """The number of a quantity is the one that the paper prints in figures or words."""
    words = {word: number for number, word in enumerate(render.WORDS)} | {"half a": 0.5}
    words |= {"both": 2, "second": 2, "two-thirds": 0.6667, "simple majority": 0.5}
    for row, value, printed in filled(entry, "value", "printed"):
        number, _, unit = printed.partition(" ") if printed[0].isdigit() else (printed, "", "")
        if number.endswith(("million", "billion")):
            number, _, unit = number.rpartition(" ")
        read = float(number.replace(",", "")) if number[0].isdigit() else words.get(number)
        if read is None:
            yield Fault(row, "printed", f"expected a number that we can read, found {printed!r}")
        elif value != read * {"": 1, "million": 1e6, "billion": 1e9}.get(unit, 1):
            yield Fault(
                row, "value", f"expected the number that is printed ({printed}), found {value}"
            )


def groups_are_those_of_the_members(entry: dict) -> Iterator[Fault]:
    """Who is called an ally has joined, and the other way round."""
    joined = set(data.load("members")["iso3"])
    for row, iso3, group in filled(entry, "iso3", "group"):
        if (group == "ally") != (iso3 in joined):
            wrong = f"expected {'ally' if iso3 in joined else 'another group than ally'}, found {group!r}"
            yield Fault(row, "group", wrong)


def shares_are_of_one_world(entry: dict) -> Iterator[Fault]:
    """The shares of a year do not add up to more than the whole."""
    frame = frame_of(entry)
    sums = frame.groupby("year")["cinc"].cumsum()
    for place in frame.index[sums > 1]:
        wrong = f"expected shares of a year that add up to 1 at most, found {sums[place]:.3f}"
        yield Fault(place + data.FIRST, "cinc", wrong)


def absences_lie_within_the_stay(entry: dict) -> Iterator[Fault]:
    """Nobody is away before the first or after the last day on site."""
    frame = frame_of(entry)
    for row, spans in filled(entry, "away"):
        line = frame.loc[row - data.FIRST]
        for span in spans.split():
            days = [line["on_site_from"], *span.split("/"), line["on_site_to"]]
            known = [day for day in days if pd.notna(day)]
            if any(before(last, first) for first, last in pairwise(known)):
                wrong = f"expected a span within {days[0]} and {days[-1]}, found {span!r}"
                yield Fault(row, "away", wrong)


def outcomes_come_after_the_paper(entry: dict) -> Iterator[Fault]:
    """What was so before the paper is no outcome; its date stands in one place only."""
    when = data.load("record_events").set_index("event_id")["date"]
    for row, line in enumerate(frame_of(entry).to_dict("records"), start=data.FIRST):
        day, event = line["outcome_date"], line["outcome_event_id"]
        if pd.notna(event) and pd.notna(day):
            wrong = f"expected no date beside the event {event}, found {day!r}"
            yield Fault(row, "outcome_date", wrong)
        if pd.notna(event) and event not in str(line["event_ids"]).split():
            wrong = f"expected one of the events of the row, found {event!r}"
            yield Fault(row, "outcome_event_id", wrong)
        day = day if pd.isna(event) else when[event]
        settled = line["outcome"] == record.OUTCOMES[-1]
        if pd.notna(day) and (settled or before(day, record.PAPER_DATE)):
            column = "outcome_date" if pd.isna(event) else "outcome_event_id"
            wrong = f"expected an outcome after {record.PAPER_DATE}, found one of {day}"
            yield Fault(row, column, wrong)


def verdicts_follow_the_codings(entry: dict) -> Iterator[Fault]:
    """A verdict is that of the last reading, or else of both coders; no reading is left out."""
    codings = data.load("codings").pivot(index="claim_id", columns="coder", values="verdict")
    codings = codings.reindex(columns=["A", "B", "third", "again"]).dropna(how="all")
    both = codings["A"].where(codings["A"] == codings["B"])
    decided = codings["again"].fillna(codings["third"]).fillna(both)
    for row, claim, verdict in filled(entry, "claim_id", "verdict"):
        expected = decided.get(claim, verdict)
        if verdict != expected:
            coded = "a third reading" if pd.isna(expected) else f"{expected!r}, as coded"
            yield Fault(row, "verdict", f"expected {coded}, found {verdict!r}")


def accession_in_words(entry: dict) -> Iterator[Fault]:
    """The day of accession in the verdict on an entry of Table 1 is that of the members."""
    country = data.load("operation_members").set_index("claim_id")["country"]
    members = data.load("members").reset_index().set_index("member")
    months = list(calendar.month_name)
    for row, claim, note in filled(entry, "claim_id", "note"):
        said = JOINED.search(note)
        if not said or country.get(claim) not in members.index:
            continue
        place, joined = members.loc[country[claim], ["index", "accession_date"]]
        day = "1949" if said["founder"] else said["year"]
        if said["month"] in months:
            day += f"-{months.index(said['month']):02}"
            day += f"-{int(said['day']):02}" if said["day"] else ""
        if before(day, joined) or before(joined, day):
            path = data.resource("members")["path"]
            wrong = (
                f"expected what data/{path}, row {place + data.FIRST}, column accession_date has "
                f"({joined}), found {said[0]!r}"
            )
            yield Fault(row, "note", wrong)


def results_are_those_of_the_page(entry: dict) -> Iterator[Fault]:
    """A page writes a result of each test that is made on it, and of no other."""
    page = entry["written by"]
    tests = data.load("tests").query("page == @page")["test_id"].tolist()
    for row, test in filled(entry, "test_id"):
        if test not in tests:
            yield Fault(row, "test_id", f"expected a test of the page {page}, found {test!r}")
    for test in sorted({*tests} - {*frame_of(entry)["test_id"]}):
        row = len(frame_of(entry)) + 1
        yield Fault(row, "test_id", f"expected a row on the test {test!r}, found none")


NAMED = {
    "shared_values_results": [results_are_those_of_the_page],
    "burden_and_reach_results": [results_are_those_of_the_page],
    "claims": [years_are_those_of_a_paper],
    "quantities": [numbers_are_those_printed],
    "comparison_countries": [groups_are_those_of_the_members],
    "copies": [copies_are_of_sources],
    "first_exercises": [companies_are_counted_without_the_two],
    "activities": [activities_end_after_they_begin],
    "team_projects": [counts_of_projects_grow],
    "un_agreement_allies": [a_mean_has_no_more_allies_than_there_are],
    "peacekeeping_annual": [peaks_are_those_of_the_months],
    "capabilities": [shares_are_of_one_world],
    "record_operations": [absences_lie_within_the_stay],
    "record_forecasts": [outcomes_come_after_the_paper],
    "verdicts": [verdicts_follow_the_codings, accession_in_words],
    "tests": [pages_exist],
    "treated_elsewhere": [pages_exist],
}


# --- the files around the tables ----------------------------------------------------------------


def check_files() -> list[str]:
    """Check what Jupyter Book and BibTeX read, so that a slip there names its place as well."""
    problems = []
    for name in ("_config.yml", "_toc.yml"):
        try:
            found = descriptions.read_yaml(data.ROOT / name, data.ROOT)
        except data.DataError as error:
            problems.append(str(error))
            continue
        if name == "_toc.yml":
            problems += _check_contents(found)
    for path in sorted((data.ROOT / "book").glob("*.bib")):
        try:
            parse_file(path, "bibtex")
        except (PybtexError, OSError, UnicodeDecodeError) as error:
            where = f", {error.get_context() or error}" if hasattr(error, "get_context") else ""
            problems.append(f"book/{path.name}: expected a file of BibTeX ({error}){where}".strip())
    return problems


def _check_contents(toc: dict) -> list[str]:
    """Each page of the table of contents is a file."""
    try:
        entries = [c for part in toc["parts"] for c in part["chapters"]]
        files = [toc["root"], *(chapter["file"] for chapter in entries)]
    except (KeyError, TypeError) as error:
        return [f"_toc.yml: expected root and parts, each with chapters of files ({error!r})"]
    return [
        f"_toc.yml: expected a page of the book, found no {file}.ipynb or {file}.md"
        for file in files
        if not any((data.ROOT / f"{file}.{kind}").is_file() for kind in ("ipynb", "md"))
    ]


def write_package() -> None:
    """Write ``data/datapackage.json``, made from the descriptions, for other validators."""
    text = json.dumps(data.package(), indent=1, ensure_ascii=False) + "\n"
    path = data.DATA / "datapackage.json"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main() -> int:
    """Check all tables; print what is wrong and return 1, or say that all is well and return 0."""
    try:
        problems = check_files() + check()
        if problems and (passed_over := due(problems)):
            for entry in passed_over:
                print(
                    f"data/{entry['path']}: not as described; {entry['written by']} writes it anew"
                )
            tables = [entry for entry in data.tables() if entry not in passed_over]
            problems = check_files() + check(tables)
        if not problems:
            write_package()
    except (data.DataError, OSError) as error:
        problems = [str(error)]
    for problem in problems[:MOST_SHOWN]:
        print(problem, file=sys.stderr)
    if len(problems) > MOST_SHOWN:
        print(f"and {len(problems) - MOST_SHOWN} more", file=sys.stderr)
    if problems:
        print(f"data: {len(problems)} fault(s); nothing was built", file=sys.stderr)
        return 1
    print(f"data: {len(data.tables())} tables agree with their descriptions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
