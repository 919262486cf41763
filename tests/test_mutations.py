"""Tables broken in every way that their description forbids: each is refused, by place and rule."""

import csv
import io
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from conftest import faults_of
from hypothesis import given, settings
from hypothesis import strategies as st
from nato_japan import check, data

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


def refused(entry, content):
    """The messages on a table with the given content."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / entry["path"]
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        patch.setattr(data, "DATA", Path(folder))
        return data.check_table(entry)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(broken_cells())
def test_a_wrong_cell_is_named(broken):
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
def test_a_wrong_shape_is_named(entry, shape, draw):
    rows = table(entry)
    at = draw.draw(st.integers(1, len(rows) - 1))
    messages = refused(entry, text(SHAPES[shape](rows, at)).encode())
    assert messages, shape
    assert all(MESSAGE.match(message) for message in messages), messages


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(data.tables()), st.sampled_from(sorted(BYTES)))
def test_wrong_bytes_are_named_in_one_message(entry, kind):
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
    "an ally before the treaty": (
        ("members", "Belgium", "accession_date", "1948-04-04"),
        "allies_join_after_the_treaty",
    ),
    "an end before the beginning": (
        ("record_operations", "OP01", "end", "1901-01-01"),
        "nothing_ends_before_it_begins",
    ),
    "a verdict without its source": (
        ("verdicts", "C046", "source_url", ""),
        "verdicts_have_their_source",
    ),
    "a verdict that no coding gives": (
        ("verdicts", "C046", "verdict", "imprecise"),
        "verdicts_follow_the_codings",
    ),
    "a day that no calendar has": (
        ("record_events", "EV001", "date", "1945-02-30"),
        "dates_are_in_the_calendar",
    ),
    "an event of the future": (
        ("record_events", "EV001", "date", "2345-02-03"),
        "nothing_is_dated_after_its_table",
    ),
    "more seats than the house has": (
        ("houses", "lower house", "coalition_seats", "999"),
        "bounds_hold",
    ),
    "a share beyond the whole": (
        ("capabilities", "USA", "cinc", "0.999"),
        "parts_add_up",
    ),
    "an activity that ends first": (
        ("activities", "Liaison officer in Kabul", "ended_event_id", "EV001"),
        "activities_end_after_they_begin",
    ),
    "an event before the war": (
        ("record_events", "EV001", "date", "1845-02-03"),
        "nothing_is_dated_before_its_time",
    ),
    "a team before the war": (
        ("teams", "PRT01", "opened", "1999"),
        "nothing_is_dated_before_its_time",
    ),
    "a treaty before sovereignty": (
        ("agreements", "United States", "signed", "1950-01-01"),
        "nothing_is_dated_before_its_time",
    ),
    "a year to come": (
        ("capabilities", "USA", "year", "2090"),
        "no_year_is_after_its_table",
    ),
    "fewer projects than before": (
        ("team_projects", "2010-12", "projects", "5"),
        "counts_of_projects_grow",
    ),
    "more allies than there are": (
        ("un_agreement_allies", "AUS", "allies", "31"),
        "a_mean_has_no_more_allies_than_there_are",
    ),
    "a peak that no month has": (
        ("peacekeeping_annual", "JPN", "peak", "9999"),
        "peaks_are_those_of_the_months",
    ),
    "a copy of another page": (
        (
            "copies",
            "http://www.kantei.go.jp/foreign/index-e.html",
            "copy_url",
            "https://x.example/",
        ),
        "copies_are_of_sources",
    ),
}


@pytest.mark.parametrize("case", HISTORY)
def test_what_history_forbids_is_named(copy, case):
    (name, key, column, value), named = HISTORY[case]
    if not any(row[0] == key for row in table(data.resource(name))):
        key = next(row[0] for row in table(data.resource(name))[1:])
    set_cell(name, key, column, value)
    messages = faults_of(data.resource(name)["path"])
    assert any(m.endswith(f"({named})") and MESSAGE.match(m) for m in messages), messages


def test_an_exception_excuses_a_row_and_must_be_needed(copy, monkeypatch):
    exception = ("allies_join_after_the_treaty", "members", "Belgium")
    monkeypatch.setitem(check.EXCEPTIONS, exception, "made up for this test")
    path = data.resource("members")["path"]
    (message,) = faults_of(path)
    assert "expected a row for the exception" in message
    set_cell("members", "Belgium", "accession_date", "1948-04-04")
    assert faults_of(path) == []
