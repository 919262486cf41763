"""The ledger: every statement judged, treated and linked, both ways; test_pdf.py does the same in print."""

import csv
import io
import re

import nbformat
import pandas as pd
import pytest
from nato_japan import agreement, charts, claims, data, prose

from conftest import BOOK, HTML, ROOT, chapters, ids, page, source

LEDGER = claims.judged()
SECTIONS = sorted(set(LEDGER["section"]))
# the built table: id, section, kind, footnote, statement, verdict, note, source read, coders, places
VERDICT, NOTE, READ, CODERS, PLACES = 5, 6, 7, 8, 9

VERDICTS = LEDGER.set_index("claim_id")["verdict"].to_dict()
# judgement is left out: the word has other senses
NAMED = re.compile(
    r"\b(confirmed|imprecise|out of date|contradicted|inconsistent|unverified)\b", re.I
)


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


@pytest.mark.parametrize("section", sorted(set(SECTIONS) & set(chapters())))
def test_what_holds_names_every_statement_of_the_text_that_does_not(section):
    """So that a sentence on the whole section cannot drop an exception of the ledger."""
    told = " ".join(
        cell.source
        for cell in nbformat.read(BOOK / f"{section}.ipynb", as_version=4).cells
        if cell.cell_type == "markdown"
    ).partition("What holds")[2]
    text = LEDGER[(LEDGER["section"] == section) & LEDGER["claim_id"].str.startswith("C")]
    fails = text.loc[~text["verdict"].isin(["confirmed", "judgement"]), "claim_id"]
    assert set(fails) <= set(re.findall(r"\bC[0-9]{3}\b", told))


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
        assert cells[READ].get_text(strip=True) == ("yes" if pd.notna(line.source_read) else "no")


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


def sentences(path):
    """The sentences of a notebook: of its text and of its captions."""
    for _, text in prose.texts(nbformat.read(path, as_version=4)):
        yield from re.split(r"(?<=[.?!])\s+|\n", prose.to_myst(text))


@pytest.mark.parametrize("path", sorted(BOOK.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_verdict_named_beside_a_mark_is_that_of_the_ledger(path):
    for sentence in sentences(path):
        named = {word.lower() for word in NAMED.findall(sentence)}
        groups = [group.split() for group in claims.MARK.findall(sentence)]
        if not (named and groups):
            continue
        assert named <= {VERDICTS[claim] for group in groups for claim in group}, sentence
        for group in groups:  # a mark may add what a statement is compared with
            assert named & {VERDICTS[claim] for claim in group}, sentence


def test_the_examples_of_the_codebook_agree_with_the_ledger():
    cells = nbformat.read(BOOK / "codebook.ipynb", as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    rules = prose.to_myst(text[text.index("## The rules") : text.index("## Who coded")])
    told = dict(re.findall(r"\{claim\}`([^`]+)`: ([a-z ]+)", rules))
    assert told == {claim: VERDICTS[claim] for claim in agreement.EXAMPLES}
    assert len(re.findall(r"\*Examples?:\*", rules)) == len(re.findall(r"^\d+\. ", rules, re.M))


def test_every_statement_of_fact_is_coded_and_every_difference_read_again():
    coded = agreement.coded()
    facts = LEDGER[LEDGER["kind"].isin(coded["kind"].unique())]
    assert coded.index.tolist() == facts["claim_id"].tolist()
    assert not {"causal", "normative", "prediction"} & set(coded["kind"])
    differ = (coded["A"] != coded["B"]) | (coded["A"] != coded["before"])
    assert coded.loc[differ, "third"].all()
    reason = data.load("codings").query("coder == 'third'").set_index("claim_id")["reason"]
    assert reason.str.split().str.len().max() <= 40
    shown = {claim: cells[CODERS].get_text() for claim, cells in ledger_rows()}
    for claim in LEDGER["claim_id"]:
        told = {True: "differed", False: "alike"}.get(coded["third"].get(claim), "not coded")
        assert shown[claim] == told, claim


def test_agreement_is_that_of_the_textbooks():
    cells = ["setup", "agreement-terms", "agreement-measures", "agreement-bootstrap"]
    codebook: dict = {}
    exec(source("codebook", *cells, "agreement-figures"), codebook)
    figures = codebook["figures"]
    # Cohen 1960: what is left of agreement when chance is taken off
    left = ["confirmed"] * 20 + ["confirmed"] * 5 + ["imprecise"] * 10 + ["imprecise"] * 15
    right = ["confirmed"] * 20 + ["imprecise"] * 5 + ["confirmed"] * 10 + ["imprecise"] * 15
    frame = pd.DataFrame({"A": left, "B": right, "same": left})
    pairs = {"two": ("A", "B"), "one": ("A", "same")}
    two, one = figures(frame, pairs).to_dict("records")
    assert two["agree"] == pytest.approx(0.7)
    assert two["kappa"] == pytest.approx(0.4)
    # Krippendorff: 1 - (n - 1) * disagreeing pairs / expected ones, n = 100 codes
    assert two["alpha"] == pytest.approx(1 - 99 * 30 / (2 * 55 * 45))
    assert two["kappa_low"] < two["kappa"] < two["kappa_high"]
    assert one["kappa"] == one["alpha"] == one["kappa_low"] == 1
    alike = figures(frame.assign(A="confirmed", same="confirmed"), pairs)
    assert alike.loc[1, ["kappa", "alpha", "kappa_low"]].isna().all()


def test_every_verdict_has_a_meaning_a_colour_and_a_place_in_the_form():
    field = next(
        field
        for field in data.resource("verdicts")["schema"]["fields"]
        if field["name"] == "verdict"
    )
    assert field["constraints"]["enum"] == list(claims.VERDICTS) == list(charts.STANDING)
    form = (ROOT / ".github" / "ISSUE_TEMPLATE" / "claim.yml").read_text(encoding="utf-8")
    for verdict in claims.VERDICTS:
        assert f"- {verdict}\n" in form
        assert f"**{verdict}**: " in "\n".join(sentences(BOOK / "codebook.ipynb"))


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
