"""How the charts look: theme, the meaning of each colour, and shapes that several chapters use."""

import json
import math
import textwrap

import altair as alt
import pandas as pd

from nato_japan import claims, paper, record, render

#: one meaning for each colour in the whole book; every one has a contrast of at least 3:1 on
#: the light page and on the dark one
COLOURS = {
    **paper.COLOURS,
    "paper": "#8c6d46",
    "record": "#16839f",
    "neutral": "#747a83",
    "out of date": "#85801a",
}

#: which colour tells whether the paper names an event
MENTION = {"named in the paper": "paper", "not named": "record", "after the paper": "neutral"}

#: which colour tells how a statement stands; judgements are pale where they fill cells
STANDING = {
    "confirmed": "record",
    "imprecise": "record",
    "out of date": "out of date",
    "contradicted": "paper",
    "inconsistent": "paper",
    "unverified": "neutral",
    "judgement": "soft",
}

# neutrals; _static/book.css turns them for the dark page, so use no other grey
INK, MUTED, RULE, SOFT, PAGE = "#1f2933", "#5a6672", "#d5dae0", "#e9edf2", "#ffffff"

WHITE = "#fefefe"  # on coloured cells, in both modes; PAGE turns dark
DARK = "#121a22"  # on pale cells, in both modes; INK turns light

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
LETTER = 6.2  # px, of a label
WIDTH = 520  # of the plot; with its labels a chart stays below the 690 px of the text column


@alt.theme.register("book", enable=True)
def theme() -> alt.theme.ThemeConfig:
    """The look of every chart: no title inside the plot, quiet axes, text of 11 px or more."""
    axis = {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "gridColor": RULE,
        "domainColor": RULE,
        "tickColor": RULE,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 320,
        # by default Vega moves the first and last label away from their ticks
        "labelFlush": False,
        "labelSeparation": 8,
    }
    header = {"labelColor": INK, "titleColor": MUTED, "labelFontSize": 12, "titleFontSize": 12}
    return {
        "config": {
            "font": FONT,
            "background": "transparent",
            "view": {"stroke": None, "continuousWidth": WIDTH},
            "axis": axis,
            "header": header,
            "legend": {
                "labelColor": MUTED,
                "titleColor": MUTED,
                "labelFontSize": 12,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
                "orient": "top",
                # leaves room for words at the head of a line
                "offset": 24,
            },
            "text": {"color": INK, "fontSize": 12},
            "rule": {"color": RULE},
            "range": {"category": [COLOURS["paper"], COLOURS["neutral"]]},
            "bar": {"color": COLOURS["paper"]},
            "point": {"color": COLOURS["paper"], "filled": True, "opacity": 1},
        }
    }


alt.renderers.register("book", render.mimebundle)
alt.renderers.enable("book")


def colour(field: str, meaning: dict[str, str], **options: object) -> alt.Color:
    """A colour encoding: ``meaning`` maps values of ``field`` to keys of COLOURS, "soft", "page"."""
    palette = {**COLOURS, "soft": SOFT, "page": PAGE}
    scale = alt.Scale(domain=list(meaning), range=[palette[key] for key in meaning.values()])
    return alt.Color(f"{field}:N", scale=scale, **{"title": None, **options})


def mention_colour(events: pd.DataFrame) -> alt.Color:
    """The colour of events by what the paper says of them, with a legend of what is there."""
    there = set(events["told"])
    return colour("told", {name: key for name, key in MENTION.items() if name in there})


def date_spans(dated: pd.DataFrame) -> pd.DataFrame:
    """Add ``start`` and ``end`` in years to rows with ``date_start`` and ``date_end``.

    A partial ISO date (1979, 2013-04, 2014-05-06) covers its whole year, month or day: 1979
    runs from 1979.0 to 1980.0. Rows without a date are left out.
    """
    dated = dated[dated["date_start"].notna()]
    last = dated["date_end"].fillna(dated["date_start"])
    return dated.assign(
        start=dated["date_start"].map(record.decimal_start), end=last.map(record.decimal_end)
    )


