"""How the charts look: theme, the meaning of each colour, and shapes that several chapters use."""

import math
import textwrap

import altair as alt
import pandas as pd

from nato_japan import claims, render

#: one meaning for each colour in the whole book; every one has a contrast of at least 3:1 on
#: the light page and on the dark one
COLOURS = {
    "Japan": "#cf3f33",
    "NATO allies": "#2f74c0",
    "United States": "#0e8a7a",
    "China": "#a87510",
    "Russia": "#8a63b8",
    "other partners": "#b0568c",
    "paper": "#8c6d46",
    "record": "#16839f",
    "neutral": "#747a83",
}

# neutrals; _static/book.css turns them for the dark page, so use no other grey
INK, MUTED, RULE, SOFT, PAGE = "#1f2933", "#5a6672", "#d5dae0", "#e9edf2", "#ffffff"

WHITE = "#fefefe"  # on coloured cells, in both modes; PAGE turns dark

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
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
    """A colour encoding: ``meaning`` maps each value of ``field`` to a key of COLOURS or "soft"."""
    palette = {**COLOURS, "soft": SOFT}
    scale = alt.Scale(domain=list(meaning), range=[palette[key] for key in meaning.values()])
    return alt.Color(f"{field}:N", scale=scale, **{"title": None, **options})


def years(dated: pd.DataFrame) -> pd.DataFrame:
    """Add ``start`` and ``end`` in years to rows with ``date_start`` and ``date_end``.

    A partial ISO date (1979, 2013-04, 2014-05-06) covers its whole year, month or day: 1979
    runs from 1979.0 to 1980.0. Rows without a date are left out.
    """
    dated = dated[dated["date_start"].notna()]
    last = dated["date_end"].fillna(dated["date_start"])
    return dated.assign(start=dated["date_start"].map(_first), end=last.map(_after))


def _first(partial: str) -> float:
    year, month, day = (int(part) for part in f"{partial}-01-01".split("-")[:3])
    return year + (month - 1) / 12 + (day - 1) / 365


def _after(partial: str) -> float:
    return _first(partial) + {4: 1, 7: 1 / 12, 10: 1 / 365}[len(partial)]


def spans(
    dated: pd.DataFrame,
    *,
    rows: str,
    order: list[str],
    domain: list[float],
    description: str,
    colour: alt.Color | None = None,
    width: int = 320,
) -> alt.LayerChart:
    """Dates as bars, one row each: a bar is as wide as the date, a dot marks less than a year.

    ``dated``: columns ``start``, ``end`` (from ``years``), ``rows``, ``date_printed`` and the
    field of ``colour``.
    """
    # only what is drawn: columns with gaps of another kind would not be valid JSON
    kept = [rows, "start", "end", "date_printed"]
    if isinstance(colour, alt.Color):
        kept.append(colour["shorthand"].removesuffix(":N"))
    base = alt.Chart(dated[list(dict.fromkeys(kept))]).encode(
        y=alt.Y(f"{rows}:N", title=None, sort=order, axis=alt.Axis(labelLimit=340)),
        color=colour or alt.value(COLOURS["paper"]),
        tooltip=[rows, "date_printed"],
    )
    step = math.ceil((domain[1] - domain[0]) / 9)  # years: labels of more ticks would collide
    ticks = list(range(math.ceil(domain[0]), math.floor(domain[1]) + 1, step))
    axis = alt.Axis(format="d", values=ticks, labelFlush=False)
    time = alt.X("start:Q", title=None, axis=axis).scale(domain=domain, nice=False)
    narrow = alt.datum.end - alt.datum.start < 0.5
    bars = base.mark_bar(height=14).transform_filter(~narrow).encode(x=time, x2="end")
    dots = base.mark_point(filled=True, size=90, opacity=1).transform_filter(narrow).encode(x=time)
    return (bars + dots).properties(width=width, height=28 * len(order), description=description)


