"""All reasonable analyses of each test: choices, defaults, outcomes made by hand, shares in words."""

import csv
import math
import random
import statistics

import nbformat
import pandas as pd
import pytest
from browser import enliven, visit
from nato_japan import data, evidence, multiverse, render

from conftest import BOOK, ROOT, page, stored

TESTS = data.load("tests").set_index("test_id")
CHOICES = data.load("choices")
OUTCOMES = data.load("multiverse")
CELLS = [
    cell
    for cell in nbformat.read(BOOK / "multiverse.ipynb", as_version=4).cells
    if cell.cell_type == "code"
]


def plain(tag):
    """The text of a tag with single spaces and straight quotes."""
    return " ".join(tag.get_text().split()).replace("’", "'")


def options(row):
    """The options of a row of multiverse.csv, by choice."""
    return dict(part.split("=") for part in row.options.split("; "))


def counts(test_id):
    """In how many analyses a test holds, and of how many, counted in the file itself."""
    with (data.DATA / "results" / "multiverse.csv").open(newline="") as file:
        rows = [row["holds"] for row in csv.DictReader(file) if row["test_id"] == test_id]
    return rows.count("yes"), len(rows)


# the choices


@pytest.mark.parametrize("test_id", TESTS.index)
def test_each_test_has_choices_with_one_default_and_enough_analyses(test_id):
    rows = CHOICES[CHOICES["test_id"] == test_id]
    by_choice = rows.groupby("choice")
    assert len(by_choice) >= 2
    assert (by_choice["default"].agg(lambda own: own.eq("yes").sum()) == 1).all()
    assert (by_choice.size() >= 2).all()
    assert (OUTCOMES["test_id"] == test_id).sum() >= 8


@pytest.mark.parametrize("test_id", TESTS.index)
def test_the_outcomes_are_all_combinations_but_those_left_out(test_id):
    ours = CHOICES[CHOICES["test_id"] == test_id].groupby("choice")["option"].agg(set)
    rows = OUTCOMES[OUTCOMES["test_id"] == test_id]
    found = pd.DataFrame([options(row) for row in rows.itertuples()])
    assert set(found.columns) == set(ours.index)
    for choice, known in ours.items():
        assert set(found[choice]) == known  # no option is left out altogether
    assert not found.duplicated().any()
    left_out = data.load("unreasonable").query("test_id == @test_id")["combination"]
    for rule in left_out:
        assert found.query(rule, engine="python").empty
    every = math.prod(map(len, ours))
    assert len(found) == every if left_out.empty else len(found) < every


@pytest.mark.parametrize("test_id", TESTS.index)
def test_the_defaults_give_what_the_pages_of_the_tests_say(test_id):
    row = OUTCOMES[(OUTCOMES["test_id"] == test_id) & (OUTCOMES["universe"] == 1)].iloc[0]
    own = CHOICES[(CHOICES["test_id"] == test_id) & (CHOICES["default"] == "yes")]
    assert options(row) == dict(zip(own["choice"], own["option"], strict=True))
    results = data.load(evidence.results_table(TESTS.loc[test_id, "page"]))
    result = results.set_index("test_id").loc[test_id]
    assert row["statistic"] == result["estimate"]
    for end, interval in {"low": "interval_low", "high": "interval_high"}.items():
        if pd.notna(result.get(interval)):
            assert row[end] == result[interval]
    assert row["holds"] == "yes" or TESTS.loc[test_id, "bearing"] != "yes"
    assert row["holds"] == "no" or TESTS.loc[test_id, "bearing"] != "no"