def date_bars(
    dated: pd.DataFrame,
    *,
    rows: str,
    order: list[str],
    domain: list[float],
    description: str,
    colour: alt.Color | None = None,
    width: int = 320,
    over: alt.LayerChart | None = None,
) -> alt.LayerChart:
    """Dates as bars, one row each: a bar is as wide as the date, a dot marks less than a year.

    ``dated``: columns ``start``, ``end`` (from ``date_spans``), ``rows``, ``date_printed`` and the
    field of ``colour``; a click opens ``href``, if there is one. ``over``: marks of other data
    on the same axes, such as ``date_rule``.
    """
    # only what is drawn: columns with gaps of another kind would not be valid JSON
    kept = [rows, "start", "end", "date_printed"]
    if isinstance(colour, alt.Color):
        kept.append(colour["shorthand"].removesuffix(":N"))
    linked = {"href": source_link()} if "href" in dated else {}
    base = alt.Chart(dated[list(dict.fromkeys([*kept, *linked]))]).encode(
        y=alt.Y(f"{rows}:N", title=None, sort=order, axis=alt.Axis(labelLimit=340)),
        color=colour or alt.value(COLOURS["paper"]),
        tooltip=[rows, "date_printed"],
        **linked,
    )
    step = math.ceil((domain[1] - domain[0]) / 9)  # years: labels of more ticks would collide
    ticks = list(range(math.ceil(domain[0]), math.floor(domain[1]) + 1, step))
    axis = alt.Axis(format="d", values=ticks)
    time = alt.X("start:Q", title=None, axis=axis).scale(domain=domain, nice=False)
    narrow = alt.datum.end - alt.datum.start < 0.5
    bars = base.mark_bar(height=14, clip=True).transform_filter(~narrow).encode(x=time, x2="end")
    dots = base.mark_point(filled=True, size=90, opacity=1).transform_filter(narrow).encode(x=time)
    drawn = bars + dots + over if over else bars + dots
    return drawn.properties(width=width, height=28 * len(order), description=description)


def matrix(
    cells: pd.DataFrame,
    *,
    x: str,
    y: str,
    columns: list[str],
    rows: list[str],
    description: str,
    text: str | None = None,
    fill: alt.Color | None = None,
    width: int = 420,
    turned: bool = False,
) -> alt.LayerChart:
    """Filled cells with a text in each, columns labelled on top; empty places stay empty.

    ``turned`` sets the labels of the columns upright, for many or long ones.

    ``cells``: a row for each cell with the columns ``x``, ``y``, ``text`` (a dot where it is
    None) and the field of ``fill``. Cells filled "soft" get dark text. Raises ValueError for a
    cell outside ``columns`` and ``rows``: Vega would draw it over the labels.
    """
    for field, known in [(x, columns), (y, rows)]:
        if beyond := sorted(set(cells[field]) - set(known)):
            raise ValueError(f"expected cells whose {field} is one of {known}, found {beyond}")
    height = 30 if len(rows) <= 12 else 22  # of a row; a long matrix must fit on a page
    longest = max(len(word) for column in columns for word in column.split())
    if not turned:  # a word of a label is not broken
        width = max(width, round(len(columns) * (LETTER * longest + 6)))
    wrapped = {
        column: textwrap.wrap(column, int(width / len(columns) / LETTER)) for column in columns
    }
    lines = max(map(len, wrapped.values()))
    axis = alt.Axis(
        orient="top",
        labelAngle=-90 if turned else 0,
        # Vega lets lines grow down, into the cells
        labelExpr="datum.label" if turned else f"{json.dumps(wrapped)}[datum.label]",
        labelPadding=5 if turned else 5 + 13 * (lines - 1),
        ticks=False,
    )
    base = alt.Chart(cells).encode(
        x=alt.X(f"{x}:N", title=None, sort=columns, axis=axis).scale(domain=columns),
        y=alt.Y(f"{y}:N", title=None, sort=rows).scale(domain=rows),
    )
    fill = fill or alt.value(COLOURS["paper"])
    boxes = base.mark_rect(stroke=PAGE, strokeWidth=3).encode(color=fill)
    marks = base.mark_text(fontSize=14, fontWeight="bold", color=WHITE).encode(
        text=f"{text}:N" if text else alt.value("●")
    )
    scale = fill["scale"] if isinstance(fill, alt.Color) else alt.Scale(domain=[], range=[])
    if SOFT in scale["range"]:
        field = fill["shorthand"].removesuffix(":N")
        pairs = zip(scale["domain"], scale["range"], strict=True)
        soft = [value for value, hue in pairs if hue == SOFT]
        pale = alt.FieldOneOfPredicate(field=field, oneOf=soft)
        marks = marks.encode(color=alt.condition(pale, alt.value(INK), alt.value(WHITE)))
    return (boxes + marks).properties(
        width=width, height=height * len(rows), description=description
    )


