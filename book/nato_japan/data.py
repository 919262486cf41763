"""The tables of the book: where they lie, what they hold, and what a bad one looks like.

``data/datapackage.json`` (a Frictionless Data Package) is the only description of the
tables. ``load`` reads one of them; ``python -m nato_japan.data`` checks them all.
"""

import csv
import hashlib
import json
import re
import sys
from functools import cache
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
PACKAGE = DATA / "datapackage.json"

PANDAS_TYPES = {"string": "str", "integer": "Int64", "number": "float64", "date": "str"}

#: names of the tables read by this process, in order: the runner asks for it
#: to know which notebook depends on which file
tables_read: list[str] = []


class DataError(ValueError):
    """A table that breaks its description; the message names file, row, column, expectation."""


@cache
def package() -> dict:
    """The data package descriptor as a dictionary.

    Raises DataError when the file is missing or is not JSON.
    """
    try:
        return json.loads(PACKAGE.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"data/datapackage.json: expected a readable JSON file ({error})"
        ) from error


def resource(name: str) -> dict:
    """The descriptor of one table. Raises DataError for a name that the package does not hold."""
    for entry in package()["resources"]:
        if entry["name"] == name:
            return entry
    known = ", ".join(entry["name"] for entry in package()["resources"])
    raise DataError(f"no table {name!r} in data/datapackage.json; expected one of {known}")


def tables() -> list[dict]:
    """The descriptors of all tables, without those of map files."""
    return [entry for entry in package()["resources"] if "schema" in entry]


def load(name: str) -> pd.DataFrame:
    """Read one table, checked against its description.

    Returns one row for each record and the columns that ``data/datapackage.json`` lists
    under the table's name, with their units; text is ``str``, whole numbers are ``Int64``,
    an empty cell is a missing value. Raises DataError naming file, row, column and
    expectation.
    """
    descriptor = resource(name)
    if problems := check_table(descriptor):
        raise DataError("\n".join(problems))
    if name not in tables_read:
        tables_read.append(name)
    types = {f["name"]: PANDAS_TYPES[f["type"]] for f in descriptor["schema"]["fields"]}
    return pd.read_csv(
        DATA / descriptor["path"], dtype=types, keep_default_na=False, na_values=[""]
    )


def shapes(name: str, *keep: str) -> dict:
    """The outlines of a map as TopoJSON: one object ``shapes`` with what ``keep`` names.

    ``keep``: an object of the file ("land"), or names of its countries. Names and arcs that
    are not needed are left out, so that a page carries only what it draws. Raises DataError
    when the file is not the one described, KeyError for a name that it does not hold.
    """
    descriptor = resource(name)
    if problems := check_map(descriptor):
        raise DataError("\n".join(problems))
    if name not in tables_read:
        tables_read.append(name)
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


def check() -> list[str]:
    """Check every table, its keys and its references; one message for each fault found."""
    from frictionless import Package

    listed = {entry["path"] for entry in package()["resources"]}
    problems = [
        f"data/{path}: expected an entry in data/datapackage.json, found none"
        for path in sorted(p.relative_to(DATA).as_posix() for p in DATA.rglob("*.csv"))
        if path not in listed
    ]
    for entry in package()["resources"]:
        problems += check_table(entry) if "schema" in entry else check_map(entry)
    if problems:  # a broken table makes every reference to it look broken, too
        return problems
    only_tables = {**package(), "resources": tables()}
    report = Package.from_descriptor(only_tables, basepath=str(DATA)).validate()
    for error in report.errors:
        problems.append(f"data/datapackage.json: {error.message}")
    for task, entry in zip(report.tasks, tables(), strict=True):
        problems += [_explain(error, entry) for error in task.errors]
    return problems or _check_id_lists() + _check_verdicts() + _check_record() + _check_evidence()


def check_table(entry: dict) -> list[str]:
    """Check one table by itself (not its references to others); one message for each fault."""
    from frictionless import Resource

    path = DATA / entry["path"]
    if not path.is_file():
        return [
            f"data/{entry['path']}: expected a CSV file, found {'a folder' if path.is_dir() else 'none'}"
        ]
    schema = {k: v for k, v in entry["schema"].items() if k != "foreignKeys"}
    report = Resource.from_descriptor({**entry, "schema": schema}, basepath=str(DATA)).validate()
    errors = report.errors or [error for task in report.tasks for error in task.errors]
    if any(error.type.endswith("-label") for error in errors):
        return [_explain_header(entry)]  # every cell would be reported as well
    return [_explain(error, entry) for error in errors]


def _check_id_lists() -> list[str]:
    """Columns with several ids in a cell: a foreign key cannot say this."""
    problems = []
    for target, key in [("claims", "claim_id"), ("record_events", "event_id")]:
        known = set(load(target)[key])
        for entry in tables():
            for field in entry["schema"]["fields"]:
                if not field["name"].endswith(f"{key}s"):
                    continue
                for row, cell in enumerate(load(entry["name"])[field["name"]].fillna(""), start=2):
                    problems += [
                        f"data/{entry['path']}, row {row}, column {field['name']}: expected ids "
                        f"of data/{resource(target)['path']}, found {name!r}"
                        for name in cell.split()
                        if name not in known
                    ]
    return problems


