"""The evidence: figures that must agree with their sources, tests that can fail, tables made anew."""

import json
import re
import shutil
import subprocess
import sys

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nato_japan import data, evidence

from conftest import BOOK, ROOT, chapters, defined, faults_of, page

PAGES = ["shared-values", "burden-and-reach"]


def plain(tag):
    """The text of a tag with single spaces and straight quotes."""
    return " ".join(tag.get_text().split()).replace("’", "'")


TESTS = data.load("tests")
RESULTS = pd.concat(data.load(evidence.results_table(name)) for name in PAGES).set_index("test_id")

#: the cells in which the page on shared values averages the votes
VOTES = ["setup", "bootstrap-interval", "agreement-data", "agreement-means", "agreement-decades"]
#: those in which the page on burden and reach looks for steps
STEPS = ["setup", "best-step", "best-step-place", "step-probability"]


# figures read in the upstream files, not in our tables


def test_japan_in_the_upstream_files():
    points = data.load("un_ideal_points").set_index(["iso3", "year"])["ideal_point"]
    assert points["JPN", 2024] == pytest.approx(0.80, abs=0.005)
    assert points["USA", 2024] == pytest.approx(2.21, abs=0.005)
    assert points["RUS", 1960] == pytest.approx(-2.93, abs=0.005)
    share = data.load("military_expenditure").set_index(["iso3", "year"])["share_of_gdp"]
    assert share["JPN", 2024] == pytest.approx(1.37, abs=0.005)
    assert share["JPN", 2014] == pytest.approx(0.96, abs=0.005)
    index = data.load("electoral_democracy").set_index(["iso3", "year"])["electoral_democracy"]
    assert [index[iso3, 2024] for iso3 in ("JPN", "CHN", "TUR")] == [0.822, 0.073, 0.289]
    troops = data.load("us_troops").set_index(["iso3", "year"])["troops"]
    assert (troops["JPN", 2023], troops["DEU", 2023]) == (53246, 35188)
    piracy = data.load("piracy").set_index(["region", "year"])["incidents"]
    assert [piracy["Gulf of Aden and Somali Basin", year] for year in (2011, 2019)] == [238, 6]


def test_peaks_of_peacekeeping():
    months = defined("burden-and-reach", "setup", "months-span")["by_month"]
    peaks = months.groupby(months.index.str[:4]).max()
    assert peaks[["1993", "2002", "2012"]].tolist() == [729, 720, 545]
    assert months[months > 0].index[0] == "1992-09"
    assert months["1992-10"] == 683
    assert months["1995-06"] == 0


