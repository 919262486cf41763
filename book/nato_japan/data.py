"""The tables of the book: where they lie, what they hold, and what a bad one looks like.

``tables.yml`` beside the tables is their only description (``nato_japan.descriptions``).
``load`` reads one of them and checks it by itself, ``write`` keeps one that a notebook computes;
``nato_japan.commands.check`` checks what the description says beyond that, and the tables against each
other.
"""

import codecs
import csv
import hashlib
import io
import json
import os
import re
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from nato_japan import descriptions
from nato_japan.descriptions import DataError

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"

FIRST = 2  # row of the first record; the header is row 1
LARGEST = 5_000_000  # bytes; the largest table has a thirtieth of it
LONGEST = 600  # characters of a cell, where its column does not say another number
PANDAS_TYPES = {"string": "str", "integer": "Int64", "number": "float64", "date": "str"}

#: how a value is written, one way for each; Python and pandas would each take more, and not the same
WRITTEN = {
    "integer": (re.compile(r"0|-?[1-9][0-9]*"), "a whole number in plain digits"),
    "number": (re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"), "a finite number in plain digits"),
    "date": (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "a date such as 2014-05-06"),
}
#: what no text may hold, and how to say it
DIRT = {
    r"\n": "text on one line",
    r"^\s|\s$": "text without space at its ends",
    r"[^\S \n]": "no space but the plain one",
    r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]": "text without invisible signs",
    r"  ": "single spaces",
    r"^[=+\-@]": "text that a spreadsheet does not take for a formula",
}
DIRT = {re.compile(pattern): expected for pattern, expected in DIRT.items()}

#: the tables read by this process, in order, and the SHA-256 of what was read: the runner asks
#: for it to know which notebook depends on which file
tables_read: dict[str, str] = {}

#: the tables written by this process, and the SHA-256 of each
tables_written: dict[str, str] = {}

#: exceptions that a fault has needed: the name of the table, key of the row and column
excused: set[tuple[str, str]] = set()

#: what this process has found to be valid: states of tables, alone and with their references
_valid: set[str] = set()


@cache
def package() -> dict:
    """The Data Package descriptor of all tables. Raises DataError for one that is broken."""
    return descriptions.package(DATA)


def resource(name: str) -> dict:
    """The descriptor of one table. Raises DataError for a name that the package does not hold."""
    for entry in package()["resources"]:
        if entry["name"] == name:
            return entry
    known = ", ".join(entry["name"] for entry in package()["resources"])
    raise DataError(f"no table {name!r} in data/**/tables.yml; expected one of {known}")


def tables() -> list[dict]:
    """The descriptors of all tables, without those of map files."""
    return [entry for entry in package()["resources"] if "schema" in entry]


def load(name: str) -> pd.DataFrame:
    """Read one table, checked against its description.

    Returns one row for each record and the columns that ``tables.yml`` beside
    it lists, with their units; text is ``str``, whole numbers are ``Int64``,
    an empty cell is a missing value. Raises DataError naming file, row, column and
    expectation.
    """
    descriptor = resource(name)
    if name in tables_written:
        raise DataError(f"expected no notebook to read the table {name!r}, which it writes itself")
    if problems := check_table(descriptor):
        raise DataError("\n".join(problems))
    content = (DATA / descriptor["path"]).read_bytes()
    tables_read.setdefault(name, hashlib.sha256(content).hexdigest())
    return pd.read_csv(
        io.BytesIO(content), dtype=_types(descriptor), keep_default_na=False, na_values=[""]
    )