def test_the_table_is_what_the_notebook_computes():
    names: dict = {}
    for cell in CELLS:
        if cell.id == "shares-data":
            break
        if not cell.id.startswith("chart-"):
            exec(compile(cell.source, cell.id, "exec"), names)
    found = multiverse.rows(names["outcomes"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        found.astype({"universe": "Int64"}), OUTCOMES, check_dtype=False, rtol=0, atol=1e-4
    )


# by hand, from the files of data/evidence, without pandas


def read(path):
    with (data.DATA / path).open(newline="") as file:
        return list(csv.DictReader(file))


def path(name):
    return data.resource(name)["path"]


JOINED = {row["iso3"]: int(row["accession_date"][:4]) for row in read(path("members"))}


def ally(row, which):
    limit = int(row["year"]) if which == "of the year" else int(which[-4:])
    return JOINED.get(row["iso3"], 9999) <= limit


def light_burden(year, allies, united_states, criterion):
    rows = [row for row in read(path("military_expenditure")) if row["year"] == year]
    (japan,) = [float(row["share_of_gdp"]) for row in rows if row["iso3"] == "JPN"]
    others = sorted(
        float(row["share_of_gdp"])
        for row in rows
        if ally(row, allies) and (united_states == "with" or row["iso3"] != "USA")
    )
    limit = {
        "below the median": statistics.median(others),
        "below the mean": statistics.fmean(others),
        "in the lowest quarter": statistics.quantiles(others, n=4, method="inclusive")[0],
    }[criterion]
    return japan, japan < limit


def shared_votes(allies, united_states, centre, window, against):
    first, last = {
        "2010s": (2010, 2019),
        "2000s": (2000, 2009),
        "1990s": (1990, 1999),
        "2009 to 2013": (2009, 2013),
    }[window]
    rows = [row for row in read(path("un_agreement")) if first <= int(row["year"]) <= last]
    code = {"China": "CHN", "Russia": "RUS"}[against]
    other = statistics.fmean(float(row["agreement"]) for row in rows if row["iso3"] == code)
    by_year = {}
    for row in rows:
        states = {"with": True, "without": row["iso3"] != "USA", "alone": row["iso3"] == "USA"}
        if ally(row, allies) and states[united_states]:
            by_year.setdefault(row["year"], []).append(float(row["agreement"]))
    middle = {"mean": statistics.fmean, "median": statistics.median}[centre]
    found = statistics.fmean(map(middle, by_year.values()))
    return found, found > other


def shared_rights(decade, united_states, centre, gap):
    rows = {
        row["iso3"]: float(row["agreement"])
        for row in read(path("un_agreement_issues"))
        if row["issue"] == "Human rights" and row["decade"] == decade[:4]
    }
    china = rows.pop("CHN")
    if united_states == "without":
        del rows["USA"]
    found = {"mean": statistics.fmean, "median": statistics.median}[centre](rows.values())
    return found, found - china > {"any": 0, "10 points": 10, "20 points": 20}[gap]


def second_road(years, rimpac, criterion):
    first, last = (int(year) for year in years.split(" to "))
    there = alone = 0
    for row in read(path("exercises")):
        year, number = int(row["year"]), int(row["exercises"])
        if first <= year <= last and (rimpac != "odd years only" or year % 2):
            there += number * (row["partners"] == "another ally and the United States")
            alone += number * (row["partners"] == "another ally")
    if rimpac == "left out":
        there -= sum(year % 2 == 0 and year != 2000 for year in range(first, last + 1))
    share = there / (there + alone)
    return 100 * share, share > {"half": 0.5, "three quarters": 0.75, "nine tenths": 0.9}[criterion]


def piracy(base, measure, against, criterion):
    at = {(row["year"], row["region"]): int(row[measure]) for row in read(path("piracy"))}
    here, there = "Gulf of Aden and Somali Basin", "elsewhere"
    growth = at["2008", here] / at[base, here]
    if against == "the rest of the world":
        growth /= at["2008", there] / at[base, there]
    return growth, growth > {"rose": 1, "doubled": 2}[criterion]


BY_HAND = {
    "shared-votes": shared_votes,
    "shared-rights": shared_rights,
    "light-burden": light_burden,
    "second-road": second_road,
    "piracy": piracy,
}


@pytest.mark.parametrize("test_id", BY_HAND)
def test_analyses_picked_at_random_agree_with_those_made_by_hand(test_id):
    rows = list(OUTCOMES[OUTCOMES["test_id"] == test_id].itertuples())
    for row in random.sample(rows, 12):  # others on each run: all must agree
        found, holds = BY_HAND[test_id](**options(row))
        assert found == pytest.approx(row.statistic, abs=6e-5), row.options
        assert holds == (row.holds == "yes"), row.options


# the words


def curve(*holds):
    """Outcomes of two choices, in the order a/c, a/d, b/c, b/d."""
    names = [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")]
    frame = pd.DataFrame(names, columns=["united_states", "wait"])
    return frame.assign(statistic=1.0, low=None, high=None, holds=holds)


@pytest.mark.parametrize(
    ("holds", "words"),
    [
        ((True,) * 4, "all 4 reasonable analyses"),
        ((False,) * 4, "none of 4 reasonable analyses"),
        (
            (False, False, True, True),
            "2 of 4 reasonable analyses; it falls only under “United States: a”, there in 2 of 2",
        ),
        (
            (True, False, True, True),
            "3 of 4 reasonable analyses; it falls only under “United States: a”, there in 1 of 2",
        ),
        (
            (True, False, False, True),
            "2 of 4 reasonable analyses; most hangs on one choice: it holds in 1 of 2 under "
            "“United States: a”, in 1 of 2 under “United States: b”",
        ),
    ],
)
def test_a_share_says_what_it_hangs_on(holds, words):
    assert multiverse.in_words(curve(*holds)) == words


@pytest.mark.parametrize("test_id", TESTS.index)
def test_the_page_says_in_how_many_analyses_a_test_holds(test_id):
    holds, of = counts(test_id)
    figure = page("multiverse").find(id=f"fig-multiverse-{test_id}")
    section = plain(figure.find_parent("section"))
    share = {0: "none of", of: "all"}.get(holds, f"{holds} of")
    assert f"The statement holds in {share} {of} reasonable analyses" in section
    assert "probab" not in section


@pytest.mark.parametrize("test_id", TESTS.index)
def test_no_verdict_stands_without_its_share(test_id):
    holds, of = counts(test_id)
    row = TESTS.loc[test_id]
    boxes = [plain(box) for box in page(row["page"]).select(".admonition.test")]
    (box,) = [text for text in boxes if row["hypothesis"] in text]
    assert f"{holds} of {of} reasonable analyses" in box
    assert (evidence.FALLS_OFTEN in box) == (3 * (of - holds) > of)
    for section in row["sections"].split():
        table = page(section).select_one(f"table#tab-{section}-tests")
        (line,) = [plain(tr) for tr in table.select("tr") if row["hypothesis"] in plain(tr)]
        assert f"{holds} of {of} reasonable analyses" in line
        assert (evidence.FALLS_OFTEN in line) == (3 * (of - holds) > of)


# the charts


def test_the_shares_are_sorted_and_those_of_the_table():
    rows = max(
        stored("multiverse", "chart-multiverse-shares", render.VEGALITE)["datasets"].values(),
        key=len,
    )
    assert [row["words"] for row in rows] == [
        "{} of {}".format(*counts(row["test"].replace(" ", "-"))) for row in rows
    ]
    assert len(rows) == len(TESTS)
    assert [row["share"] for row in rows] == sorted((row["share"] for row in rows), reverse=True)


def test_an_option_of_yours_is_added_and_a_choice_that_is_none_refused():
    known = multiverse.combinations("piracy")
    more = multiverse.combinations("piracy", {"base": ["1999"]})
    assert len(more) > len(known)
    assert set(more["base"]) - set(known["base"]) == {"1999"}
    with pytest.raises(KeyError):
        multiverse.combinations("piracy", {"colour": ["red"]})


def test_a_reader_lights_an_analysis(browser):
    tab, faults, _ = visit(browser, "multiverse")
    enliven(tab, "#fig-multiverse-shared-votes")
    chart = tab.locator("#fig-multiverse-shared-votes")
    rows = OUTCOMES[OUTCOMES["test_id"] == "shared-votes"]
    words = chart.locator("svg text", has_text="The choices lit")
    assert f"{rows['statistic'].iloc[0]:.4g}, it holds" in words.text_content()
    chart.get_by_role("radio", name="alone").check()
    lit = next(row for row in rows.itertuples() if options(row)["united_states"] == "alone")
    tab.wait_for_function("e => e.textContent.includes('it falls')", arg=words.element_handle())
    assert f"{lit.statistic:.4g}, it falls" in words.text_content()
    chart.get_by_role("radio", name="median").check()  # of a single state: no analysis of its own
    chart.locator("svg text", has_text="Left out").wait_for()
    assert faults == []
    tab.context.close()


def test_the_readme_says_how_to_add_a_choice():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "`try-your-own`" in text
    assert "try-your-own" in {cell.id for cell in CELLS}
