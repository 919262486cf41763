"""Archived copies of sources: where they are found, kept and shown."""

import importlib.util
from types import SimpleNamespace
from urllib.error import URLError

import pytest
from conftest import ROOT
from nato_japan import data, tables

ANSWER = {
    "archived_snapshots": {
        "closest": {
            "available": True,
            "status": "200",
            "timestamp": "20140506010203",
            "url": "http://web.archive.org/web/20140506010203/https://example.org/a",
        }
    }
}
COPY = "https://web.archive.org/web/20140506010203/https://example.org/a"


@pytest.fixture
def finder(monkeypatch):
    path = ROOT / "data" / "record" / "find_copies.py"
    spec = importlib.util.spec_from_file_location("find_copies", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PAUSE", 0)
    return module


def test_an_answer_becomes_a_row_and_no_answer_none(finder):
    rows = [["https://example.org/known", "https://archive.example/known", "2013-01-01"]]
    answers = {"https://example.org/a": ANSWER, "https://example.org/b": {"archived_snapshots": {}}}
    asked = ["https://example.org/a", "https://example.org/b", "https://example.org/known"]
    assert finder.find(asked, rows, answers.__getitem__) == 1
    assert rows[1:] == [["https://example.org/a", COPY, "2014-05-06"]]


def test_what_was_found_stays_when_the_service_fails(finder, capsys):
    def ask(address):
        if address.endswith("b"):
            raise URLError("no network")
        return ANSWER

    rows = []
    assert finder.find([f"https://example.org/{letter}" for letter in "abc"], rows, ask) == 1
    assert "stopped here" in capsys.readouterr().err


def test_addresses_are_those_of_tables_and_bibliography():
    found = data.addresses()
    assert found == sorted(set(found))
    assert data.load("verdicts")["source_url"].dropna().isin(found).all()
    assert "https://v-dem.net" in found and "https://www.parlgov.org" in found


def test_a_source_with_a_copy_links_to_both(monkeypatch):
    monkeypatch.setattr(tables, "copies", lambda: {"https://example.org/a": COPY})
    for address, count in [("https://example.org/a", 1), ("https://example.org/b", 0)]:
        line = SimpleNamespace(source_url=address, source_title="A page")
        text = tables.source(line)
        assert f"[A page]({address})" in text
        assert text.count(f"[archived copy]({COPY})") == count