def stroke_like(hue: alt.Color) -> alt.Stroke:
    """The outline of marks in the colour of their fill, for those that are hollow."""
    return alt.Stroke(hue["shorthand"], scale=hue["scale"], title=None)


def fill_if_checked() -> dict[str, object]:
    """Marks of rows whose source was not read are hollow: an opacity of the fill."""
    return alt.condition("datum.source_checked == 'no'", alt.value(0.05), alt.value(1))


def source_link() -> dict[str, object]:
    """A click opens the address in the field ``href``, if there is one."""
    return alt.condition("isValid(datum.href)", alt.Href("href:N"), alt.value(None))


def selector(
    name: str, label: str, options: list, first: object = None, every: str = "all"
) -> alt.Parameter:
    """Radio buttons (a drop-down list for more than three options), for expressions by ``name``.

    Without ``first`` the list begins with ``every``, which is null.
    """
    values = options if first else [None, *options]
    labels = [str(option) for option in options] if first else [every, *options]
    bind = alt.binding_radio if len(options) <= 3 else alt.binding_select
    return alt.param(
        name=name, value=first, bind=bind(options=values, labels=labels, name=f"{label} ")
    )


def paper_date_rule() -> alt.LayerChart:
    """A dashed line, with a word at its head, at the time when the paper was written."""
    at = {"at": [record.decimal_end(record.PAPER_DATE)], "text": ["the paper is written"]}
    base = alt.Chart(pd.DataFrame(at))
    x = alt.X("at:Q")
    rule = base.mark_rule(color=MUTED, strokeDash=[4, 3]).encode(x=x)
    words = base.mark_text(align="right", dx=-5, dy=-2, baseline="bottom", color=MUTED)
    return rule + words.encode(x=x, y=alt.value(0), text="text:N")


def event_squares(
    events: pd.DataFrame,
    *,
    rows: str,
    order: list[str],
    domain: list[float],
    description: str,
    over: alt.LayerChart | None = None,
) -> alt.LayerChart:
    """Events as squares in rows on a time axis; those of a row that would overlap are stacked.

    ``events``: from ``record.events``, with the field ``rows``; ``order``: the rows, top to
    bottom; ``over``: marks of other data on the same axes, such as ``date_rule``. A click on a
    square opens its source.
    """
    width = WIDTH - 60
    near = 9 * (domain[1] - domain[0]) / width  # years: squares closer than that would overlap
    shown = events.assign(place=stack_levels(events, rows, near)).rename(
        columns={"source_url": "href"}
    )
    kept = [rows, "told", "when", "place", "title", "date", "href", "source_checked"]
    places = list(range(int(shown["place"].max()) + 1))
    fill = mention_colour(shown)
    step = max(30, 11 * len(places) + 6)
    axis = alt.Axis(format="d", tickCount=8, tickMinStep=1)
    marks = (
        alt.Chart(shown[kept])
        .mark_square(size=64, strokeWidth=1, opacity=1)
        .encode(
            x=alt.X("when:Q", title=None, axis=axis).scale(domain=domain, nice=False),
            y=alt.Y(f"{rows}:N", title=None, sort=order).scale(domain=order),
            yOffset=alt.YOffset("place:O").scale(domain=places[::-1]),
            color=fill,
            stroke=stroke_like(fill),
            fillOpacity=fill_if_checked(),
            href=source_link(),
            tooltip=["title", "date"],
        )
    )
    if domain[0] < record.decimal_end(record.PAPER_DATE) < domain[1]:
        marks = marks + paper_date_rule()
    if over:
        marks = marks + over
    return marks.properties(width=width, height=step * len(order), description=description)


def stack_levels(events: pd.DataFrame, rows: str, near: float) -> pd.Series:
    """Places above each other, from 0 on, so that those of a row less than ``near`` years apart differ."""
    places = pd.Series(0, index=events.index)
    for _, part in events.sort_values("when").groupby(rows):
        last: list[float] = []  # the time at which each level is taken
        for index, when in part["when"].items():
            free = [level for level, taken in enumerate(last) if when - taken >= near]
            level = free[0] if free else len(last)
            last[level : level + 1] = [when]
            places[index] = level
    return places


