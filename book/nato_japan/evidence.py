"""What open data say to the paper's causal statements: groups, tests, and their results in words."""

import math

import numpy as np
import pandas as pd

from nato_japan import data, record, render

SEED = 1949  # of the resampling, so that a run gives the same intervals
LAW = "1992-06"  # the law on peace cooperation passed
SHOCKS = (1991, 2001)  # the end of the Soviet Union, the attacks of 11 September
MARGIN = 3  # observations on both sides of a step


def accession() -> pd.Series:
    """The year in which each ally joined, by its ISO code."""
    members = data.load("members").set_index("iso3")["accession_date"]
    return members.str[:4].astype(int)


def is_ally(frame: pd.DataFrame) -> pd.Series:
    """Whether the row's country (``iso3``) was a member of NATO in the row's ``year``."""
    return frame["year"] >= frame["iso3"].map(accession()).fillna(9999)


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Add ``country`` and ``group`` to rows with ``iso3``."""
    names = data.load("comparison_countries")[["iso3", "country", "group"]]
    return frame.merge(names, on="iso3", how="left", validate="m:1")


def interval(values: pd.Series, statistic=np.mean) -> tuple[float, float]:
    """A bootstrap interval (95 %, percentiles, resampling the members of the group)."""
    from scipy.stats import bootstrap

    found = bootstrap(
        (values.dropna().to_numpy(float),),
        statistic,
        n_resamples=5000,
        method="percentile",
        rng=np.random.default_rng(SEED),
    )
    return found.confidence_interval.low, found.confidence_interval.high


def step(counts: pd.Series, shuffles: int = 4999) -> dict[str, object]:
    """The one step that best explains counts in order of time.

    A step in the mean of a Poisson distribution is tried at each place that leaves three
    observations on both sides; the best has the highest likelihood ratio against no step.
    Returns ``at`` (its label in the index), ``before`` and ``after`` (means) and ``p``: the
    share of shuffled series with a step as good. Shuffling treats years as independent.
    """
    from scipy.stats import permutation_test

    values = counts.to_numpy(float)
    at, before, after = best_split(counts)
    shuffled = permutation_test(
        (values,),
        lambda x: _likelihood_ratios(x).max(),
        permutation_type="pairings",
        n_resamples=shuffles,
        alternative="greater",
        vectorized=False,
        rng=np.random.default_rng(SEED),
    )
    return {"at": at, "before": before, "after": after, "p": shuffled.pvalue}


def best_split(counts: pd.Series) -> tuple[object, float, float]:
    """Where one step splits a series of counts best, and the means before and after it."""
    values = counts.to_numpy(float)
    place = int(np.argmax(_likelihood_ratios(values))) + MARGIN
    return counts.index[place], values[:place].mean(), values[place:].mean()


def _likelihood_ratios(values: np.ndarray) -> np.ndarray:
    """The likelihood ratio of a step in a Poisson mean, at each place that is tried."""
    from scipy.special import xlogy

    places = np.arange(MARGIN, len(values) - MARGIN + 1)
    sums, n = np.cumsum(values), len(values)
    before, total = sums[places - 1], sums[-1]
    after = total - before
    fit = xlogy(before, before / places) + xlogy(after, after / (n - places))
    return 2 * (fit - xlogy(total, total / n))


def places(values: pd.Series, of: str = "JPN") -> tuple[int, int]:
    """The rank of one country from the top, and the number of countries ranked."""
    values = values.dropna()
    return int((values > values[of]).sum()) + 1, len(values)


def by_decade(frame: pd.DataFrame) -> pd.Series:
    """The mean of ``agreement`` over the years of each decade."""
    return frame.groupby(frame["year"] // 10 * 10)["agreement"].mean()


def agreement() -> pd.DataFrame:
    """Agreement of Japan in the UN General Assembly by year, in per cent.

    Columns year, whom, agreement, low, high: the allies with and without the United States
    (means over the members of the year, with bootstrap intervals over members), the United
    States, China and Russia.
    """
    pairs = data.load("un_agreement")
    allies = pairs[is_ally(pairs)]
    rows = []
    for whom, frame in {
        "allies without the United States": allies[allies["iso3"] != "USA"],
        "allies with the United States": allies,
    }.items():
        for year, group in frame.groupby("year"):
            low, high = interval(group["agreement"])
            rows.append((year, whom, group["agreement"].mean(), low, high))
    means = pd.DataFrame(rows, columns=["year", "whom", "agreement", "low", "high"])
    single = {"USA": "United States", "CHN": "China", "RUS": "Russia"}
    others = pairs[pairs["iso3"].isin(single)].assign(whom=pairs["iso3"].map(single))
    return pd.concat([means, others[["year", "whom", "agreement"]]], ignore_index=True)


def issues() -> pd.DataFrame:
    """Agreement of Japan by issue and decade: the allies without the United States, and others.

    Columns issue, decade, whom, agreement, low, high (bootstrap over allies).
    """
    pairs = data.load("un_agreement_issues")
    others = {"USA": "United States", "CHN": "China"}
    rows = []
    for (issue, decade), group in pairs[~pairs["iso3"].isin(others)].groupby(["issue", "decade"]):
        if len(group) > 2:
            low, high = interval(group["agreement"])
            rows.append((issue, decade, "allies", group["agreement"].mean(), low, high))
    means = pd.DataFrame(rows, columns=["issue", "decade", "whom", "agreement", "low", "high"])
    single = pairs[pairs["iso3"].isin(others)].assign(whom=pairs["iso3"].map(others))
    columns = ["issue", "decade", "whom", "agreement"]
    return pd.concat([means, single[columns]], ignore_index=True)


def spread(table: str, column: str) -> pd.DataFrame:
    """The allies of each year: year, least, lower, median, upper (quartiles), most, allies."""
    frame = data.load(table)
    group = frame[is_ally(frame)].groupby("year")[column]
    found = group.quantile([0, 0.25, 0.5, 0.75, 1]).unstack()
    found.columns = ["least", "lower", "median", "upper", "most"]
    return found.assign(allies=group.size()).reset_index()


def ranks(table: str, column: str) -> pd.DataFrame:
    """Japan's place from the top among the allies, by year: year, place, of (with Japan)."""
    frame = data.load(table)
    frame = frame[is_ally(frame) | frame["iso3"].eq("JPN")]
    rows = [
        (year, *places(group.set_index("iso3")[column]))
        for year, group in frame.groupby("year")
        if "JPN" in set(group["iso3"])
    ]
    return pd.DataFrame(rows, columns=["year", "place", "of"])