def test_agreement_by_decade_is_the_mean_of_years_over_the_members_of_each():
    pairs = data.load("un_agreement")
    joined = data.load("members").set_index("iso3")["accession_date"].str[:4].astype(int)
    sums: dict[int, list[float]] = {}
    for year in sorted(pairs["year"].unique()):
        here = [
            line.agreement
            for line in pairs[pairs["year"] == year].itertuples()
            if line.iso3 != "USA" and joined.get(line.iso3, 9999) <= year
        ]
        sums.setdefault(year // 10 * 10, []).append(sum(here) / len(here))
    found = defined("shared-values", *VOTES)["decades"]["allies without the United States"]
    for decade, means in sums.items():
        assert found[decade] == pytest.approx(sum(means) / len(means))
    assert found.round(1)[[1990, 2000, 2010]].tolist() == [90.4, 91.4, 90.4]


def test_our_means_agree_with_those_made_from_the_roll_calls():
    # two tables made apart from the same votes
    ours = defined("shared-values", *VOTES)["votes"]
    ours = ours[ours["whom"] == "allies without the United States"].set_index("year")["agreement"]
    theirs = data.load("un_agreement_allies").query("iso3 == 'JPN'").set_index("year")["agreement"]
    assert (ours - theirs).abs().max() < 0.1


def test_the_newer_scores_agree_with_the_roll_calls():
    newer = data.load("un_agreement_pairs").set_index(["iso3", "year"])["agreement"]
    ours = data.load("un_agreement").set_index(["iso3", "year"])["agreement"]
    gap = (newer - ours).dropna()
    assert len(gap) > 100
    assert abs(gap.mean()) < 0.5 and gap.std() < 2


def test_two_thirds():
    houses = defined("burden-and-reach", "setup", "diet-houses")["houses"]
    reached = houses[houses["coalition"] >= houses["needed"]]
    assert reached["date"].str[:4].tolist() == ["2005", "2012", "2014", "2017", "2026"]
    assert set(reached["house"]) == {"lower house"}
    wider = houses[houses["camp_seats"] >= houses["needed"]]
    assert wider.loc[wider["house"] == "upper house", "date"].str[:4].tolist() == ["2016", "2022"]
    # the same in whole numbers
    assert (
        (3 * houses["coalition"] >= 2 * houses["seats"])
        == (houses["coalition"] >= houses["needed"])
    ).all()
    in_record = data.load("houses").set_index("house")["coalition_seats"]
    ours = houses.set_index(["house", "date"])["coalition"]
    assert in_record["lower house"] == ours["lower house", "2012-12-16"]
    assert in_record["upper house"] == ours["upper house", "2013-07-21"]


# the statistics


def test_a_step_is_found_where_it_is():
    counts = pd.Series([1, 0, 2, 1, 1, 0, 1, 6, 5, 7, 6, 8, 5, 6], index=range(2000, 2014))
    found = defined("burden-and-reach", *STEPS)["step"](counts, shuffles=999)
    assert found["at"] == 2007
    assert found["before"] == pytest.approx(6 / 7)
    assert found["p"] < 0.01


def test_no_step_is_found_in_noise():
    counts = pd.Series(np.random.default_rng(3).poisson(4, 40))
    assert defined("burden-and-reach", *STEPS)["step"](counts, shuffles=999)["p"] > 0.05


def test_the_likelihood_ratio_is_that_of_the_poisson_distribution():
    from scipy.stats import poisson

    values = np.array([0, 1, 0, 2, 5, 4, 6, 3.0])
    cells = defined("burden-and-reach", *STEPS)
    ratios = cells["step_gains"](values)
    assert len(ratios) == len(values) - 2 * cells["MARGIN"] + 1
    for place, ratio in enumerate(ratios, start=cells["MARGIN"]):
        split = [values[:place], values[place:]]
        stepped = sum(poisson.logpmf(part, part.mean()).sum() for part in split)
        level = poisson.logpmf(values, values.mean()).sum()
        assert ratio == pytest.approx(2 * (stepped - level))


def test_intervals_are_the_same_on_each_run_and_hold_the_mean():
    values = pd.Series([0.2, 0.4, 0.5, 0.9, 0.7])
    interval = defined("shared-values", *VOTES)["interval"]
    low, high = interval(values)
    assert (low, high) == interval(values)
    assert low < values.mean() < high


# the book


@pytest.mark.parametrize("test_id", TESTS["test_id"])
def test_each_test_has_a_result_a_box_and_a_figure(test_id):
    row = TESTS.set_index("test_id").loc[test_id]
    article = page(row["page"]).select_one("article")
    assert article.find(id=row["figure"])
    result = RESULTS.loc[test_id, "result"]
    boxes = [plain(box) for box in article.select(".admonition.test")]
    assert any(result in box and row["bearing"] in box for box in boxes)


@pytest.mark.parametrize("name", PAGES)
def test_the_tables_of_results_hold_what_the_notebooks_computed(name):
    # the output of the cell that writes the table: nbval computes it anew
    notebook = nbformat.read(BOOK / f"{name}.ipynb", as_version=4)
    (output,) = next(cell.outputs for cell in notebook.cells if cell.id == "results")
    shown = BeautifulSoup(output.data["text/html"], "html.parser")
    columns = [head.get_text() for head in shown.select("thead th")][1:]
    held = data.load(evidence.results_table(name))
    assert [*columns, "result"] == held.columns.tolist()
    rows = [[cell.get_text() for cell in row.select("td")] for row in shown.select("tbody tr")]
    for cells, row in zip(rows, held.itertuples(index=False), strict=True):
        for column, cell in zip(columns, cells, strict=True):
            value = getattr(row, column)
            if isinstance(value, str):  # pandas shows the beginning of a long text
                assert cell == value or value.startswith(cell.removesuffix("..."))
            else:
                assert float(cell) == pytest.approx(float(value), nan_ok=True, abs=1e-4)


@pytest.mark.parametrize("section", sorted(set(" ".join(TESTS["sections"]).split())))
def test_chapters_show_their_tests_and_lead_to_them(section):
    table = page(section).select_one(f"table#tab-{section}-tests")
    here = TESTS[[section in cell.split() for cell in TESTS["sections"]]]
    rows = table.select("tbody tr")
    assert len(rows) == len(here)
    for row, line in zip(rows, here.itertuples(), strict=True):
        assert f"{line.page}.html#{line.figure}" in [a["href"] for a in row.select("a")]
        assert RESULTS.loc[line.test_id, "result"] in plain(row)


@pytest.mark.parametrize("name", PAGES)
def test_charts_of_evidence_name_their_source_and_last_year(name):
    captions = page(name).select("figure figcaption")
    assert len(captions) >= 5
    for caption in captions:
        text = plain(caption)
        source = text.split("Source: ")[1]
        assert re.search(r"\w+\.csv", source), text
        assert re.search(r"to (the )?(\w+ )?\d{4}s?|to the last year of each table", source), text


def test_the_codebook_has_every_table_and_column():
    article = page("data").select_one("article")
    for entry in data.tables():
        table = article.find(id=f"tab-data-{entry['name'].replace('_', '-')}")
        columns = [row.select_one("td").get_text(strip=True) for row in table.select("tbody tr")]
        assert columns == [field["name"] for field in entry["schema"]["fields"]]
        caption = plain(table.find("caption"))
        words = [item["title"].removeprefix("The ").split()[0] for item in entry["sources"]]
        assert all(word in caption for word in words)
    links = [a["href"] for a in article.select("a.download")]
    for entry in data.package()["resources"]:
        assert any(link.endswith("/" + entry["path"].split("/")[-1]) for link in links)
    for note in (data.DATA / "evidence").glob("*/README.md"):
        assert note.read_text(encoding="utf-8").splitlines()[0].strip("# ") in plain(article)


def test_tables_of_evidence_hold_what_a_notebook_reads():
    read = set()
    for name in chapters():
        path = BOOK / f"{name}.ipynb"
        if name == "data" or not path.is_file():
            continue
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                text = output.get("data", {}).get("text/markdown", "")
                read |= set(re.findall(r"\.\./data/(evidence/[^)]*\.csv)", text))
    held = {e["path"] for e in data.tables() if e["path"].startswith("evidence/")}
    assert held == read


# making tables anew

UPSTREAM = {
    "un_ideal_points": (
        "ideal.csv",
        "ccode,iso3c,year,NVotesFP,IdealPointFP,Q5%FP,Q95%FP\n740,JPN,2024,101,0.7961,0.6541,0.9472\n"
        "2,USA,2024,101,2.2,2.0,2.4\n375,FIN,2022,90,0.9,0.8,1.0\n260,DEU,1990,60,1.5,1.2,1.8\n",
        "iso3,year,ideal_point,low,high,votes\nDEU,1990,1.5,1.2,1.8,60\n"
        "JPN,2024,0.796,0.654,0.947,101\nUSA,2024,2.2,2.0,2.4,101\n",
    ),
    "peacekeeping_monthly": (
        "Japan.csv",
        '"Date","Troops","Police","Experts"\n1992-09-30,29,NA,8\n1992-10-31,600,75,8\n',
        "month,troops,police,experts,total\n1992-09,29,,8,37\n1992-10,600,75,8,683\n",
    ),
    "military_expenditure": (
        "share.csv",
        "geo,time,military_expenditure_percent_of_gdp\njpn,2024,1.371400\nfin,2022,1.6\nfin,2023,2.4\n",
        "iso3,year,share_of_gdp\nFIN,2023,2.4\nJPN,2024,1.3714\n",
    ),
    "piracy": (
        "pirates.csv",
        "date,time,longitude,latitude,attack_type\n2009-01-02,NA,50,12,Hijacked\n"
        "2009-02-02,NA,75,5.5,Boarded\n2009-02-02,NA,75,8,Boarded\n2009-03-01,NA,104,1,Hijacked\n",
        "year,region,incidents,hijacked\n2009,Gulf of Aden and Somali Basin,2,1\n2009,elsewhere,2,1\n",
    ),
    "us_troops": (
        "troops.csv",
        "countryname,ccode,iso3c,year,troops,army\nJapan,740,JPN,1950,136554,NA\n"
        "West Germany,260,NA,1950,97820,NA\nCuba,40,CUB,1950,1843,NA\n",
        "iso3,year,troops\nDEU,1950,97820\nJPN,1950,136554\n",
    ),
    "exercises": (
        "mme.csv",
        None,
        "year,partners,exercises\n1980,United States alone,1\n1980,another ally,1\n"
        "1980,another ally and the United States,1\n",
    ),
}


def exercises_upstream():
    states = [f"State{a}" for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    states += [f"StateA{a}" for a in "ABCDEFGHIJKLM"]
    rows = [
        ["Australia", "Canada", "Japan", "United States"],
        ["Japan", "United Kingdom"],
        ["Japan", "United States"],
        ["Canada", "United States"],
    ]
    lines = [",".join(["1980", *row, *[""] * (39 - len(row))]) for row in rows]
    return "\n".join([",".join(["s.year", *states]), *lines]) + "\n"


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return tmp_path


def build(copy, table, *files):
    return subprocess.run(
        [sys.executable, copy / "data" / "evidence" / "build.py", table, *files],
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("table", UPSTREAM)
def test_a_table_is_made_from_its_upstream_file(copy, table):
    name, text, expected = UPSTREAM[table]
    upstream = copy / name
    upstream.write_text(text or exercises_upstream(), encoding="utf-8")
    done = build(copy, table, upstream)
    assert done.returncode == 0, done.stderr
    made = copy / "data" / data.resource(table)["path"]
    assert made.read_text(encoding="utf-8") == expected


@pytest.mark.parametrize("table", UPSTREAM)
def test_an_upstream_file_of_another_form_changes_nothing(copy, table):
    name, text, _ = UPSTREAM[table]
    upstream = copy / name
    head, rest = (text or exercises_upstream()).split("\n", 1)
    upstream.write_text(head.replace(head.split(",")[0], "renamed", 1) + "\n" + rest)
    made = copy / "data" / data.resource(table)["path"]
    before = made.read_bytes()
    done = build(copy, table, upstream)
    assert done.returncode == 1
    assert f"{upstream}, row 1: expected the columns" in done.stderr
    assert "Traceback" not in done.stderr
    assert made.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("740,JPN,2024,101,7,6,8", "row 2, column IdealPointFP: expected a number from -6 to 6"),
        ("740,JPN,20x4,101,0.8,0.6,0.9", "row 2, column year: expected a number from 1945"),
        ("740,JPN,2024,101,0.8,0.6,0.9\n740,JPN,2024,9,0.8,0.6,0.9", "found two: JPN, 2024"),
        ("1,XXX,2024,101,0.8,0.6,0.9", "expected rows on countries of the book, found none"),
    ],
)
def test_upstream_values_out_of_range_are_named(copy, line, message):
    upstream = copy / "ideal.csv"
    head = "ccode,iso3c,year,NVotesFP,IdealPointFP,Q5%FP,Q95%FP"
    upstream.write_text(f"{head}\n{line}\n", encoding="utf-8")
    done = build(copy, "un_ideal_points", upstream)
    assert done.returncode == 1
    assert message in done.stderr and "Traceback" not in done.stderr


def test_agreement_is_made_from_roll_calls(copy):
    import rdata

    # five roll calls of 2019: Japan against the United States 0, 1, 1, 0.5, 0.5 alike
    ballots = {
        "Japan": ["yes", "abstain", "no", "yes", "abstain"],
        "United States": ["no", "abstain", "no", "abstain", "yes"],
        "Canada": ["yes", "abstain", "no", "yes", "yes"],
        "China": ["no", "yes", "yes", "no", "no"],
    }
    others = ["Australia", "South Korea", "India", "Russia"]
    ballots |= {name: ["yes"] * 5 for name in others}
    rows = [
        (call, name, "XX", vote)
        for name, votes in ballots.items()
        for call, vote in enumerate(votes, start=1)
    ]
    cast = pd.DataFrame(rows, columns=["rcid", "country", "country_code", "vote"])
    calls = pd.DataFrame({"rcid": range(1, 6), "date": [17897.0] * 5})
    issues = pd.DataFrame({"rcid": range(1, 6), "issue": ["Human rights"] * 5})
    files = []
    for name, frame in [("votes", cast), ("calls", calls), ("issues", issues)]:
        files.append(copy / f"{name}.rda")
        rdata.write_rda(files[-1], {name: frame})
    folder = copy / "data" / "evidence" / "un-voting"

    assert build(copy, "un_agreement", *files[:2]).returncode == 0
    assert (folder / "un_agreement.csv").read_text().splitlines() == [
        "iso3,year,agreement,votes",
        "CAN,2019,90.0,5",
        "CHN,2019,20.0,5",
        "RUS,2019,60.0,5",
        "USA,2019,60.0,5",
    ]
    assert build(copy, "un_agreement_allies", *files[:2]).returncode == 0
    means = (folder / "un_agreement_allies.csv").read_text().splitlines()
    assert "JPN,2019,90.0,1" in means  # Canada alone: the United States is left out
    assert build(copy, "un_agreement_issues", *files).returncode == 0
    by_issue = (folder / "un_agreement_issues.csv").read_text().splitlines()
    assert "Human rights,2010,USA,60.0,5" in by_issue

    before = (folder / "un_agreement.csv").read_bytes()
    rdata.write_rda(files[0], {"votes": cast[cast["country"] != "India"]})
    done = build(copy, "un_agreement", *files[:2])
    assert done.returncode == 1 and "expected votes of IND, found none" in done.stderr
    files[0].write_bytes(b"not a file of R")
    done = build(copy, "un_agreement", *files[:2])
    assert done.returncode == 1 and "expected a data file of R" in done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "un_agreement.csv").read_bytes() == before