def date_rule(at: str, words: str, align: str = "left") -> alt.LayerChart:
    """A line with words at its head at an ISO date on the time axis of another chart."""
    base = alt.Chart(pd.DataFrame({"at": [record.decimal_start(at)], "text": [words]}))
    rule = base.mark_rule(color=INK, strokeWidth=1.5).encode(x="at:Q")
    text = base.mark_text(align=align, dx=4 if align == "left" else -4, dy=-2, baseline="bottom")
    return rule + text.encode(x="at:Q", y=alt.value(0), text="text:N")


def _node_columns(links: pd.DataFrame) -> dict[str, int]:
    """The column of each node of a flow: one more than the rightmost node that leads to it."""
    column = dict.fromkeys([*links["source"], *links["target"]], 0)
    for _ in column:  # as many rounds as there are nodes reach the longest path
        for source, target in zip(links["source"], links["target"], strict=True):
            column[target] = max(column[target], column[source] + 1)
    for source in set(links["source"]) - set(links["target"]):  # beside what they lead to
        column[source] = min(column[t] for t in links.loc[links["source"] == source, "target"]) - 1
    return column


def argument_flow(
    nodes: pd.DataFrame, links: pd.DataFrame, description: str, name: str = "pick"
) -> alt.LayerChart:
    """A node-link diagram read from left to right; a node under the pointer keeps its links.

    ``nodes``: columns ``node``, ``label`` and ``group`` (a key of COLOURS); ``links``: columns
    ``source`` and ``target`` (nodes). ``name`` tells the pointers of two flows in one chart apart.
    """
    nodes = nodes.assign(x=nodes["node"].map(_node_columns(links)))
    place = nodes.groupby("x").cumcount()
    spread = nodes.groupby("x")["node"].transform("size")
    nodes["y"] = (place + 0.5) / spread * spread.max()
    nodes["lines"] = nodes["label"].map(lambda label: textwrap.wrap(label, 17))
    at = nodes.set_index("node")
    links = links.assign(
        x=at.loc[links["source"], "x"].to_numpy() + 0.42,
        y=at.loc[links["source"], "y"].to_numpy(),
        x2=at.loc[links["target"], "x"].to_numpy() - 0.45,
        y2=at.loc[links["target"], "y"].to_numpy(),
    )
    count = nodes["x"].max() + 1
    size = {"width": 128 * count, "height": int(74 * spread.max())}
    across = alt.Scale(domain=[-0.5, count - 0.5], nice=False)
    down = alt.Scale(domain=[spread.max(), 0], nice=False)
    pick = alt.selection_point(name=name, fields=["node"], on="pointerover", clear="pointerout")
    near = (
        f"!isValid({name}.node) || indexof({name}.node, datum.source) > -1"
        f" || indexof({name}.node, datum.target) > -1"
    )
    x, y = alt.X("x:Q", axis=None, scale=across), alt.Y("y:Q", axis=None, scale=down)
    lines = (
        alt.Chart(links)
        .mark_rule(color=MUTED, strokeWidth=1.5)
        .encode(
            x=x, y=y, x2="x2", y2="y2", opacity=alt.condition(near, alt.value(1), alt.value(0.12))
        )
    )
    heads = (
        alt.Chart(links)
        .mark_point(shape="triangle-right", size=60, filled=True, color=MUTED, opacity=1)
        .encode(x=alt.X("x2:Q", axis=None, scale=across), y=alt.Y("y2:Q", axis=None, scale=down))
    )
    meaning = {group: group for group in nodes["group"]}
    boxes = (
        alt.Chart(nodes)
        .mark_rect(fill=SOFT, strokeWidth=2, cornerRadius=4, width=106, height=60)
        .encode(
            x=x,
            y=y,
            stroke=alt.Stroke("group:N", legend=None, scale=colour("group", meaning)["scale"]),
        )
        .add_params(pick)
    )
    # lines are placed one by one: a rectangle of text cannot be centred on a point
    words = nodes.explode("lines").assign(line=lambda frame: frame.groupby("node").cumcount())
    words["offset"] = words["line"] - (words.groupby("node")["line"].transform("max")) / 2
    words["y"] = words["y"] + words["offset"] * 13 / 74
    text = alt.Chart(words).mark_text(fontSize=11, color=INK).encode(x=x, y=y, text="lines:N")
    return (lines + heads + boxes + text).properties(**size, description=description)