def timeline(events: pd.DataFrame, lanes: dict[str, str], description: str) -> alt.VConcatChart:
    """Events in lanes on a time axis, with an overview on which a reader drags a span to see.

    ``events``: columns of the table of events. ``lanes``: which tracks to show, top to
    bottom, and the key of COLOURS for each. A bar is as long as the date is wide; dates
    narrower than a year end in a dot.
    """
    shown = years(events[events["track"].isin(lanes)])
    span = alt.selection_interval(name="span", encodings=["x"])
    first, last = shown["start"].min() - 1, shown["end"].max() + 1
    detail = spans(
        shown,
        rows="track",
        order=list(lanes),
        colour=colour("track", lanes, legend=None),
        domain=[first, last],
        description="",
        width=WIDTH - 40,
    )
    for layer in detail.layer:
        layer.encoding.x.scale = alt.Scale(domain=span, nice=False, zero=False, padding=10)
        layer.encoding.x.axis = alt.Axis(format="d", tickCount=8, tickMinStep=1)
        layer.mark.clip = True
    overview = (
        alt.Chart(shown)
        .mark_tick(thickness=2, color=MUTED)
        .encode(
            x=alt.X(
                "start:Q",
                title="Year (drag here for a shorter span)",
                axis=alt.Axis(format="d", tickCount=8),
            ).scale(domain=[first, last], nice=False)
        )
        .properties(width=WIDTH - 40, height=24)
        .add_params(span)
    )
    return alt.vconcat(detail, overview, spacing=8).properties(description=description)


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
    None) and the field of ``fill``. Cells filled "soft" get dark text.
    """
    height = 30 if len(rows) <= 12 else 22  # of a row; a long matrix must fit on a page
    lines = max(len(column.split()) for column in columns)
    axis = alt.Axis(
        orient="top",
        labelAngle=-90 if turned else 0,
        # one word a line, or labels would collide; Vega lets lines grow down, into the cells
        labelExpr="datum.label" if turned else "split(datum.label, ' ')",
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


def layers(links: pd.DataFrame) -> dict[str, int]:
    """The column of each node of a flow: one more than the rightmost node that leads to it."""
    column = dict.fromkeys([*links["source"], *links["target"]], 0)
    for _ in column:  # as many rounds as there are nodes reach the longest path
        for source, target in zip(links["source"], links["target"], strict=True):
            column[target] = max(column[target], column[source] + 1)
    for source in set(links["source"]) - set(links["target"]):  # beside what they lead to
        column[source] = min(column[t] for t in links.loc[links["source"] == source, "target"]) - 1
    return column


def flow(
    nodes: pd.DataFrame, links: pd.DataFrame, description: str, name: str = "pick"
) -> alt.LayerChart:
    """A node-link diagram read from left to right; a node under the pointer keeps its links.

    ``nodes``: columns ``node``, ``label`` and ``group`` (a key of COLOURS); ``links``: columns
    ``source`` and ``target`` (nodes). ``name`` tells the pointers of two flows in one chart apart.
    """
    nodes = nodes.assign(x=nodes["node"].map(layers(links)))
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


def pickers(names: dict[str, str], options: dict[str, list[str]]) -> list[alt.Parameter]:
    """A drop-down list for each field that keeps one of its values, or all."""
    return [
        alt.selection_point(
            name=field,
            fields=[field],
            bind=alt.binding_select(
                options=[None, *options[field]], labels=["all", *options[field]], name=f"{label} "
            ),
        )
        for field, label in names.items()
    ]


def grid(
    cells: pd.DataFrame,
    *,
    x: str,
    y: str,
    columns: list[str],
    rows: list[str],
    fill: alt.Color,
    bands: pd.DataFrame,
    band_text: str,
    picks: dict[str, str],
    description: str,
) -> alt.LayerChart:
    """A grid of filled cells with totals at both margins, full-width bands and drop-down lists.

    ``cells``: a row for each filled cell with the columns ``x``, ``y`` and the field of
    ``fill``; ``bands``: rows of the grid without cells, with ``y`` and ``band_text``;
    ``picks``: the labels of the lists for ``x`` and ``y``.
    """
    axis = alt.Axis(labelAngle=-90, orient="top")
    across = alt.X(f"{x}:N", title=None, sort=columns, axis=axis).scale(domain=columns)
    down = alt.Y(f"{y}:N", title=None, sort=rows).scale(domain=rows)
    size = {"width": 18 * len(columns), "height": 22 * len(rows)}
    choice = pickers(picks, {x: sorted(columns), y: rows})
    lit = alt.condition(choice[0] & choice[1], alt.value(1), alt.value(0.15))
    filled = (
        alt.Chart(cells)
        .mark_rect(stroke=PAGE, strokeWidth=2)
        .encode(x=across, y=down, color=fill, opacity=lit, tooltip=[y, x])
    )
    band = alt.Chart(bands).mark_rect(fill=SOFT, height=18).encode(y=down)
    words = alt.Chart(bands).mark_text(fontSize=11).encode(y=down, text=f"{band_text}:N")
    totals = alt.Chart(cells).mark_text(color=INK)
    right = totals.encode(y=down, x=alt.value(size["width"] + 10), text="count():Q")
    below = totals.encode(x=across, y=alt.value(size["height"] + 10), text="count():Q")
    return (
        (band + words + filled + right + below)
        .add_params(*choice)
        .properties(**size, description=description)
    )


def triangle(
    corner: pd.DataFrame, ties: pd.DataFrame, *, lit: str, description: str
) -> alt.LayerChart:
    """Actors as discs, and the ties between them as labelled lines.

    ``corner``: columns ``actor`` (of COLOURS), ``x`` and ``y``; ``ties``: columns
    ``from_actor``, ``to_actor``, ``label`` and what ``lit``, the expression that keeps a tie
    in view, asks for.
    """
    place = corner.set_index("actor")
    ends = ties.join(place, on="from_actor").join(place.add_suffix("2"), on="to_actor")
    ends["mid_x"] = (ends["x"] + ends["x2"]) / 2
    ends["mid_y"] = (ends["y"] + ends["y2"]) / 2
    across, down = alt.Scale(domain=[-0.25, 1.25]), alt.Scale(domain=[-0.2, 1.2])
    shown = alt.condition(lit, alt.value(1), alt.value(0.15))

    def at(x: str, y: str) -> dict:
        return {
            "x": alt.X(f"{x}:Q", axis=None, scale=across),
            "y": alt.Y(f"{y}:Q", axis=None, scale=down),
        }

    lines = alt.Chart(ends).mark_rule(strokeWidth=3, color=MUTED)
    lines = lines.encode(**at("x", "y"), x2="x2", y2="y2", opacity=shown)
    middle = alt.Chart(ends).encode(**at("mid_x", "mid_y"), text="label:N", opacity=shown)
    halo = middle.mark_text(dy=-8, stroke=PAGE, strokeWidth=6)
    base = alt.Chart(corner).encode(**at("x", "y"))
    actors = {actor: actor for actor in corner["actor"]}
    discs = base.mark_circle(size=900, opacity=1).encode(color=colour("actor", actors, legend=None))
    names = base.encode(text="actor:N")
    top = alt.datum.y > 0.5
    above = names.transform_filter(top).mark_text(fontWeight="bold", dy=-26)
    below = names.transform_filter(~top).mark_text(fontWeight="bold", dy=26)
    return (lines + halo + middle.mark_text(dy=-8) + discs + above + below).properties(
        width=WIDTH - 60, height=280, description=description
    )


def slope(
    kept: pd.DataFrame,
    body: pd.DataFrame,
    *,
    left: tuple[str, str],
    right: tuple[str, str],
    colour: alt.Color,
    description: str,
) -> alt.LayerChart:
    """Places in one order against places in another.

    ``left`` and ``right``: the columns of place and label. ``kept``: a row for each line;
    ``body``: all rows on the right, whether a line reaches them or not.
    """
    scale = alt.Scale(domain=[len(body) + 0.5, 0.5])
    from_place = alt.Y(f"{left[0]}:Q", axis=None, scale=scale)
    to_place = alt.Y(f"{right[0]}:Q", axis=None, scale=scale)
    lines = (
        alt.Chart(kept)
        .mark_rule(strokeWidth=3)
        .encode(y=from_place, y2=right[0], x=alt.value(170), x2=alt.value(350), color=colour)
    )
    before = alt.Chart(kept).mark_text(align="right").encode(y=from_place, x=alt.value(162))
    after = alt.Chart(body).mark_text(align="left").encode(y=to_place, x=alt.value(358))
    fate = f"(isValid(datum.{left[0]}) ? '' : ' (not announced)')"
    before = before.transform_calculate(words=f"datum.{left[1]} + '  ' + datum.{left[0]}")
    after = after.transform_calculate(words=f"datum.{right[0]} + '  ' + datum.{right[1]} + {fate}")
    return (lines + before.encode(text="words:N") + after.encode(text="words:N")).properties(
        width=500, height=250, description=description
    )


def verdicts(judged: pd.DataFrame, width: int = 430) -> alt.LayerChart:
    """How statements stand: one row for each verdict, one tick for each claim in printed order.

    ``judged``: a row for each claim, from ``claims.judged``.
    """
    agree = {"confirmed": "record", "imprecise": "record"}
    differ = {"contradicted": "paper", "inconsistent": "paper"}
    rows = list(claims.VERDICTS)
    meaning = {row: (agree | differ).get(row, "neutral") for row in rows}
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