def people() -> pd.DataFrame:
    """People in UN peacekeeping against the size of the economy, by country and year.

    Columns of peacekeeping_annual and of gdp, and ``per_economy``: people for each hundred
    billion dollars. An ally that the lists do not name in a year has sent nobody.
    """
    sizes = data.load("gdp")
    sent = data.load("peacekeeping_annual")
    frame = sizes.merge(sent, on=["iso3", "year"], how="left", validate="1:1")
    frame = frame[frame["year"].between(sent["year"].min() + 1, sent["year"].max() - 1)]
    frame = frame[frame["iso3"] != "LVA"]  # the compilers have no file for Latvia
    frame["people"] = frame["people"].fillna(0)
    return frame.assign(per_economy=frame["people"] / frame["gdp"] * 100)


def months() -> pd.Series:
    """People of Japan in UN peacekeeping for each month of the lists, zero where not named."""
    sent = data.load("peacekeeping_monthly").set_index("month")["total"].astype(int)
    first = data.load("peacekeeping_annual")["year"].min()
    span = pd.period_range(f"{first}-11", sent.index.max(), freq="M").strftime("%Y-%m")
    return sent.reindex(span, fill_value=0)


def exercises() -> pd.DataFrame:
    """Exercises by year, a column for each kind of partners; zero where there was none."""
    table = data.load("exercises").pivot_table("exercises", "year", "partners", aggfunc="sum")
    return table.fillna(0).astype(int)


def with_allies() -> pd.Series:
    """Exercises with an ally other than the United States, by year."""
    return exercises().filter(like="another ally").sum(axis="columns")


def troops() -> pd.DataFrame:
    """US personnel by year, columns DEU and JPN."""
    return data.load("us_troops").pivot(index="year", columns="iso3", values="troops").astype(int)


def capabilities() -> pd.DataFrame:
    """Share of the world's capabilities by year, a column for each state."""
    return data.load("capabilities").pivot(index="year", columns="iso3", values="cinc")