def test_the_script_knows_every_drawn_table():
    made = subprocess.run(
        [sys.executable, ROOT / "data" / "evidence" / "build.py"], capture_output=True, text=True
    ).stdout
    own = {"comparison_countries", "tests", "choices", "unreasonable"}
    for entry in data.tables():
        if entry["path"].startswith("evidence/") and entry["name"] not in own:
            assert f"\n{entry['name']} " in made
            assert {"citation", "retrieved", "transformation", "release"} <= set(entry)


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            "evidence/un-voting/un_ideal_points.csv",
            "0.796,0.654,",
            "0.796,0.9,",
            "column ideal_point",
        ),
        ("evidence/peacekeeping/peacekeeping_monthly.csv", ",683\n", ",684\n", "column total"),
        ("evidence/diet/diet_elections.csv", "467,298,", "467,468,", "column seats"),
        (
            "evidence/tests.csv",
            "introduction challenges",
            "introduction futures",
            "column sections",
        ),
    ],
)
def test_evidence_that_cannot_be_is_refused(copy, monkeypatch, path, old, new, message):
    monkeypatch.setattr(data, "DATA", copy / "data")
    table = copy / "data" / path
    text = table.read_text(encoding="utf-8")
    assert old in text
    table.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(path in fault and message in fault for fault in faults_of(path))


def test_no_table_of_a_forbidden_licence():
    text = json.dumps(data.package())
    columns = {f["name"] for e in data.tables() for f in e["schema"]["fields"]}
    assert not any(name.startswith("fh_") or "const" in name for name in columns)
    assert all(e["licenses"][0]["name"] for e in data.package()["resources"])
    assert "NC" not in re.findall(r'"name": "CC-BY-(\w+)', text)
