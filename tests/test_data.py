"""The tables: they agree with their description and with the paper, and bad ones are refused."""

import csv
import json
import re
import shutil
import subprocess
import sys

import pytest
from nato_japan import data, descriptions
from nato_japan.commands import check

from conftest import ROOT, faults_of


def test_all_tables_are_valid():
    assert check.check() == []


def test_table_1_has_the_printed_size():
    operations, members = data.load("operations"), data.load("operation_members")
    assert len(operations) == 14
    assert len(members) == 83
    assert members["country"].nunique() == 26
    collective = operations[operations["collective_printed"].notna()]
    assert collective["operation"].tolist() == ["Turkey", "Pakistan"]
    assert not set(collective["operation_no"]) & set(members["operation_no"])


def test_every_table_names_author_source_licence_and_date():
    for entry in data.package()["resources"]:
        assert entry["sources"] and entry["licenses"] and entry["contributors"], entry["name"]
        assert entry["date"] and entry["description"], entry["name"]
        fields = entry.get("schema", {"fields": []})["fields"]  # a map has none
        assert all(field["description"] for field in fields), entry["name"]


def test_a_column_has_one_title_in_all_tables():
    """A heading is found by the name of its column, whatever table it comes from."""
    titles = {}
    for entry in data.tables():
        for field in entry["schema"]["fields"]:
            if "title" in field:
                assert titles.setdefault(field["name"], field["title"]) == field["title"], entry[
                    "name"
                ]


