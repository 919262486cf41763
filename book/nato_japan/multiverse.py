"""All reasonable analyses of a test: the combinations of its choices, in how many it holds, their curve.

The choices are in ``choices.csv``, what is left out in ``unreasonable.csv``. A test is a function
that takes the option of each choice by name and returns ``statistic`` and ``holds``, and ``low``
and ``high`` where it has an interval. Every analysis counts the same: a share of them is no
probability.
"""

import json
from collections.abc import Callable
from itertools import product

import altair as alt
import pandas as pd

from nato_japan import charts, data

HOLDS = {"holds": "record", "falls": "paper"}
STEP = 15  # px, of a row of options


def choices(test_id: str, more: dict[str, list[str]] | None = None) -> dict[str, list[str]]:
    """The options of each choice of a test, the book's own first; ``more`` adds options of yours.

    Raises DataError for a choice without one option of the book's own, KeyError for ``more`` of a
    choice that the test does not have.
    """
    rows = data.load("choices").query("test_id == @test_id")
    options = {}
    for name, group in rows.groupby("choice", sort=False):
        own = group["default"] == "yes"
        if own.sum() != 1:
            raise data.DataError(f"{test_id}, {name}: expected one default, found {own.sum()}")
        options[name] = [*group.loc[own, "option"], *group.loc[~own, "option"]]
    for name, added in (more or {}).items():
        options[name] += added
    return options


def combinations(test_id: str, more: dict[str, list[str]] | None = None) -> pd.DataFrame:
    """Every reasonable combination of the options of a test, a column of text for each choice.

    The first row is the book's own. Raises DataError for a rule of ``unreasonable.csv`` that
    leaves nothing out.
    """
    options = choices(test_id, more)
    frame = pd.DataFrame(product(*options.values()), columns=list(options))
    for rule in data.load("unreasonable").query("test_id == @test_id")["combination"]:
        unreasonable = frame.eval(rule, engine="python")
        if not unreasonable.any():
            raise data.DataError(f"{test_id}: expected a combination to leave out by {rule!r}")
        frame = frame[~unreasonable]
    return frame.reset_index(drop=True)


def analyse(test_id: str, test: Callable[..., dict], **more: list[str]) -> pd.DataFrame:
    """Run a test in every reasonable combination of its choices.

    ``test``: takes the options by name, returns ``statistic`` (a number), ``holds`` (whether the
    hypothesis does) and perhaps ``low`` and ``high``. ``more``: options to add to a choice, as in
    ``gap=["30 points"]``. Returns a row for each combination: the choices, and what it returned.
    """
    universes = combinations(test_id, more)
    found = [test(**universe) for universe in universes.to_dict("records")]
    found = pd.DataFrame(found).reindex(columns=["statistic", "low", "high", "holds"])
    found[["statistic", "low", "high"]] = found[["statistic", "low", "high"]].astype(float).round(4)
    found["holds"] = found["holds"].astype(bool)
    return universes.join(found)


def chosen(outcomes: pd.DataFrame) -> list[str]:
    """The choices of a frame from ``analyse``."""
    return outcomes.columns[: outcomes.columns.get_loc("statistic")].tolist()


