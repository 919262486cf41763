"""The ledger: every statement judged, treated and linked, both ways; test_pdf.py does the same in print."""

import csv
import io
import re

import pytest
from conftest import HTML, chapters, ids, page
from nato_japan import claims, data

LEDGER = claims.judged()
SECTIONS = sorted(set(LEDGER["section"]))
# the built table: id, section, kind, footnote, statement, verdict, note, places
VERDICT, NOTE, PLACES = 5, 6, 7


def ledger_rows():
    for row in page("claims").select("table#tab-claims-ledger tbody tr"):
        cells = row.select("td")
        yield cells[0].get_text(strip=True), cells


@pytest.mark.parametrize("section", SECTIONS)
def test_every_claim_is_treated_in_its_chapter_or_where_the_exceptions_say(section):
    elsewhere = data.load("treated_elsewhere").set_index("section")["page"].to_dict()
    treated = claims.treated()
    there = set(treated.loc[treated["page"] == elsewhere.get(section, section), "claim_id"])
    assert set(LEDGER.loc[LEDGER["section"] == section, "claim_id"]) <= there


def test_exceptions_are_few_and_have_a_reason():
    exceptions = data.load("treated_elsewhere")
    assert set(exceptions["section"]) == {"front-matter", "abstract", "references"}
    assert exceptions["reason"].notna().all()
    assert set(exceptions["page"]) <= set(chapters())


def test_no_page_cites_a_claim_that_does_not_exist():
    known = set(LEDGER["claim_id"])
    assert set(claims.treated()["claim_id"]) <= known
    for name in chapters():
        cited = set(re.findall(r"\b[CT]\d{2,3}(?:\.\d{2})?\b", page(name).article.get_text(" ")))
        # country codes and years of other kinds have another form
        assert cited <= known, name


def test_the_ledger_shows_every_claim_with_its_verdict_and_source():
    shown = dict(ledger_rows())
    assert list(shown) == LEDGER["claim_id"].tolist()
    for line in LEDGER.itertuples():
        cells = shown[line.claim_id]
        assert cells[VERDICT].get_text(strip=True) == line.verdict
        if isinstance(line.source_url, str):
            assert cells[NOTE].find("a", href=line.source_url), line.claim_id


def test_marks_lead_to_the_ledger_and_the_ledger_leads_back():
    rows = dict(ledger_rows())
    targets = ids(HTML / "book" / "claims.html")
    back = {
        claim: {link["href"] for link in cells[PLACES].select("a")} for claim, cells in rows.items()
    }
    for name in chapters():
        if name == "claims":
            continue
        for mark in page(name).select("sup.claim > a"):
            claim = mark.get_text()
            assert mark["href"] == f"claims.html#{claim}"
            assert claim in targets
            assert f"{name}.html#{mark['id']}" in back[claim]
    assert all(back.values())


def test_what_holds_agrees_with_the_verdicts():
    words = ["no", "one", "two", "three", "four", "five", "six"]
    words += ["seven", "eight", "nine", "ten", "eleven", "twelve"]
    for section in data.load("sections").query("part == 'body'")["section"]:
        text = page(section).article.get_text()
        told = re.split(r", | and ", re.search(r"By verdict: (.*?), as Fig", text)[1])
        expected = LEDGER[LEDGER["section"] == section]["verdict"].value_counts()
        assert len(told) == len(expected), section
        for verdict, number in expected.items():
            count = words[number] if number < len(words) else str(number)
            plural = "s" if verdict == "judgement" and number > 1 else ""
            assert f"{count} {verdict}{plural}" in told, (section, verdict)


def test_every_finding_is_in_the_complete_list():
    text = page("corrections").select_one("table#tab-corrections-all").get_text(" ")
    findings = data.load("findings")
    assert len(findings) > 100
    for finding in findings["finding_id"]:
        assert re.search(rf"\b{finding}\b", text)


def test_the_csv_of_the_ledger_is_linked():
    for name in ["claims", "verdicts"]:
        path = data.resource(name)["path"].rpartition("/")[2]
        link = page("claims").select_one(f'a[href$="{path}"]')
        text = (HTML / "book" / link["href"]).resolve().read_text(encoding="utf-8")
        assert len(list(csv.DictReader(io.StringIO(text)))) == len(LEDGER)