def verdict_ticks(judged: pd.DataFrame, width: int = 430) -> alt.LayerChart:
    """How statements stand: one row for each verdict, one tick for each claim in printed order.

    ``judged``: a row for each claim, from ``claims.judged``.
    """
    rows = list(claims.VERDICTS)
    meaning = {row: "neutral" if key == "soft" else key for row, key in STANDING.items()}
    ticks = judged[["claim_id", "verdict", "paraphrase"]].reset_index(drop=True)
    ticks["place"] = ticks.index + 1
    tally = claims.tally(judged)
    counts = pd.DataFrame({"verdict": rows, "count": [tally[row] for row in rows]})
    y = alt.Y("verdict:N", title=None, sort=rows).scale(domain=rows)
    last = len(ticks) + 1
    axis = alt.Axis(labels=False, ticks=False, grid=False, titleAlign="left", titleAnchor="start")
    x = alt.X("place:Q", title="in the order of the paper \u2192", axis=axis).scale(
        domain=[0, last]
    )
    marks = (
        alt.Chart(ticks)
        .mark_tick(thickness=max(1.5, min(8, 0.6 * width / last)), size=20, opacity=1)
        .encode(
            x=x,
            y=y,
            color=colour("verdict", meaning, legend=None),
            tooltip=["claim_id", "paraphrase", "verdict"],
        )
    )
    numbers = alt.Chart(counts).mark_text(align="left", color=INK)
    numbers = numbers.encode(y=y, x=alt.value(width + 8), text="count:Q")
    found = ", ".join(f"{row} {tally[row]}" for row in rows)
    return (marks + numbers).properties(
        width=width,
        height=26 * len(rows),
        description=f"One tick for each of {len(ticks)} statements, in rows by verdict: {found}.",
    )


#: rungs of the paper's ladder, what we read as reaching one, and its mark
RUNGS = {
    "information security": "circle",
    "cross-servicing": "square",
    "joint exercise": "triangle-up",
    "reciprocal access": "diamond",
}


def ladder(steps: pd.DataFrame, rows: list[str], description: str) -> alt.LayerChart:
    """When each partner reached which rung: filled in force or held, hollow only signed.

    ``steps``: columns ``partner``, ``rung`` (of RUNGS), ``when`` (years), ``date``,
    ``reached`` (yes or no), ``source_url`` and ``source_checked``. A click opens the source.
    """
    base = alt.Chart(steps.rename(columns={"source_url": "href"}))
    x = alt.X("when:Q", title=None, axis=alt.Axis(format="d", tickCount=9))
    last = max(steps["when"].max(), record.decimal_end(record.PAPER_DATE))
    x = x.scale(domain=[steps["when"].min() - 1, last + 1], nice=False)
    there = [rung for rung in RUNGS if rung in set(steps["rung"])]
    shape = alt.Shape("rung:N", title=None).scale(
        domain=there, range=[RUNGS[rung] for rung in there]
    )
    hollow = alt.condition("datum.reached == 'no'", alt.value(0.05), alt.value(1))
    meaning = dict(zip(RUNGS, ["record", "neutral", "Japan", "paper"], strict=True))
    hue = colour("rung", {rung: meaning[rung] for rung in there})
    marks = base.mark_point(size=110, strokeWidth=1.5).encode(
        x=x,
        y=alt.Y("partner:N", title=None, sort=rows, axis=alt.Axis(grid=True)),
        shape=shape,
        color=hue,
        stroke=stroke_like(hue),
        fillOpacity=hollow,
        href=source_link(),
        tooltip=["partner", "rung", "date"],
    )
    return (marks + paper_date_rule()).properties(
        width=WIDTH - 20, height=24 * len(rows), description=description
    )


def time_axis(first: float, last: float, title: str | None = None) -> alt.X:
    """Years as a horizontal axis with whole numbers and no padding."""
    axis = alt.Axis(format="d", tickCount=8, tickMinStep=1, grid=False)
    return alt.X("year:Q", title=title, axis=axis).scale(domain=[first, last], nice=False)