def rows(outcomes: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The outcomes of all tests, by id, as the rows of multiverse.csv."""
    parts = []
    for test_id, frame in outcomes.items():
        named = [frame[name].radd(f"{name}=") for name in chosen(frame)]
        options = pd.concat(named, axis="columns").agg("; ".join, axis="columns")
        part = frame.assign(test_id=test_id, universe=frame.index + 1, options=options)
        parts.append(part.assign(holds=frame["holds"].map({True: "yes", False: "no"})))
    columns = ["test_id", "universe", "options", "statistic", "low", "high", "holds"]
    return pd.concat([part[columns].astype({"low": float, "high": float}) for part in parts])


def shares(outcomes: pd.DataFrame, choice: str) -> pd.DataFrame:
    """In how many analyses a test holds, by the options of a choice: option, holds, of."""
    found = outcomes.groupby(choice, sort=False)["holds"].agg(["sum", "size"])
    return found.set_axis(["holds", "of"], axis="columns").rename_axis("option").reset_index()


def weightiest(outcomes: pd.DataFrame) -> str:
    """The choice that matters most: between whose options the share that holds differs most."""

    def spread(choice: str) -> float:
        found = shares(outcomes, choice)
        return float((found["holds"] / found["of"]).agg(lambda share: share.max() - share.min()))

    return max(chosen(outcomes), key=spread)


def in_words(outcomes: pd.DataFrame) -> str:
    """In how many analyses a test holds, and what that hangs on, as the end of a sentence."""
    holds, of = int(outcomes["holds"].sum()), len(outcomes)
    if holds in (0, of):
        return f"{'all' if holds else 'none of'} {of} reasonable analyses"
    choice = weightiest(outcomes)
    found = shares(outcomes, choice)
    found["words"] = [f"“{label(choice)}: {option}”" for option in found["option"]]
    share = f"{holds} of {of} reasonable analyses"
    falls = found[found["holds"] < found["of"]]
    if len(falls) < len(found):
        there = f"{of - holds} of {falls['of'].sum()}"
        return f"{share}; it falls only under {' or '.join(falls['words'])}, there in {there}"
    best, *_, worst = found.sort_values("holds", key=lambda n: -n / found["of"]).to_dict("records")
    return (
        f"{share}; most hangs on one choice: it holds in {best['holds']} of {best['of']} under "
        f"{best['words']}, in {worst['holds'] or 'none'} of {worst['of']} under {worst['words']}"
    )


def label(choice: str) -> str:
    """The name of a choice as readers see it."""
    names = {"united_states": "United States", "rimpac": "RIMPAC"}
    return names.get(choice, choice.replace("_", " "))


def specification_curve(outcomes: pd.DataFrame, title: str) -> alt.VConcatChart:
    """All analyses of a test in the order of their statistic, and below each the options it took.

    ``outcomes``: from ``analyse``; ``title``: what the statistic is, with its unit. The reader sets
    an option of each choice, and the analysis that takes them is lit; at first the book's own.
    """
    names = chosen(outcomes)
    own = outcomes.loc[0]
    ordered = outcomes.sort_values(["statistic", "holds", *names], ignore_index=True)
    ordered["holds"] = ordered["holds"].map({True: "holds", False: "falls"})
    if ordered["low"].isna().all():
        ordered = ordered.drop(columns=["low", "high"])
    ordered = ordered.rename_axis("place").reset_index()
    options = {name: list(dict.fromkeys(outcomes[name])) for name in names}
    pickers = [
        charts.selector(
            f"pick_{name}", label(name)[0].upper() + label(name)[1:], options[name], first=own[name]
        )
        for name in names
    ]
    lit = " && ".join(f"datum.{name} == pick_{name}" for name in names)
    base = alt.Chart(ordered)
    across = alt.X("place:Q", axis=None).scale(domain=[-1, len(ordered)], nice=False)
    up = alt.Y("statistic:Q", title=title, axis=alt.Axis(tickCount=5, format=".4~r")).scale(
        zero=False
    )
    hue = charts.colour("holds", HOLDS, legend=None)
    width = charts.WIDTH - 190
    room = width / (len(ordered) + 1)  # px, of an analysis
    points = base.mark_point(size=min(7, 0.8 * room) ** 2, shape="square", strokeWidth=1).encode(
        x=across,
        y=up,
        color=hue,
        stroke=charts.stroke_like(hue),
        fillOpacity=alt.condition("datum.holds == 'holds'", alt.value(1), alt.value(0.05)),
        tooltip=["statistic", "holds", *names],
    )
    line = base.transform_filter(lit).mark_rule(color=charts.INK, strokeWidth=1.5)
    line = line.encode(x=across)
    words = (
        base.transform_calculate(here=f"{lit} ? 1 : 0", value=f"{lit} ? datum.statistic : null")
        .transform_calculate(yes="datum.here && datum.holds == 'holds' ? 1 : 0")
        .transform_aggregate(n="sum(here)", yes="sum(yes)", value="max(value)")
        .transform_calculate(
            text="datum.n == 0 ? 'Left out: no reasonable analysis' : "
            "'The choices lit: ' + format(datum.value, '.4~r') + ', '"
            " + (datum.yes ? 'it holds' : 'it falls')"
        )
        .mark_text(align="left", baseline="bottom", fontWeight="bold", fontSize=12.5)
        .encode(x=alt.value(0), y=alt.value(-7), text="text:N")
    )
    layers = [points, line, words]
    if "low" in ordered:
        bounds = base.mark_rule(opacity=0.45).encode(
            x=across, y=alt.Y("low:Q", title=title).scale(zero=False), y2="high", color=hue
        )
        layers.insert(0, bounds)
    labels = json.dumps({name: label(name) for name in names})
    row = f"{labels}[datum.choice] + ': ' + datum.option"
    order = [f"{label(name)}: {option}" for name in names for option in options[name]]
    down = alt.Y("row:N", title=None, sort=order, axis=alt.Axis(grid=True, domain=False))
    # one broken line a row, not a mark for each analysis: a tenth of the bytes in print
    grid = (
        base.transform_fold(names, as_=["choice", "option"])
        .transform_calculate(row=row, end="[0, 1, 2]")
        .transform_flatten(["end"])
        .transform_calculate(
            x="datum.end == 2 ? null : datum.place + 0.7 * (datum.end - 0.5)",
            order="3 * datum.place + datum.end",
        )
    )
    ticks = grid.mark_line(
        strokeWidth=10, strokeCap="butt", opacity=0.75, invalid="break-paths-show-domains"
    ).encode(
        x=alt.X("x:Q", axis=None, scale=across["scale"]),
        y=down.scale(domain=order),
        color=hue,
        detail="row:N",
        order="order:Q",
    )
    below = alt.layer(ticks, line).properties(width=width, height=STEP * len(order))
    above = alt.layer(*layers).properties(width=width, height=150)
    return alt.vconcat(above, below, spacing=8).add_params(*pickers)


def describe(outcomes: pd.DataFrame, what: str) -> str:
    """The curve in words, as the alternative text of a chart."""
    low, high = outcomes["statistic"].min(), outcomes["statistic"].max()
    holds = outcomes["holds"]
    ours = "holds" if outcomes.loc[0, "holds"] else "falls"
    return (
        f"{len(outcomes)} analyses in the order of {what}, from {low:,.4g} to {high:,.4g}; in "
        f"{holds.sum()} the statement holds. In the book's own it {ours}. Below each the options."
    )