def _check_record() -> list[str]:
    """Rows of the record: a source that was read is named, and nothing ends before it begins."""
    problems = []
    for entry in tables():
        columns = {field["name"] for field in entry["schema"]["fields"]}
        if "source_checked" not in columns:
            continue
        begins, ends = next(
            (
                pair
                for pair in [("start", "end"), ("signed", "in_force"), ("opened", "closed")]
                if set(pair) <= columns
            ),
            (None, None),
        )
        for row, line in enumerate(load(entry["name"]).to_dict("records"), start=2):
            place = f"data/{entry['path']}, row {row}, column"
            if pd.notna(line["source_title"]) != pd.notna(line["source_url"]):
                problems.append(
                    f"{place} source_url: expected title and address together, found one of them"
                )
            if line["source_checked"] == "yes" and pd.isna(line["source_url"]):
                problems.append(
                    f"{place} source_checked: expected no for a row without a source, found 'yes'"
                )
            if begins and pd.notna(line[begins]) and pd.notna(line[ends]):
                first, last = line[begins], line[ends]
                width = min(len(first), len(last))  # 2009 may hold 2009-03
                if last[:width] < first[:width]:
                    problems.append(
                        f"{place} {ends}: expected a date not before {first}, found {last!r}"
                    )
    return problems


#: pairs of columns of the evidence of which the first is not above the second
NOT_ABOVE = {
    "un_ideal_points": [("low", "ideal_point"), ("ideal_point", "high")],
    "peacekeeping_annual": [("people", "peak")],
    "piracy": [("hijacked", "incidents")],
    "diet_elections": [("ldp_seats", "seats"), ("camp_seats", "seats"), ("partner_seats", "seats")],
}


def _check_evidence() -> list[str]:
    """Rows of the evidence: bounds hold, parts add up, tests name chapters of the book."""
    problems = []
    for name, pairs in NOT_ABOVE.items():
        path = resource(name)["path"]
        for row, line in enumerate(load(name).to_dict("records"), start=2):
            problems += [
                f"data/{path}, row {row}, column {lower}: expected a number not above that of "
                f"{upper} ({line[upper]}), found {line[lower]}"
                for lower, upper in pairs
                if pd.notna(line[lower]) and pd.notna(line[upper]) and line[lower] > line[upper]
            ]
    path = resource("peacekeeping_monthly")["path"]
    for row, line in enumerate(load("peacekeeping_monthly").to_dict("records"), start=2):
        parts = sum(line[kind] for kind in ("troops", "police", "experts") if pd.notna(line[kind]))
        if parts != line["total"]:
            problems.append(
                f"data/{path}, row {row}, column total: expected the sum of the others ({parts}), "
                f"found {line['total']}"
            )
    known, path = set(load("sections")["section"]), resource("tests")["path"]
    for row, cell in enumerate(load("tests")["sections"], start=2):
        problems += [
            f"data/{path}, row {row}, column sections: expected chapters of "
            f"data/{resource('sections')['path']}, found {name!r}"
            for name in cell.split()
            if name not in known
        ]
    return problems


def _check_verdicts() -> list[str]:
    """Every claim has a verdict, and every verdict the source that its kind asks for."""
    verdicts = load("verdicts")
    claims = load("claims")["claim_id"]
    judged = set(verdicts["claim_id"])
    problems = [
        f"data/paper/claims.csv, row {row}, column claim_id: expected a verdict on {claim!r} in "
        "data/record/verdicts.csv, found none"
        for row, claim in enumerate(claims, start=2)
        if claim not in judged
    ]
    for name in ["verdicts", "findings"]:
        path = resource(name)["path"]
        for row, line in enumerate(load(name).itertuples(), start=2):
            problems += [f"data/{path}, row {row}, {fault}" for fault in _source_faults(line)]
    return problems


def _source_faults(line) -> list[str]:
    """What the sources of one verdict or finding lack."""
    faults = []
    titled, linked = pd.notna(line.source_title), pd.notna(line.source_url)
    if titled != linked:
        faults.append("column source_url: expected title and address together, found one of them")
    if pd.notna(line.source_read) and not linked:
        faults.append("column source_read: expected a date only for a source, found no source")
    verdict = getattr(line, "verdict", None)
    if verdict in ("confirmed", "contradicted") and not linked:
        faults.append(f"column source_url: expected the source of the verdict {verdict!r}")
    if verdict == "inconsistent":
        others = set("" if pd.isna(line.other_claim_ids) else line.other_claim_ids.split())
        if not others - {line.claim_id}:
            faults.append(
                "column other_claim_ids: expected the other statement of the paper with which "
                "this one is inconsistent"
            )
    return faults


def _explain(error, entry: dict) -> str:
    """One line: file, row, column, expectation, find."""
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
        case "foreign-key":
            return f"{place}: expected {_reference(entry, error.field_names)}, found {found}"
        case "primary-key":
            return f"{place}: expected a key that stands once and is not empty ({found})"
        case "encoding-error":
            return f"{place}, row {_undecodable_row(entry)}: expected text in UTF-8 ({found})"
        case "blank-header" | "source-error":
            return f"{place}, row 1: expected the columns {columns}; {found or 'the file is empty'}"
        case "extra-cell":
            return (
                f"{place}: expected {len(fields)} cells ({columns}), found one more: {error.cell!r}"
            )
        case "blank-row":
            return f"{place}: expected a record, found an empty row"
    return f"{place}: expected a table as described in data/datapackage.json; {error.message}"


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
        f"data/{entry['path']}, row 1, column {', '.join(missing + surplus) or 'order'}: "
        f"expected the columns {', '.join(expected)} in this order; "
        f"missing: {', '.join(missing) or 'none'}; not expected: {', '.join(surplus) or 'none'}"
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


def _undecodable_row(entry: dict) -> int:
    for row, line in enumerate((DATA / entry["path"]).read_bytes().split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            return row
    return 1


def main() -> int:
    """Check all tables; print what is wrong and return 1, or say that all is well and return 0."""
    try:
        problems = check()
    except DataError as error:
        problems = [str(error)]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"data: {len(problems)} fault(s); nothing was built", file=sys.stderr)
        return 1
    print(f"data: {len(tables())} tables agree with data/datapackage.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