def test_works_are_in_the_bibliography():
    bibliography = (ROOT / "book" / "paper.bib").read_text(encoding="utf-8")
    for work in data.load("works")["work_id"]:
        assert f"{{{work}," in bibliography


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the tables that a test may break."""
    shutil.copytree(data.DATA, tmp_path / "data")
    monkeypatch.setattr(data, "DATA", tmp_path / "data")
    return tmp_path


def edit(old: str, new: str):
    def change(path):
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def edit_text(old: str, new: str):
    def change(text):
        assert old in text
        return text.replace(old, new, 1)

    return change


def append(line: str):
    def change(path):
        path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")

    return change


def strip_source(claim: str):
    def change(path):
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        row = next(row for row in rows if row["claim_id"] == claim)
        row.update(source_title="", source_url="", source_read="")
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    return change


BROKEN = {
    "missing column": (
        "paper/operations",
        edit("year_printed,", ""),
        ["operations.csv, row 1, column year_printed", "missing: year_printed"],
    ),
    "wrong type": (
        "paper/operations",
        edit(",1996,", ",19x6,"),
        ["operations.csv, row 4, column year_printed", "whole number", "'19x6'"],
    ),
    "unknown country": (
        "paper/operation_members",
        edit("Canada", "Kanada"),
        ["operation_members.csv, row 3, column country", "countries.csv", "'Kanada'"],
    ),
    "unknown code": (
        "paper/stances",
        edit(",low,", ",lowest,"),
        ["stances.csv, row 2, column level", "low, medium, high", "'lowest'"],
    ),
    "duplicate key": (
        "paper/operation_members",
        edit("1,2,Canada", "1,2,Belgium"),
        ["operation_members.csv, row 3, column operation_no, country", "stands once"],
    ),
    "claim that does not exist": (
        "paper/ladder",
        edit("C137", "C999"),
        ["ladder.csv, row 2, column claim_ids", "claims.csv", "'C999'"],
    ),
    "not UTF-8": (
        "paper/countries",
        lambda path: path.write_bytes(path.read_bytes() + b"caf\xe9,CAF\n"),
        ["countries.csv, row 28", "UTF-8"],
    ),
    "empty": (
        "paper/countries",
        lambda path: path.write_bytes(b""),
        ["countries.csv, row 1", "country, iso3"],
    ),
    "claim of an unknown section": (
        "paper/claims",
        edit("C320,references,", "C320,preface,"),
        ["column section", "sections.csv", "'preface'"],
    ),
    "claim with a footnote that does not exist": (
        "paper/claims",
        lambda path: path.write_text(
            re.sub(r"(?m)^(C091,.*),2$", r"\1,12", path.read_text(encoding="utf-8")), "utf-8"
        ),
        ["column footnote", "at most 11", "'12'"],
    ),
    "claim without a verdict": (
        "paper/claims",
        append("C999,conclusion,,1,normative,,Japan,One more statement.,"),
        ["as many rows as tables.yml says"],
    ),
    "verdict on no claim": (
        "record/verdicts",
        edit("C046,confirmed,", "C999,confirmed,"),
        ["column claim_id", "claims.csv", "'C999'"],
    ),
    "verdict that does not exist": (
        "record/verdicts",
        edit("C046,confirmed,", "C046,true,"),
        ["column verdict", "confirmed, imprecise, out of date", "'true'"],
    ),
    "confirmed without a source": (
        "record/verdicts",
        strip_source("C046"),
        ["column source_url", "the source that the verdict needs"],
    ),
    "contradicted without a source": (
        "record/verdicts",
        strip_source("C216"),
        ["column source_url", "the source that the verdict needs"],
    ),
    "out of date without a source": (
        "record/verdicts",
        strip_source("C224"),
        ["column source_url", "the source that the verdict needs"],
    ),
    "a verdict that no coding gives": (
        "record/verdicts",
        edit("C046,confirmed,", "C046,imprecise,"),
        ["column verdict", "expected 'confirmed', as coded", "'imprecise'"],
    ),
    "inconsistent with nothing": (
        "record/verdicts",
        edit(
            'fifth after the Introduction, behind the motives of both sides.",C102 C136 C157',
            'fifth after the Introduction, behind the motives of both sides.",',
        ),
        ["column other_claim_ids", "the other statement of the paper"],
    ),
    "inconsistent with a statement that does not exist": (
        "record/verdicts",
        edit('behind the motives of both sides.",C102', 'behind the motives of both sides.",C999'),
        ["column other_claim_ids", "claims.csv", "'C999'"],
    ),
    "source without an address": (
        "record/verdicts",
        lambda path: path.write_text(
            re.sub(r"(?m)^(C260,.*),https?://\S+?,", r"\1,,", path.read_text(encoding="utf-8")),
            "utf-8",
        ),
        ["column source_url", "title and address together"],
    ),
    "event that does not exist": (
        "record/forecasts",
        edit("EV115 EV120", "EV115 EV999"),
        ["column event_ids", "data/record/events.csv", "'EV999'"],
    ),
    "end before the beginning": (
        "record/operations",
        edit("1992-09-20,1993-09", "1992-09-20,1991-09"),
        ["row 2, column on_site_to", "nothing below that of on_site_from", "found 1991-09"],
    ),
    "read without a source": (
        "record/events",
        lambda path: path.write_text(
            re.sub(
                r"(?m)^(EV095,.*,)[^,]*,https?://\S+?,yes$", r"\1,,yes", path.read_text("utf-8")
            ),
            "utf-8",
        ),
        ["column source_checked", "no for a row without a source", "'yes'"],
    ),
    "absent": (
        "paper/countries",
        lambda path: path.unlink(),
        ["countries.csv", "expected a CSV file"],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_table_is_refused_with_place_and_expectation(copy, case):
    name, change, words = BROKEN[case]
    change(copy / "data" / f"{name}.csv")
    messages = "\n".join(faults_of(f"{name}.csv"))
    for word in words:
        assert word in messages
    assert f"data/{name}.csv" in messages


def test_another_map_is_refused(copy):
    (copy / "data" / "record" / "world.json").write_text("{}")
    assert "data/record/world.json: expected the file with sha256:" in check.check()[0]


def checked(root):
    """The check as make runs it, on a tree of its own."""
    shutil.copytree(ROOT / "book" / "nato_japan", root / "book" / "nato_japan")
    done = subprocess.run(
        [sys.executable, "-m", "nato_japan.commands.check"],
        cwd=root / "book",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_table_without_description_is_refused(copy):
    (copy / "data" / "paper" / "stray.csv").write_text("a,b\n1,2\n")
    assert "data/paper/stray.csv" in checked(copy)


def test_the_loader_refuses_what_the_check_refuses(copy):
    edit(",1996,", ",19x6,")(copy / "data" / "paper" / "operations.csv")
    with pytest.raises(data.DataError, match="operations.csv, row 4, column year_printed"):
        data.load("operations")


def test_a_table_is_validated_once_and_again_when_it_changes(copy, monkeypatch):
    seen = []
    look = data.check_file
    monkeypatch.setattr(data, "_valid", set())
    monkeypatch.setattr(data, "check_file", lambda entry: seen.append(entry) or look(entry))
    for _ in range(3):
        data.load("routes")
    assert len(seen) == 1
    path = copy / "data" / "paper" / "routes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("\n", "\n\n", 1), encoding="utf-8")
    with pytest.raises(data.DataError, match="routes.csv, row 2"):
        data.load("routes")


def test_a_reference_is_checked_again_when_the_table_referred_to_changes(copy):
    path = copy / "data" / "paper" / "countries.csv"
    assert faults_of("paper/operation_members.csv") == []
    edit("Canada,", "Kanada,")(path)
    (message, *_) = faults_of("paper/operation_members.csv")
    assert "operation_members.csv, row 3, column country: expected a value of column" in message


#: a slip in a description, and what the message says of it
SLIPS = {
    "no YAML": ("record/tables.yml", lambda t: t + "\n  - [", "data/record/tables.yml, line"),
    "a key twice": (
        "paper/tables.yml",
        lambda t: t + "  claims: {title: Again}\n",
        "expected a key that stands once, found 'claims'",
    ),
    "an unknown key": (
        "record/tables.yml",
        edit_text("    rows: 434", "    lines: 434"),
        "data/record/tables.yml, tables, verdicts: expected one of path, title",
    ),
    "a number of another type": (
        "record/tables.yml",
        edit_text("rows: 434", "rows: many"),
        "tables, verdicts, rows: expected int, found 'many'",
    ),
    "no day of the calendar": (
        "record/tables.yml",
        edit_text("  date: '2026-11-24'", "  date: '2024-13-45'"),
        "date: expected a year, month or day of the calendar, found '2024-13-45'",
    ),
    "a day to come": (
        "record/tables.yml",
        edit_text("  date: '2026-11-24'", "  date: '2999'"),
        "date: expected a day that has come, found '2999'",
    ),
    "an unknown type": (
        "record/tables.yml",
        edit_text("{type: event, unique", "{type: ivent, unique"),
        "fields, event_id, type: expected one of string, integer",
    ),
    "an unknown licence": (
        "record/tables.yml",
        edit_text("licenses: [CC-BY-4.0]", "licenses: [CC-BY-9.0]"),
        "licenses: expected one of CC-BY-4.0",
    ),
    "a pattern that is none": (
        "record/tables.yml",
        edit_text("pattern: 'F[0-9]{3}'", "pattern: 'F([0-9]{3}'"),
        "fields, finding_id, pattern: expected a regular expression",
    ),
    "a key of no column": (
        "record/tables.yml",
        edit_text("primaryKey: [finding_id]", "primaryKey: [finding]"),
        "primaryKey: expected columns of the table, found 'finding'",
    ),
    "a folder without tables": (
        "package.yml",
        edit_text("folders: [paper,", "folders: [papers,"),
        "data/papers/tables.yml: expected a file of YAML",
    ),
}


@pytest.mark.parametrize("case", SLIPS)
def test_a_slip_in_a_description_is_named(copy, case):
    name, change, message = SLIPS[case]
    path = copy / "data" / name
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(data.DataError) as found:
        descriptions.package(copy / "data")
    assert message in str(found.value)


def test_a_broken_description_stops_make_without_a_traceback(copy):
    (copy / "data" / "record" / "tables.yml").write_text("{")
    assert "data/record/tables.yml, line" in checked(copy)


@pytest.mark.parametrize("name", ["_toc.yml", "_config.yml", "book/paper.bib"])
def test_a_file_that_the_build_reads_is_checked(copy, monkeypatch, name):
    for part in ["_toc.yml", "_config.yml", "book/paper.bib", "book/references.bib"]:
        (copy / part).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / part, copy / part)
    monkeypatch.setattr(data, "ROOT", copy)
    (copy / name).write_text("@book{ [")
    assert any(message.startswith(name) for message in check.check_files())


def test_a_page_that_does_not_exist_is_named(copy, monkeypatch):
    for part in ["_toc.yml", "_config.yml"]:
        shutil.copy(ROOT / part, copy / part)
    monkeypatch.setattr(data, "ROOT", copy)
    assert any("found no book/scenario.ipynb" in message for message in check.check_files())


def test_other_validators_know_the_package(tmp_path):
    """The descriptor that is made for them is one of the standard, by its own profile."""
    from frictionless import Package

    descriptor = json.loads(json.dumps(data.package()))
    assert not list(Package.metadata_validate(descriptor))
    del descriptor["resources"][0]["path"]
    assert list(Package.metadata_validate(descriptor))


def test_every_number_has_a_range_and_every_series_its_years():
    """What open data hold is bounded on both sides: a slip of the unit would show."""
    for entry in data.tables():
        for field in entry["schema"]["fields"]:
            rules = field["constraints"]
            if entry["path"].startswith("evidence/") and field["type"] in ("integer", "number"):
                upper = "maximum" in rules or field.get("kind") == "year" or "enum" in rules
                key = field["name"] in ("cow_code", "sco_since")
                assert key or ("minimum" in rules and upper), (entry["name"], field["name"])
        assert entry["rows"] > 0