def write(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Write a table that a notebook computes, in one step and only if it changes.

    ``frame``: the columns that ``tables.yml`` lists, in any order. Other notebooks ``load`` the
    table; the runner runs them after this one. Returns what was written. Raises DataError for a
    table that this process has read, and for a frame that breaks the description; the file then
    stays as it was.
    """
    descriptor = resource(name)
    if "written by" not in descriptor:
        raise DataError(f"expected a table that a notebook may write, found {name!r}")
    if name in tables_read:
        raise DataError(f"expected no notebook to write the table {name!r}, which it has read")
    types = _types(descriptor)
    frame = frame[list(types)].astype(types)
    path = DATA / descriptor["path"]
    text = frame.to_csv(index=False, lineterminator="\n", float_format=_plain)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        part = path.with_name(f".{path.name}.part")
        part.write_text(text, encoding="utf-8")
        place = {"path": part.relative_to(DATA).as_posix()}
        if problems := check_table({**descriptor, **place}):
            part.unlink()
            found = "\n".join(problems).replace(place["path"], descriptor["path"])
            raise DataError(f"the table that was computed:\n{found}")
        os.replace(part, path)
    tables_written[name] = hashlib.sha256(text.encode()).hexdigest()
    return frame


def _types(entry: dict) -> dict[str, str]:
    """The columns of a table and their types in pandas."""
    return {field["name"]: PANDAS_TYPES[field["type"]] for field in entry["schema"]["fields"]}


def _plain(value: float) -> str:
    """A number in plain digits, as tables have it: 0.00002, not 2e-05."""
    return np.format_float_positional(value, trim="-")


def addresses() -> list[str]:
    """The addresses of all sources, sorted: of rows, of tables, and of the bibliography."""
    found = {
        item["path"]
        for entry in package()["resources"]
        for item in entry["sources"]
        if "path" in item
    }
    for path in sorted(DATA.rglob("*.csv")):
        if path.name == "copies.csv":
            continue
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found |= {value for name, value in row.items() if name.endswith("url") and value}
    for path in (ROOT / "book").glob("*.bib"):
        found |= set(re.findall(r"url = \{([^}]+)\}", path.read_text(encoding="utf-8")))
    return sorted(found)


def shapes(name: str, *keep: str) -> dict:
    """The outlines of a map as TopoJSON: one object ``shapes`` with what ``keep`` names.

    ``keep``: an object of the file ("land"), or names of its countries. Names and arcs that
    are not needed are left out, so that a page carries only what it draws. Raises DataError
    when the file is not the one described, KeyError for a name that it does not hold.
    """
    descriptor = resource(name)
    if problems := check_map(descriptor):
        raise DataError("\n".join(problems))
    tables_read.setdefault(name, descriptor["hash"].removeprefix("sha256:"))
    map_file = json.loads((DATA / descriptor["path"]).read_text(encoding="utf-8"))
    countries = {g["properties"]["name"]: g for g in map_file["objects"]["countries"]["geometries"]}
    chosen = [map_file["objects"].get(name) or countries[name] for name in keep]
    numbers: dict[int, int] = {}

    def renumber(arc):
        if isinstance(arc, list):
            return [renumber(part) for part in arc]
        place = numbers.setdefault(arc if arc >= 0 else ~arc, len(numbers))
        return place if arc >= 0 else ~place

    parts = [part for shape in chosen for part in shape.get("geometries", [shape])]
    geometries = [
        {"type": part["type"], "arcs": renumber(part["arcs"]), "properties": part.get("properties")}
        for part in parts
    ]
    return {
        "type": "Topology",
        "transform": map_file["transform"],
        "arcs": [map_file["arcs"][arc] for arc in numbers],
        "objects": {"shapes": {"type": "GeometryCollection", "geometries": geometries}},
    }


def check_map(entry: dict) -> list[str]:
    """Check that a map file is the one that its entry describes; one message for a fault."""
    path = DATA / entry["path"]
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
    if f"sha256:{found}" == entry["hash"]:
        return []
    return [f"data/{entry['path']}: expected the file with {entry['hash']}, found {found}"]


def check_file(entry: dict) -> list[str]:
    """Check that the file of a table is text in the one form used here; one message for a fault.

    UTF-8 without byte order mark, lines that end in LF, quotes that close, no control characters.
    """
    path, columns = DATA / entry["path"], [field["name"] for field in entry["schema"]["fields"]]
    place = f"data/{entry['path']}"
    if not path.is_file():
        found = "a folder" if path.is_dir() else "none"
        return [
            f"{place}: expected a CSV file with the columns {', '.join(columns)}, found {found}"
        ]
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        return [f"{place}: expected a CSV file that can be read ({error.strerror})"]
    if size > LARGEST:
        return [f"{place}: expected at most {LARGEST:,} bytes, found {size:,}"]
    start = f"{place}, row 1, column {columns[0]}"
    if not content.strip():
        return [f"{start}: expected the columns {', '.join(columns)}, found an empty file"]
    if content.startswith(codecs.BOM_UTF8):
        return [f"{start}: expected UTF-8 without a byte order mark, found one"]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        where = _at(content[: error.start].decode("utf-8"), columns)
        return [
            f"{place}, {where}: expected text in UTF-8, found the byte {content[error.start]:#04x}"
        ]
    if odd := re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text):
        wanted = (
            "lines that end in LF alone" if odd[0] == "\r" else "text without control characters"
        )
        return [
            f"{place}, {_at(text[: odd.start()], columns)}: expected {wanted}, found {odd[0]!r}"
        ]
    reader, row = csv.reader(io.StringIO(text), strict=True), 1
    try:
        for row, _ in enumerate(reader, start=2):  # noqa: B007 - the row that could not be read
            pass
    except csv.Error as error:
        return [
            f"{place}, row {row}, column {columns[0]} or later: expected quotes that close ({error})"
        ]
    if row == FIRST:
        return [f"{place}, row {FIRST}, column {columns[0]}: expected a record, found none"]
    if not text.endswith("\n"):
        where = f"row {row - 1}, column {columns[-1]}"
        return [f"{place}, {where}: expected a line feed at the end of the file, found none"]
    return _check_cells(entry, text)


def _check_cells(entry: dict, text: str) -> list[str]:
    """Check how each cell is written, before anything converts it; one message for each fault."""
    header, *rows = csv.reader(io.StringIO(text))
    fields = entry["schema"]["fields"]
    if header != [field["name"] for field in fields]:
        return []  # of which the header is to be told first
    problems = []
    for column, field in enumerate(fields):
        written, wanted = WRITTEN.get(field["type"], (None, ""))
        longest = field["constraints"].get("maxLength", LONGEST)
        for row, cells in enumerate(rows, start=FIRST):
            cell = cells[column] if column < len(cells) else ""
            if not cell:
                continue
            fault = None
            if written:
                fault = None if written.fullmatch(cell) else wanted
            else:
                fault = next((says for dirt, says in DIRT.items() if dirt.search(cell)), None)
                if len(cell) > longest:
                    fault = f"at most {longest} characters"
                elif not fault and not unicodedata.is_normalized("NFC", cell):
                    fault = "composed letters (Unicode NFC)"
            if fault:
                place = f"data/{entry['path']}, row {row}, column {field['name']}"
                found = repr(
                    cell if len(cell) < 100 else f"{cell[:80]} ... ({len(cell)} characters)"
                )
                problems.append(
                    f"{place}: expected {fault} ({field['description']}), found {found}"
                )
    return problems


def _at(before: str, columns: list[str]) -> str:
    """Row and column of the place in a table that a text leads up to."""
    rows = list(csv.reader(io.StringIO(before))) or [[""]]
    if before.endswith("\n"):
        rows.append([""])
    return f"row {len(rows)}, column {columns[min(len(rows[-1]), len(columns)) - 1]}"


def check_table(entry: dict) -> list[str]:
    """Check one table by itself (not its references to others); one message for each fault."""
    return check_tables([_alone(entry)])


def check_tables(entries: list[dict]) -> list[str]:
    """Check tables and their references to each other; one message for each fault.

    A broken table makes every reference to it look broken: only where all tables are whole in
    themselves are references reported. What this process has found valid is not validated again.
    """
    entries = [entry for entry in entries if _state(entry) not in _valid]
    if not entries:
        return []
    from frictionless import Checklist, FrictionlessException, Package
    from frictionless.checks import row_constraint

    problems = [fault for entry in entries for fault in check_file(entry)]
    if problems:
        entries = [_alone(entry) for entry in entries if not check_file(entry)]
    before = {entry["name"]: {_state(entry), _state(_alone(entry))} for entry in entries}
    named = {name: _alone(resource(name)) for entry in entries for name in _targets(entry)}
    named |= {entry["name"]: entry for entry in entries}
    # by itself it would guess the separator, and be content with semicolons
    described = [{**entry, "dialect": {"csv": {"delimiter": ","}}} for entry in named.values()]
    try:
        whole = Package.from_descriptor({**package(), "resources": described}, basepath=str(DATA))
    except FrictionlessException as error:
        reasons = "; ".join(dict.fromkeys(reason.note for reason in error.reasons or [error.error]))
        raise DataError(f"data/**/tables.yml: expected a Data Package ({reasons})") from error
    broken_references = []
    for entry in entries:
        rules = [row_constraint(formula=rule["holds"]) for rule in _constraints(entry)]
        found = whole.get_resource(entry["name"]).validate(Checklist(checks=rules))
        errors = found.errors or [error for task in found.tasks for error in task.errors]
        if any(error.type.endswith("-label") for error in errors):
            problems.append(_explain_header(entry))  # every cell would be reported as well
            continue
        messages = {explain(error, entry): error.type for error in errors}
        messages.pop("", None)
        # a cell may break several rules, and one message says all that is expected of it
        problems += [text for text, kind in messages.items() if kind != "foreign-key"]
        broken_references += [text for text, kind in messages.items() if kind == "foreign-key"]
        if not messages:
            _valid.update(before[entry["name"]] - {""})
    return problems or broken_references


def _constraints(entry: dict) -> list[dict]:
    """The rules on single rows of a table: its own, and those on columns that many tables have."""
    columns = {field["name"] for field in entry["schema"]["fields"]}
    shared = [
        rule
        for rule in package()["rules"]
        if set(rule["columns"]) <= columns and entry["name"] not in rule.get("except", [])
    ]
    return [rule for rule in [*entry.get("rules", []), *shared] if "holds" in rule]


def excuse(entry: dict, key: str, column: str) -> bool:
    """Whether the description names a cell as an exception, with a reason; keeps that it was needed."""
    name = f"{key} {column}"
    if name in entry.get("exceptions", {}):
        excused.add((entry["name"], name))
        return True
    return False


def _alone(entry: dict) -> dict:
    """The descriptor of a table without its references to others."""
    schema = {key: value for key, value in entry["schema"].items() if key != "foreignKeys"}
    return {**entry, "schema": schema}


def _targets(entry: dict) -> list[str]:
    """The names of the other tables that one refers to."""
    keys = entry["schema"].get("foreignKeys", [])
    return sorted({key["reference"]["resource"] for key in keys} - {"", entry["name"]})


def _state(entry: dict) -> str:
    """SHA-256 of what a table and those that it refers to hold and are described as.

    Empty if one cannot be read.
    """
    found = hashlib.sha256(repr(entry).encode())
    try:
        for path in [entry["path"], *(resource(name)["path"] for name in _targets(entry))]:
            found.update(hashlib.sha256((DATA / path).read_bytes()).digest())
    except OSError:
        return ""
    return found.hexdigest()


def explain(error, entry: dict) -> str:
    """One line: file, row, column, expectation, find; empty for a fault that is excused."""
    fields = {field["name"]: field for field in entry["schema"]["fields"]}
    columns = ", ".join(fields)
    row = getattr(error, "row_number", None)
    name = getattr(error, "field_name", None)
    place = f"data/{entry['path']}"
    found = re.sub(r"\s+", " ", error.note).strip(' "')
    if row:
        place += f", row {row}"
    if error.type == "foreign-key":
        name = ", ".join(error.field_names)
        found = f"{', '.join(map(str, error.field_cells))!r}"
    if error.type == "primary-key":
        name = ", ".join(entry["schema"]["primaryKey"])
    if name:
        place += f", column {name}"
    match error.type:
        case "type-error" | "constraint-error" | "unique-error" | "missing-cell" if name in fields:
            cell = getattr(error, "cell", "")
            return f"{place}: expected {_expectation(fields[name])}, found {cell!r}"
        case "row-count":  # a row that was lost shows in nothing else
            return f"{place}, row 1, column {next(iter(fields))}: expected as many rows as tables.yml says (rows); {found}"
        case "row-constraint":
            if len(error.cells) != len(fields):
                return ""  # told by another message
            row = dict(zip(fields, error.cells, strict=True))
            rule = next(r for r in _constraints(entry) if f'"{r["holds"]}"' in error.note)
            key = " ".join(row[name] for name in entry["schema"]["primaryKey"])
            if excuse(entry, key, rule["column"]):
                return ""
            cell = row[rule["column"]]
            return f"{place}, column {rule['column']}: expected {rule['expect']}, found {cell!r}"
        case "foreign-key":
            return f"{place}: expected {_reference(entry, error.field_names)}, found {found}"
        case "primary-key":
            return f"{place}: expected a key that stands once and is not empty ({found})"
        case "blank-header" | "source-error":
            return f"{place}, row 1, column {next(iter(fields))}: expected the columns {columns}; {found}"
        case "extra-cell":
            return (
                f"{place}, column after {list(fields)[-1]}: expected {len(fields)} cells ({columns}), "
                f"found one more: {error.cell!r}"
            )
        case "blank-row":
            return f"{place}, column {next(iter(fields))}: expected a record, found an empty row"
    return f"{place}: expected a table as described in tables.yml beside it; {error.message}"


def _explain_header(entry: dict) -> str:
    """One line on a header that is not the one described."""
    expected = [field["name"] for field in entry["schema"]["fields"]]
    with open(DATA / entry["path"], encoding="utf-8", newline="") as file:
        found = next(csv.reader(file), [])
    missing = [name for name in expected if name not in found]
    surplus = [
        name or "(no name)" for name in found if name not in expected or found.count(name) > 1
    ]
    return (
        f"data/{entry['path']}, row 1, column {', '.join(missing or surplus) or 'order'}: "
        f"expected the columns {', '.join(expected)} in this order; "
        f"missing: {', '.join(missing) or 'none'}; "
        # a table with another separator has its whole header in one name
        f"not expected: {', '.join(name[:60] for name in surplus) or 'none'}"
    )


def _expectation(field: dict) -> str:
    constraints = field.get("constraints", {})
    words = [
        {"string": "text", "integer": "a whole number", "number": "a number"}.get(
            field["type"], "a " + field["type"]
        )
    ]
    if "enum" in constraints:
        words.append("one of " + ", ".join(map(str, constraints["enum"])))
    if "pattern" in constraints:
        words.append(f"in the form {constraints['pattern']}")
    if "minimum" in constraints:
        words.append(f"at least {constraints['minimum']}")
    if "maximum" in constraints:
        words.append(f"at most {constraints['maximum']}")
    if "minLength" in constraints:
        words.append(f"at least {constraints['minLength']} characters")
    if "maxLength" in constraints:
        words.append(f"at most {constraints['maxLength']} characters")
    if constraints.get("unique"):
        words.append("found in one row only")
    if constraints.get("required"):
        words.append("not empty")
    return f"{', '.join(words)} ({field['description']})"


def _reference(entry: dict, names: list[str]) -> str:
    for key in entry["schema"].get("foreignKeys", []):
        if key["fields"] == list(names):
            target = key["reference"]
            path = resource(target["resource"])["path"]
            return f"a value of column {', '.join(target['fields'])} in data/{path}"
    return "a value that exists in the table referred to"