def lines(
    frame: pd.DataFrame,
    *,
    y: str,
    series: str,
    meaning: dict[str, str],
    title: str,
    description: str,
    bounds: tuple[str, str] | None = None,
    domain: list[float] | None = None,
    under: alt.LayerChart | None = None,
    dashes: dict[str, list[int]] | None = None,
    nudge: dict[str, int] | None = None,
    years: list[int] | None = None,
    height: int = 300,
    variant: alt.Parameter | None = None,
) -> alt.LayerChart:
    """Lines over years, each named at its end, with a band between ``bounds`` where they are known.

    ``frame``: columns ``year``, ``y``, ``series`` and those of ``bounds``. ``meaning`` maps each
    series to a key of COLOURS; ``dashes`` sets some apart by a dash; ``nudge`` moves names that
    would collide (px); ``under``: marks below the lines; ``variant``: from ``choice``, which of
    the rows with a value in the column of its name are drawn.
    """
    first, last = years or [frame["year"].min(), frame["year"].max()]
    known = [y, *(bounds or ())]
    chosen = [variant.name] if variant else []
    rows = frame[["year", series, *known, *chosen]].round(dict.fromkeys(known, 3))
    x = time_axis(first, last)
    up = alt.Y(f"{y}:Q", title=title).scale(domain=domain or alt.Undefined, nice=not domain)
    hue = colour(series, meaning, legend=None)

    def base(part: pd.DataFrame) -> alt.Chart:
        if not variant:
            return alt.Chart(part)
        name = variant.name
        return alt.Chart(part).transform_filter(f"datum.{name} == null || datum.{name} == {name}")

    dash = alt.StrokeDash(f"{series}:N", legend=None).scale(
        domain=list(meaning), range=[(dashes or {}).get(name, [1, 0]) for name in meaning]
    )
    drawn = (
        base(rows)
        .mark_line(strokeWidth=2.2)
        .encode(x=x, y=up, color=hue, strokeDash=dash, tooltip=[series, "year", alt.Tooltip(y)])
    )
    if bounds:
        low = alt.Y(f"{bounds[0]}:Q", title=title, scale=up["scale"])
        band = base(rows.dropna(subset=list(bounds))).mark_area(opacity=0.18)
        drawn = band.encode(x=x, y=low, y2=bounds[1], color=hue) + drawn
    if under:
        drawn = under + drawn
    ends = rows.dropna(subset=y).sort_values("year")
    for keys, part in ends.groupby([series, *chosen], dropna=False):
        name = keys[0]
        text = base(part.tail(1)).mark_text(align="left", dx=5, dy=(nudge or {}).get(name, 0))
        drawn += text.encode(x=x, y=up, text=f"{series}:N", color=hue)
    if variant:
        drawn = drawn.add_params(variant)
    return drawn.properties(width=WIDTH - 110, height=height, description=description)


def ally_bands(
    spread: pd.DataFrame, title: str, domain: list[float], years: list[int]
) -> alt.LayerChart:
    """The allies of each year: all of them as a pale band, the middle half as a darker one.

    ``spread``: from ``evidence.ally_quantiles``; ``domain`` and ``years``: of the axes.
    """
    rows = spread.drop(columns="allies").round(3)
    base = alt.Chart(rows).encode(x=time_axis(*years))
    scale = alt.Scale(domain=domain, nice=False)
    hue = COLOURS["NATO allies"]
    every = base.mark_area(opacity=0.13, color=hue).encode(
        y=alt.Y("least:Q", title=title, scale=scale), y2="most"
    )
    half = base.mark_area(opacity=0.25, color=hue).encode(
        y=alt.Y("lower:Q", title=title, scale=scale), y2="upper"
    )
    return every + half


def selected_ally(
    frame: pd.DataFrame, *, y: str, title: str, domain: list[float], years: list[int]
) -> alt.LayerChart:
    """The line of an ally that a reader picks from a list; nothing before anyone picks.

    ``frame``: columns ``year``, ``country`` and ``y``.
    """
    names = sorted(frame["country"].unique())
    ally = selector("ally", "Show an ally", names, every="none")
    base = alt.Chart(frame[["year", "country", y]].round({y: 3})).transform_filter(
        "ally != null && datum.country == ally"
    )
    up = alt.Y(f"{y}:Q", title=title, scale=alt.Scale(domain=domain, nice=False))
    x = time_axis(*years)
    line = base.mark_line(strokeWidth=2, strokeDash=[5, 3], color=COLOURS["NATO allies"])
    last = base.transform_window(place="rank()", sort=[alt.SortField("year", order="descending")])
    name = last.transform_filter("datum.place == 1").mark_text(
        align="right", dx=-4, dy=-9, fontWeight="bold", color=COLOURS["NATO allies"]
    )
    return (line.encode(x=x, y=up) + name.encode(x=x, y=up, text="country:N")).add_params(ally)
