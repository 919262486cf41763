"""Tables broken in every way that their description forbids: each is refused, by place and rule."""

import csv
import io
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nato_japan import data

from conftest import faults_of

MESSAGE = re.compile(r"data/[\w/-]+\.csv, row \d+, column [^:]+: expected .+")
WHOLE = re.compile(
    r"data/[\w/-]+\.csv: expected .+, found .+|data/[\w/-]+\.csv: expected .+ \(.+\)"
)


def table(entry):
    with open(data.DATA / entry["path"], encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def text(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def wrong_value(field):
    """A value that the description of a column forbids; None if it forbids none."""
    rules = field.get("constraints", {})
    values = {"integer": "12x", "number": "12,5x", "date": "2014-02-30"}
    if field["type"] in values:
        yield values[field["type"]]
    if "enum" in rules:
        yield "no such code"
    if "pattern" in rules:
        yield "!!"
    if "minimum" in rules:
        yield str(rules["minimum"] - 1)
    if "maximum" in rules:
        yield str(rules["maximum"] + 1)
    if "maxLength" in rules:
        yield "long " * rules["maxLength"]
    if rules.get("required"):
        yield ""


@st.composite
def broken_cells(draw):
    """A table with one cell that its column forbids: descriptor, rows, row number, column."""
    entry = draw(st.sampled_from(data.tables()))
    fields = [f for f in entry["schema"]["fields"] if any(wrong_value(f))]
    field = draw(st.sampled_from(fields or [entry["schema"]["fields"][0]]))
    rows = table(entry)
    row = draw(st.integers(1, len(rows) - 1))
    value = draw(st.sampled_from(list(wrong_value(field)) or [""]))
    rows[row][rows[0].index(field["name"])] = value
    return entry, rows, row + 1, field["name"]


SHAPES = {
    "column dropped": lambda rows, at: [row[1:] for row in rows],
    "column added": lambda rows, at: [[*row, "x"] for row in rows],
    "column renamed": lambda rows, at: [[f"{rows[0][0]}_", *rows[0][1:]], *rows[1:]],
    "column named in capitals": lambda rows, at: [[n.upper() for n in rows[0]], *rows[1:]],
    "columns in another order": lambda rows, at: [row[::-1] for row in rows],
    "column twice": lambda rows, at: [[row[0], *row] for row in rows],
    "cell too many": lambda rows, at: [*rows[:at], [*rows[at], "x"], *rows[at + 1 :]],
    "cell too few": lambda rows, at: [*rows[:at], rows[at][:-1], *rows[at + 1 :]],
    "empty row": lambda rows, at: [*rows[:at], [], *rows[at:]],
    "row twice": lambda rows, at: [*rows[: at + 1], rows[at], *rows[at + 1 :]],
    "header twice": lambda rows, at: [rows[0], *rows],
    "no header": lambda rows, at: rows[1:],
    "header only": lambda rows, at: rows[:1],
}

BYTES = {
    "empty": lambda content: b"",
    "white space": lambda content: b" \n\n",
    "byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "UTF-16": lambda content: content.decode("utf-8").encode("utf-16"),
    "Latin-1": lambda content: content + b"caf\xe9\n",
    "CRLF": lambda content: content.replace(b"\n", b"\r\n"),
    "CR": lambda content: content.replace(b"\n", b"\r"),
    "NUL": lambda content: content[:-2] + b"\0" + content[-2:],
    "quote left open": lambda content: content[:-1] + b',"open\n',
    "quote closed early": lambda content: content + b'"a"b,c\n',
    "other separator": lambda content: content.replace(b",", b";"),
    "too large": lambda content: content + b"x" * data.LARGEST,
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """Tells what is said of a table with a given content, in a folder without any other."""
    folder = tmp_path_factory.mktemp("refused")

    def write(entry, content):
        path = folder / entry["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(data, "DATA", folder)
            return data.check_table(entry)

    return write


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(broken_cells())
def test_a_wrong_cell_is_named(refused, broken):
    entry, rows, row, column = broken
    changed = text(rows) != text(table(entry))
    messages = refused(entry, text(rows).encode())
    if not changed:
        assert messages == []
        return
    assert messages
    assert all(MESSAGE.match(message) for message in messages), messages
    named = [re.search(r"row (\d+), column ([\w, ]+):", message) for message in messages]
    assert any(int(n[1]) == row and column in n[2] for n in named), messages


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(data.tables()), st.sampled_from(sorted(SHAPES)), st.data())
def test_a_wrong_shape_is_named(refused, entry, shape, draw):
    rows = table(entry)
    at = draw.draw(st.integers(1, len(rows) - 1))
    messages = refused(entry, text(SHAPES[shape](rows, at)).encode())
    assert messages, shape
    assert all(MESSAGE.match(message) for message in messages), messages


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(data.tables()), st.sampled_from(sorted(BYTES)))
def test_wrong_bytes_are_named_in_one_message(refused, entry, kind):
    content = BYTES[kind]((data.DATA / entry["path"]).read_bytes())
    (message,) = refused(entry, content)
    assert MESSAGE.match(message) or WHOLE.match(message), message
    assert len(message) < 1500


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the tables that a test may break."""
    shutil.copytree(data.DATA, tmp_path / "data")
    monkeypatch.setattr(data, "DATA", tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize("name", ["countries", "military_expenditure"])
def test_what_is_no_file_is_named(copy, name):
    entry = data.resource(name)
    path = copy / entry["path"]
    path.unlink()
    assert "found none" in data.check_table(entry)[0]
    path.mkdir()
    assert "found a folder" in data.check_table(entry)[0]
    path.rmdir()
    path.symlink_to(path.name)  # a link to itself cannot be read, not even by root
    assert len(data.check_table(entry)) == 1


def test_a_file_that_may_not_be_read_is_named(monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (message,) = data.check_table(data.resource("countries"))
    assert WHOLE.match(message) and "Permission denied" in message


KEYS = [
    (entry["name"], key["fields"][0])
    for entry in data.tables()
    for key in entry["schema"].get("foreignKeys", [])
]


@pytest.mark.parametrize(("name", "column"), KEYS[::4])
def test_a_broken_reference_is_named(copy, name, column):
    entry = data.resource(name)
    field = next(f for f in entry["schema"]["fields"] if f["name"] == column)
    rows = table(entry)
    at = rows[0].index(column)
    strange = {"claim_id": "C999", "iso3": "XXX", "footnote": "11"}.get(column, "nowhere")
    if field["type"] == "integer":
        strange = "99"
    if "EV" in field.get("constraints", {}).get("pattern", ""):
        strange = "EV999"
    rows[1][at] = strange
    (copy / entry["path"]).write_text(text(rows), encoding="utf-8")
    messages = faults_of(entry["path"])
    assert any(f"data/{entry['path']}, row 2, column {column}: expected" in m for m in messages)


def set_cell(name, key, column, value):
    """Write a value into the row of a table whose first column holds a key."""
    path = data.DATA / data.resource(name)["path"]
    rows = table(data.resource(name))
    row = next(row for row in rows[1:] if row[0] == key)
    row[rows[0].index(column)] = value
    path.write_text(text(rows), encoding="utf-8")


HISTORY = {
    "a statement on years to come": (("claims", "C046", "year", "2020"), "years from 1900 to 2014"),
    "years in reverse": (("claims", "C046", "year", "2014-1990"), "years from 1900 to 2014"),
    "ten times what is printed": (
        ("quantities", "fuel", "value", "5000000"),
        "the number that is printed (half a million)",
    ),
    "a partner that does not exist": (
        ("agreements", "Italy", "partner", "Ytali"),
        "a name of data/",
    ),
    "a leader that does not exist": (
        ("teams", "PRT01", "lead_nation", "Livonia"),
        "a name of data/",
    ),
    "an ally in a group of partners": (
        ("comparison_countries", "SWE", "group", "partner"),
        "expected ally, found 'partner'",
    ),
    "the code of another member": (
        ("members", "Sweden", "iso3", "JPN"),
        "expected what data/evidence/countries.csv",
    ),
    "ended without an end": (
        ("record_operations", "OP12", "ongoing", "no"),
        "the end of what has ended",
    ),
    "an ally before the treaty": (
        ("members", "Belgium", "accession_date", "1948-04-04"),
        "a date from 1949-04-04 on",
    ),
    "an end before the beginning": (
        ("record_operations", "OP01", "on_site_to", "1991-01-01"),
        "nothing below that of",
    ),
    "home before the work": (
        ("record_operations", "OP46", "home", "2022-02-16"),
        "nothing below that of",
    ),
    "away before they came": (
        ("record_operations", "OP28", "away", "2000-01/2000-02"),
        "a span within",
    ),
    "what goes on has ended": (
        ("record_operations", "OP12", "home", "2026-01-01"),
        "no homecoming from what goes on",
    ),
    "a contact without NATO": (
        ("record_events", "EV023", "contact", "yes"),
        "no where Japan or NATO is no actor",
    ),
    "an outcome before the paper": (
        ("record_forecasts", "SC16", "outcome_date", "2010-06"),
        "an outcome after 2014-06",
    ),
    "an outcome by an event before the paper": (
        ("record_forecasts", "SC11", "outcome_event_id", "EV085"),
        "an outcome after 2014-06",
    ),
    "an outcome of what was settled before": (
        ("record_forecasts", "SC31", "outcome_date", "2023-07"),
        "an outcome after 2014-06",
    ),
    "a date beside the event that holds it": (
        ("record_forecasts", "SC15", "outcome_date", "2014-09-25"),
        "no date beside the event",
    ),
    "a verdict that no coding gives": (
        ("verdicts", "C046", "verdict", "imprecise"),
        "as coded",
    ),
    "a verdict without its source": (
        ("verdicts", "C046", "source_url", ""),
        "the source that the verdict needs",
    ),
    "a day that no calendar has": (
        ("record_events", "EV001", "date", "1945-02-30"),
        "a date of the calendar",
    ),
    "an event of the future": (
        ("record_events", "EV001", "date", "2345-02-03"),
        "a date not after that of its table",
    ),
    "more seats than the house has": (
        ("houses", "lower house", "coalition_seats", "999"),
        "nothing below that of coalition_seats (999)",
    ),
    "an activity that ends first": (
        ("activities", "Liaison officer in Kabul", "ended_event_id", "EV001"),
        "an event not before",
    ),
    "an event before the war": (
        ("record_events", "EV001", "date", "1845-02-03"),
        "on, found",
    ),
    "a team before the war": (
        ("teams", "PRT01", "opened", "1999"),
        "on, found",
    ),
    "a treaty before sovereignty": (
        ("agreements", "United States", "signed", "1950-01-01"),
        "on, found",
    ),
    "a year to come": (
        ("capabilities", "USA", "year", "2090"),
        "not after that of its table",
    ),
    "fewer projects than before": (
        ("team_projects", "2010-12", "projects", "5"),
        "no fewer than before",
    ),
    "more allies than there are": (
        ("un_agreement_allies", "AUS", "allies", "31"),
        "other allies of",
    ),
    "a peak that no month has": (
        ("peacekeeping_annual", "JPN", "peak", "9999"),
        "the highest month of",
    ),
    "a company that counts the two themselves": (
        ("first_exercises", "Latvia", "together_with", "Ukraine; United States and 30 others"),
        "30 others in all, as in row",
    ),
    "a partner in its own company": (
        ("first_exercises", "Latvia", "together_with", "Latvia; United States and 28 others"),
        "neither Japan nor Latvia",
    ),
    "a company without names": (
        ("first_exercises", "Latvia", "together_with", "thirty states"),
        "a number of others",
    ),
    "a copy of another page": (
        (
            "copies",
            "http://www.kantei.go.jp/foreign/index-e.html",
            "copy_url",
            "https://x.example/",
        ),
        "the address of a source",
    ),
}


@pytest.mark.parametrize("case", HISTORY)
def test_what_history_forbids_is_named(copy, case):
    (name, key, column, value), named = HISTORY[case]
    if not any(row[0] == key for row in table(data.resource(name))):
        key = next(row[0] for row in table(data.resource(name))[1:])
    set_cell(name, key, column, value)
    messages = faults_of(data.resource(name)["path"])
    path = data.resource(name)["path"]
    assert any(named in m and f"data/{path}, row " in m for m in messages), messages


#: a cell that contradicts another table, and the row of that table
CONTRADICTIONS = {
    "an event and its dispatch": (
        ("record_events", "EV044", "date", "2001-12-12"),
        ("record_operations", "OP28"),
    ),
    "an event coarser than its dispatch": (
        ("record_events", "EV044", "date", "2001-12"),
        ("record_operations", "OP28"),
    ),
    "an accession and its event": (
        ("members", "Poland", "accession_date", "1999-03-16"),
        ("record_events", "EV174"),
    ),
    "an accession and a verdict": (
        ("verdicts", "T13.03", "note", "Sweden joined NATO on 6 March 2024."),
        ("members", "Sweden"),
    ),
    "an agreement and its event": (
        ("agreements", "NATO", "in_force", "2010-07-25"),
        ("record_events", "EV085"),
    ),
    "a first exercise and its event": (
        ("first_exercises", "NATO", "date", "2014-11-25"),
        ("record_events", "EV103"),
    ),
    "a team and its event": (
        ("teams", "PRT01", "closed", "2013-10"),
        ("record_events", "EV096"),
    ),
    "an operation of NATO and its event": (
        ("record_nato_operations", "Unified Protector", "start", "2011-03-23"),
        ("record_events", "EV087"),
    ),
    "seats by two tables": (
        ("houses", "lower house", "coalition_seats", "326"),
        ("diet_elections", "2012-12-16"),
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_contradiction_between_tables_is_named_with_both_rows(copy, case):
    (name, key, column, value), (other, other_key) = CONTRADICTIONS[case]
    set_cell(name, key, column, value)
    row = [line[0] for line in table(data.resource(other))].index(other_key) + 1
    place = f"data/{data.resource(other)['path']}, row {row}, column"
    here = f"data/{data.resource(name)['path']}, row "
    messages = faults_of(data.resource(name)["path"])
    assert any(m.startswith(here) and place in m for m in messages), messages


def test_an_exception_excuses_a_cell_and_must_be_needed(copy, monkeypatch):
    entry = data.resource("members")
    monkeypatch.setitem(entry, "exceptions", {"Belgium accession_date": "made up for this test"})
    monkeypatch.setattr(data, "excused", set())
    needless = "expected a cell that needs the exception, found none: 'Belgium accession_date'"
    assert any(message.endswith(needless) for message in faults_of(entry["path"]))
    set_cell("members", "Belgium", "accession_date", "1948-04-04")
    assert not any("Belgium" in m or "1948" in m for m in faults_of(entry["path"]))


# --- impossible values that look plausible: each kind, over all tables and columns --------------

NUMBERS = {
    "full-width digits": lambda n: n.translate(
        {ord(d): chr(ord(d) + 0xFEE0) for d in "0123456789"}
    ),
    "Arabic digits": lambda n: n.translate({ord(d): chr(ord(d) + 0x630) for d in "0123456789"}),
    "underscore": lambda n: f"{n}_0",
    "separator": lambda n: f"{n},000",
    "no-break space": lambda n: f"{n}\u00a0",
    "space": lambda n: f" {n}",
    "sign": lambda n: f"+{n}",
    "padding": lambda n: f"0{n}",
    "infinity": lambda n: "inf",
    "beyond": lambda n: "1e400",
    "exponent": lambda n: f"{n}e0",
    "not a number": lambda n: "nan",
    "hexadecimal": lambda n: "0x1F",
}
DIRTY = {
    "space before": lambda t: f" {t}",
    "space behind": lambda t: f"{t} ",
    "two spaces": lambda t: f"{t}  x",
    "no-break space": lambda t: f"{t}\u00a0x",
    "zero-width space": lambda t: f"{t[:1]}\u200b{t[1:]}",
    "soft hyphen": lambda t: f"{t[:1]}\u00ad{t[1:]}",
    "byte order mark": lambda t: f"{t}\ufeff",
    "right to left": lambda t: f"\u202e{t}",
    "isolate": lambda t: f"\u2066{t}\u2069",
    "line feed": lambda t: f"{t}\nx",
    "letters apart from their accents": lambda t: f"{t} cafe\u0301",
    "formula =": lambda t: f"={t}",
    "formula +": lambda t: f"+{t}",
    "formula -": lambda t: f"-{t}",
    "formula @": lambda t: f"@{t}",
    "24,000 characters": lambda t: (t or "x") * 24_000,
}
ADDRESSES = ["javascript:alert(1)", "https://x.org/a b", "https://x.org/`a`", "https://x.org/a)b"]
ADDRESSES += ["https://x.org/<b>", 'https://x.org/"', "https://x.org/{x}", "ftp://x.org/", "x.org"]
ADDRESSES += ["https://x.org/e){download}`../../../../etc/passwd`(", "https://x.org/\\input"]
ADDRESSES += [
    "https://x.org/cut-short...",
    "https://x.org/a?",
    "https://x.org/a?b=",
    "https://x.org/a?b=c&",
]
DATES = [
    "1066",
    "2999",
    "2026-13",
    "2014-02-30",
    "2014-00",
    "2014-1",
    "20140506",
    "0000",
    "２０１４",
]


def kind(field):
    """What a column holds, for the choice of values that it must refuse."""
    return field.get("kind") or field["type"]


def columns(*kinds):
    """Tables and columns of some kinds; texts are those that no pattern or list narrows."""
    return [
        (entry, field)
        for entry in data.tables()
        for field in entry["schema"]["fields"]
        if kind(field) in kinds
    ]


def change_cell(draw, entry, field, change):
    """The content of a table with one filled cell changed, and the number of its row."""
    rows = table(entry)
    at = rows[0].index(field["name"])
    filled = [row for row in range(1, len(rows)) if rows[row][at]]
    row = draw.draw(st.sampled_from(filled or [1]))
    rows[row][at] = change(rows[row][at])
    return text(rows).encode(), row + 1


def assert_named(messages, entry, row, field):
    place = f"data/{entry['path']}, row {row}, column {field['name']}: expected "
    assert any(message.startswith(place) for message in messages), messages


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(columns("integer", "number", "year")),
    st.sampled_from(sorted(NUMBERS)),
    st.data(),
)
def test_a_number_is_written_in_one_way(refused, column, form, draw):
    entry, field = column
    content, row = change_cell(draw, entry, field, NUMBERS[form])
    assert_named(refused(entry, content), entry, row, field)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(columns("string")), st.sampled_from(sorted(DIRTY)), st.data())
def test_a_text_is_clean(refused, column, form, draw):
    entry, field = column
    content, row = change_cell(draw, entry, field, DIRTY[form])
    assert_named(refused(entry, content), entry, row, field)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(columns("address")), st.sampled_from(ADDRESSES), st.data())
def test_an_address_is_whole_and_can_end_no_link_and_open_no_role(refused, column, address, draw):
    entry, field = column
    content, row = change_cell(draw, entry, field, lambda _: address)
    assert_named(refused(entry, content), entry, row, field)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A copy of the tables for all tests that put back what they change."""
    return shutil.copytree(data.DATA, tmp_path_factory.mktemp("tables") / "data")


@pytest.fixture
def changed(tables, monkeypatch):
    """Writes a table into a copy, tells what is said of it, and puts the table back."""
    monkeypatch.setattr(data, "DATA", tables)

    def write(entry, content):
        path = tables / entry["path"]
        whole = path.read_bytes()
        path.write_bytes(content)
        try:
            return faults_of(entry["path"])
        except data.DataError as error:
            return str(error).splitlines()
        finally:
            path.write_bytes(whole)

    return write


# each table in turn, so that no table is left out by chance
@pytest.mark.parametrize("entry", data.tables(), ids=lambda entry: entry["name"])
def test_a_lost_row_is_noticed(changed, entry):
    rows = table(entry)
    for row in {1, len(rows) - 1}:
        messages = changed(entry, text(rows[:row] + rows[row + 1 :]).encode())
        assert any(m.startswith(f"data/{entry['path']}, row ") for m in messages), messages


COVERING = [e for e in data.tables() if any("covers" in rule for rule in e.get("rules", []))]


@pytest.mark.parametrize("entry", COVERING, ids=lambda entry: entry["name"])
def test_a_row_that_another_table_needs_is_missed(changed, monkeypatch, entry):
    """Also where tables.yml says that there is one less."""
    rows = table(entry)
    monkeypatch.setitem(entry, "rows", entry["rows"] - 1)
    messages = changed(entry, text(rows[:-1]).encode())
    assert any(f"expected a row on {rows[-1][0]!r} of data/" in m for m in messages), messages


@pytest.mark.parametrize(
    ("entry", "field"),
    columns("partial date", "month", "date", "year"),
    ids=lambda what: what["name"],
)
def test_a_day_is_one_of_the_calendar_and_of_its_table(changed, entry, field):
    rows = table(entry)
    at = rows[0].index(field["name"])
    filled = [row for row in range(1, len(rows)) if rows[row][at]]
    pattern = field["constraints"].get("pattern", "[0-9]{4}-[0-9]{2}-[0-9]{2}")
    pattern = "0|[1-9][0-9]*" if field["type"] == "integer" else pattern
    formed = [day for day in DATES if re.fullmatch(pattern, day)]
    # what has the form of a date is looked at when all else is well
    for days in (formed, [day for day in DATES if day not in formed]):
        # as many at once as there are rows; a year that is too small is told before all others
        at_once = 1 if kind(field) == "year" else len(filled)
        for start in range(0, len(days), at_once):
            broken = [list(line) for line in rows]
            planted = dict(zip(filled, days[start : start + at_once], strict=False))
            for row, day in planted.items():
                broken[row][at] = day
            messages = changed(entry, text(broken).encode())
            for row, day in planted.items():
                place = f"row {row + 1}, column {field['name']}: expected"
                assert any(place in message for message in messages), (day, messages)


MEASURES = [
    (entry, column)
    for entry in data.tables()
    for column in entry.get("series", {}).get("steps", {})
]


@pytest.mark.parametrize(
    ("entry", "column"), MEASURES, ids=lambda what: what if isinstance(what, str) else what["name"]
)
@pytest.mark.parametrize("factor", [1000, 0.01])
def test_another_unit_is_noticed(changed, entry, column, factor):
    """One value of a series in another unit, or all of them."""
    rows = table(entry)
    at = rows[0].index(column)
    whole = next(f for f in entry["schema"]["fields"] if f["name"] == column)["type"] == "integer"

    def scaled(cell):
        value = float(cell) * factor if cell else 0
        return (str(round(value)) if whole else f"{value:.6f}") if cell else ""

    middle = len(rows) // 2
    one = [
        row if n != middle else [*row[:at], scaled(row[at]), *row[at + 1 :]]
        for n, row in enumerate(rows)
    ]
    every = [rows[0], *([*row[:at], scaled(row[at]), *row[at + 1 :]] for row in rows[1:])]
    assert changed(entry, text(one).encode())
    assert changed(entry, text(every).encode())


ORDERED = [
    (entry, rule["order"])
    for entry in data.tables()
    for rule in entry.get("rules", [])
    if "order" in rule
]


@pytest.mark.parametrize(
    ("entry", "names"), ORDERED, ids=lambda w: w["name"] if isinstance(w, dict) else w[0]
)
def test_what_is_in_order_cannot_be_exchanged(changed, entry, names):
    rows = table(entry)
    first, last = rows[0].index(names[0]), rows[0].index(names[-1])
    row = next(r for r in rows[1:] if r[first] and r[last] and r[first] != r[last])
    row[first], row[last] = row[last], row[first]
    assert changed(entry, text(rows).encode())


@pytest.mark.parametrize(
    "entry",
    [e for e in data.tables() if {"lat", "lon"} <= {f["name"] for f in e["schema"]["fields"]}],
    ids=lambda entry: entry["name"],
)
def test_coordinates_cannot_be_exchanged_or_lie_on_another_continent(changed, entry):
    rows = table(entry)
    lat, lon = rows[0].index("lat"), rows[0].index("lon")
    caught = 0
    for row in range(1, len(rows)):
        for point in [(rows[row][lon], rows[row][lat]), ("-34.60", "-58.38")]:
            broken = [list(line) for line in rows]
            broken[row][lat], broken[row][lon] = point
            caught += bool(changed(entry, text(broken).encode()))
        if row == 10:
            break
    # seas and places without an outline on the map have none to lie in
    assert caught >= 15


EACH = [(e, f) for e in data.tables() for f in e["schema"]["fields"] if "links each" in f]


@pytest.mark.parametrize(("entry", "field"), EACH, ids=lambda what: what["name"])
def test_ids_in_a_cell_exist_and_stand_once(changed, entry, field):
    rows = table(entry)
    at = rows[0].index(field["name"])
    row = next(row for row in range(1, len(rows)) if rows[row][at])
    first = rows[row][at].split(" ")[0]
    unknown = first[:-1] + ("x" if first[-1].isalpha() else "")
    unknown = {"C": "C999", "T": "T99.99", "E": "EV999"}.get(first[0], unknown)
    for cell in [unknown, f"{first} {first}"]:
        broken = [list(line) for line in rows]
        broken[row][at] = cell
        assert_named(changed(entry, text(broken).encode()), entry, row + 1, field)


def test_a_verdict_cannot_name_itself(changed):
    entry = data.resource("verdicts")
    rows = table(entry)
    at = rows[0].index("other_claim_ids")
    rows[1][at] = rows[1][0]
    assert any("other ids than its own" in m for m in changed(entry, text(rows).encode()))


def test_a_file_that_was_cut_short_is_noticed(changed):
    for entry in data.tables():
        content = (data.DATA / entry["path"]).read_bytes()
        for part in (content[:-1], content[: len(content) // 2]):
            assert changed(entry, part), entry["name"]