def distances() -> pd.DataFrame:
    """Distance of ideal points by year: columns year, pair, distance."""
    points = data.load("un_ideal_points").pivot(index="year", columns="iso3", values="ideal_point")
    pairs = {
        "China and Russia": ("CHN", "RUS"),
        "Japan and China": ("JPN", "CHN"),
        "Japan and Russia": ("JPN", "RUS"),
    }
    found = pd.DataFrame({name: (points[a] - points[b]).abs() for name, (a, b) in pairs.items()})
    return found.rename_axis(columns="pair").stack().rename("distance").reset_index()


def piracy() -> pd.DataFrame:
    """Incidents by year, a column for each region."""
    return data.load("piracy").pivot(index="year", columns="region", values="incidents")


def contacts(last: int | None = None) -> pd.Series:
    """Contacts of Japan and NATO by year, from the record, to ``last``."""
    found = record.contacts().groupby("year").size()
    return found.reindex(range(found.index.min(), (last or found.index.max()) + 1), fill_value=0)


def houses() -> pd.DataFrame:
    """Elections of the Diet with ``coalition`` (seats), ``needed`` (two thirds, rounded up)."""
    frame = data.load("diet_elections")
    frame["coalition"] = frame["ldp_seats"] + frame["partner_seats"].fillna(0)
    frame["needed"] = [math.ceil(2 * seats / 3) for seats in frame["seats"]]
    return frame


def tests(section: str | None = None, page: str | None = None) -> pd.DataFrame:
    """The tests, with ``result``: a computed sentence.

    All, or those that a chapter (``section``) shows, or that are made on a page.
    """
    frame = data.load("tests")
    if section:
        frame = frame[[section in cell.split() for cell in frame["sections"]]]
    if page:
        frame = frame[frame["page"] == page]
    return frame.assign(result=[RESULTS[name]() for name in frame["test_id"]])


def _went(before: float, after: float) -> str:
    """How a figure moved, so that newer data cannot make a sentence false."""
    return "rose" if after > before else "fell" if after < before else "stayed"


def _beside(value: float, other: float) -> str:
    """Where a figure stands against another, with the distance."""
    return f"{abs(value - other):.2f} {'above' if value > other else 'below'}"


