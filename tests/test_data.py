"""The tables: they agree with their description and with the paper, and bad ones are refused."""

import csv
import json
import re
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, faults_of
from nato_japan import check, data


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
        ["column claim_id", "a verdict on 'C999' in data/record/verdicts.csv"],
    ),
    "verdict on no claim": (
        "record/verdicts",
        append("C999,unverified,Nothing was found.,,,,,low"),
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
        ["column source_url", "the source of the verdict 'confirmed'"],
    ),
    "contradicted without a source": (
        "record/verdicts",
        strip_source("C216"),
        ["column source_url", "the source of the verdict 'contradicted'"],
    ),
    "out of date without a source": (
        "record/verdicts",
        strip_source("C224"),
        ["column source_url", "the source of the verdict 'out of date'"],
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
        edit("EV166", "EV999"),
        ["column event_ids", "data/record/events.csv", "'EV999'"],
    ),
    "end before the beginning": (
        "record/operations",
        edit("1992-09,1993-09", "1992-09,1991-09"),
        ["row 2, column end", "not before 1992-09", "'1991-09'"],
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
        [sys.executable, "-m", "nato_japan.check"],
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


def test_descriptor_that_is_not_json_is_refused(copy):
    (copy / "data" / "datapackage.json").write_text("{")
    assert "data/datapackage.json" in checked(copy)


def test_the_loader_refuses_what_the_check_refuses(copy):
    edit(",1996,", ",19x6,")(copy / "data" / "paper" / "operations.csv")
    with pytest.raises(data.DataError, match="operations.csv, row 4, column year_printed"):
        data.load("operations")


def test_a_table_is_validated_once_and_again_when_it_changes(copy, monkeypatch):
    seen = []
    look = data.check_tables
    monkeypatch.setattr(data, "_valid", {})
    monkeypatch.setattr(data, "check_tables", lambda entries: seen.append(entries) or look(entries))
    for _ in range(3):
        data.load("routes")
    assert len(seen) == 1
    path = copy / "data" / "paper" / "routes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("\n", "\n\n", 1), encoding="utf-8")
    with pytest.raises(data.DataError, match="routes.csv, row 2"):
        data.load("routes")


def test_descriptor_is_formatted_as_json_dump_does():
    text = data.PACKAGE.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