def _shared_votes() -> str:
    found = agreement()
    found = found.assign(decade=found["year"] // 10 * 10)
    decade = found["decade"].max()
    last = found[found["decade"] == decade].groupby("whom")["agreement"].mean()
    pairs = data.load("un_agreement")
    pairs = pairs[is_ally(pairs) & (pairs["iso3"] != "USA") & (pairs["year"] >= decade)]
    low, high = interval(pairs.groupby("iso3")["agreement"].mean())
    return (
        f"In the {decade}s Japan agreed with the allies without the United States in "
        f"{last['allies without the United States']:.1f} % of roll calls (interval over allies "
        f"{low:.1f} to {high:.1f}), with China in "
        f"{last['China']:.1f} %, with the United States itself in {last['United States']:.1f} %."
    )


def _shared_rights() -> str:
    found = issues()
    last = found[found["decade"] == found["decade"].max()]
    last = last.pivot(index="issue", columns="whom", values="agreement")
    rights, arms = last.loc["Human rights"], last.loc["Nuclear weapons and nuclear material"]
    return (
        f"In the {found['decade'].max()}s agreement on human rights was {rights['allies']:.1f} % "
        f"with the allies and {rights['China']:.1f} % with China; on nuclear weapons "
        f"{arms['allies']:.1f} % and {arms['China']:.1f} %."
    )


def _like_minded() -> str:
    points = data.load("un_ideal_points")
    last = points["year"].max()
    found = points[points["year"] == last].set_index("iso3")
    now = found["ideal_point"]
    place = ranks("un_ideal_points", "ideal_point").set_index("year").loc[last]
    middle = spread("un_ideal_points", "ideal_point").set_index("year").loc[last, "median"]
    return (
        f"In {last} Japan stood at {now['JPN']:.2f} (bounds {found.loc['JPN', 'low']:.2f} to "
        f"{found.loc['JPN', 'high']:.2f}), place {place['place']} of {place['of']} among "
        f"the allies, {_beside(now['JPN'], middle)} their median and "
        f"{_beside(now['JPN'], now['CHN'])} China."
    )


def _shared_democracy() -> str:
    index = named(data.load("electoral_democracy"))
    last = index["year"].max()
    now = index[index["year"] == last]
    place = ranks("electoral_democracy", "electoral_democracy").set_index("year").loc[last]
    means = now.groupby("group")["electoral_democracy"].mean()
    best = now[now["group"] == "SCO member"]["electoral_democracy"].max()
    below = (now.loc[now["group"] == "ally", "electoral_democracy"] < best).sum()
    return (
        f"In {last} Japan had {means['Japan']:.2f}, place {place['place']} of {place['of']} among "
        f"the allies (mean {means['ally']:.2f}); members of the organisation had "
        f"{means['SCO member']:.2f} in the mean and {best:.2f} at most, "
        f"above {render.number(int(below))} of the allies."
    )


def _counterweight() -> str:
    found = distances().pivot(index="year", columns="pair", values="distance")
    first, last = 2001, found.index.max()  # the year in which the organisation was founded
    return (
        f"From {first} to {last} the distance between China and Russia went from "
        f"{found.loc[first, 'China and Russia']:.2f} to {found.loc[last, 'China and Russia']:.2f}, "
        f"that between Japan and Russia from {found.loc[first, 'Japan and Russia']:.2f} to "
        f"{found.loc[last, 'Japan and Russia']:.2f}, and that between Japan and China from "
        f"{found.loc[first, 'Japan and China']:.2f} to {found.loc[last, 'Japan and China']:.2f}."
    )


def _light_burden() -> str:
    share = data.load("military_expenditure")
    japan = share[share["iso3"] == "JPN"].set_index("year")["share_of_gdp"]
    place = ranks("military_expenditure", "share_of_gdp").set_index("year")
    size = ranks("gdp", "gdp").set_index("year")
    written, last = int(record.WRITTEN[:4]), japan.index.max()
    return (
        f"Japan spent {japan[written]:.2f} % of GDP in {written}, place "
        f"{place.loc[written, 'place']} of {place.loc[written, 'of']}, with the economy in place "
        f"{size.loc[written, 'place']}; in {last} it spent {japan[last]:.2f} %, place "
        f"{place.loc[last, 'place']} of {place.loc[last, 'of']}."
    )


def _peace_people() -> str:
    frame = people()
    years = sorted(frame["year"].unique())
    found = [places(group.set_index("iso3")["per_economy"]) for _, group in frame.groupby("year")]
    lower = sum(place > of / 2 for place, of in found)
    sent = [places(group.set_index("iso3")["people"]) for _, group in frame.groupby("year")]
    upper = sum(place <= of / 2 for place, of in sent)
    return (
        f"For its economy Japan stood in the lower half of the allies in {lower} of "
        f"{len(years)} years, {years[0]} to {years[-1]}; by people alone it stood in the upper "
        f"half in {upper}."
    )


def _law_opens_door() -> str:
    series = months()
    before = series[series.index <= LAW]
    after = series[series.index > LAW]
    first = after[after > 0].index[0]
    sent = data.load("peacekeeping_annual")
    allies = sent[sent["iso3"] != "JPN"].groupby("year")["people"].sum()
    at, low, high = best_split(series)
    some = (before > 0).sum()
    none = "None" if some == 0 else f"{some}"
    place = "there, in" if at[:4] == LAW[:4] else "not there but in"
    return (
        f"{none} of the {len(before)} months before the law has a Japanese in the lists; the first "
        f"is {render.spoken(first)}. After it {100 * (after > 0).mean():.0f} % of the months have some, "
        f"{100 * (after > 100).mean():.0f} % more than a hundred. The single step that "
        f"best splits the months is {place} {render.spoken(at)}, from {low:.0f} to {high:.0f} people. The "
        f"allies' people {_went(allies[1991], allies[1993])} to {allies[1993] / allies[1991]:.1f} "
        f"times their number from 1991 to 1993."
    )


def _second_road() -> str:
    table = exercises()
    allied = table.filter(like="another ally").sum()
    return (
        f"Of {table.to_numpy().sum()} exercises from {table.index.min()} to {table.index.max()}, "
        f"{table['United States alone'].sum()} were with the United States alone and {allied.sum()} "
        f"with another ally, of these {allied['another ally and the United States']} with the "
        f"United States present as well."
    )


def _joint_exercises() -> str:
    found = step(with_allies())
    return (
        f"The best single step is in {found['at']}: {found['before']:.1f} exercises a year before, "
        f"{found['after']:.1f} from then on (p = {found['p']:.4f} by shuffling the years)."
    )


def _rivalry() -> str:
    from scipy.stats import spearmanr

    table = troops()
    change = table.diff().dropna()
    found = spearmanr(change["DEU"], change["JPN"])
    more = table.index[table["JPN"] > table["DEU"]]
    since = more[more > table.index[table["JPN"] < table["DEU"]].max()].min()
    serve = (
        f"Since {since} more Americans serve in Japan than in Germany."
        if len(more) and more.max() == table.index.max()
        else f"In {table.index.max()} more Americans served in Germany than in Japan."
    )
    return (
        f"Yearly changes in the two countries go together at a rank correlation of "
        f"{found.statistic:.2f} (p = {found.pvalue:.2f}), where competition would show as a "
        f"negative one. {serve}"
    )


def _rising_neighbour() -> str:
    share = capabilities()
    ratio = share["CHN"] / share["JPN"]
    first, written, last = 1990, int(record.WRITTEN[:4]), share.index.max()
    return (
        f"China had {ratio[first]:.1f} times Japan's share in {first}, {ratio[written]:.1f} times "
        f"in {written} and {ratio[last]:.1f} times in {last}."
    )


def _piracy() -> str:
    table = piracy()
    gulf, elsewhere = table["Gulf of Aden and Somali Basin"], table["elsewhere"]
    most = gulf.idxmax()
    return (
        f"Incidents {_went(gulf[2006], gulf[2008])} from {gulf[2006]} in 2006 to {gulf[2008]} in "
        f"2008, the year before the dispatch, were most in {most} ({gulf[most]}) and "
        f"{_went(gulf[most], gulf[2014])} to {gulf[2014]} in 2014; elsewhere "
        f"there were {elsewhere[2006]}, {elsewhere[2008]}, {elsewhere[most]} and "
        f"{elsewhere[2014]} in these years."
    )


def _shocks() -> str:
    then = step(contacts(int(record.WRITTEN[:4])))
    now = step(contacts())
    met = [str(year) for year in SHOCKS if year in (then["at"], now["at"])]
    falls = (
        f"A step falls in {' and '.join(met)}."
        if met
        else (f"None falls in {' or '.join(map(str, SHOCKS))}.")
    )
    return (
        f"To the time of the paper the best single step is in {then['at']}, from "
        f"{then['before']:.1f} to {then['after']:.1f} contacts a year (p = {then['p']:.4f}); over "
        f"all years it is in {now['at']}, from {now['before']:.1f} to {now['after']:.1f} "
        f"(p = {now['p']:.4f}). {falls}"
    )


def _amendment() -> str:
    frame = houses()
    lower, upper = (frame[frame["house"] == name] for name in ("lower house", "upper house"))
    reached = (lower["coalition"] >= lower["needed"]).sum()
    above = (upper["coalition"] >= upper["needed"]).sum()
    camp = frame[frame["camp_seats"] >= frame["needed"]]
    return (
        f"The party and its partner had two thirds of the lower house after {reached} of "
        f"{len(lower)} elections and of the upper house in {above or 'none'} of {len(upper)} counts "
        f"since {upper['date'].min()[:4]}; in the press counts that we found a wider camp had it in "
        f"{' and '.join(camp.loc[camp['house'] == 'upper house', 'date'].str[:4])} in the upper "
        f"house and in {' and '.join(camp.loc[camp['house'] == 'lower house', 'date'].str[:4])} in "
        f"the lower."
    )


#: the sentence that each test comes to
RESULTS = {
    "shared-votes": _shared_votes,
    "shared-rights": _shared_rights,
    "like-minded": _like_minded,
    "shared-democracy": _shared_democracy,
    "counterweight": _counterweight,
    "light-burden": _light_burden,
    "peace-people": _peace_people,
    "law-opens-door": _law_opens_door,
    "second-road": _second_road,
    "joint-exercises": _joint_exercises,
    "rivalry": _rivalry,
    "rising-neighbour": _rising_neighbour,
    "piracy": _piracy,
    "shocks": _shocks,
    "amendment": _amendment,
}
