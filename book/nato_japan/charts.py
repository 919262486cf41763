"""How the charts look: theme, the meaning of each colour, and shapes that several chapters use."""

import altair as alt
import pandas as pd

from nato_japan import render

#: one meaning for each colour in the whole book; every one has a contrast of at least 3:1 on
#: the light page and on the dark one
COLOURS = {
    "Japan": "#cf3f33",
    "NATO allies": "#2f74c0",
    "United States": "#0e8a7a",
    "China": "#a87510",
    "Russia": "#8a63b8",
    "other partners": "#747a83",
    "paper": "#8c6d46",
    "record": "#16839f",
}

# neutrals; _static/book.css turns them for the dark page, so use no other grey
INK, MUTED, RULE, SOFT, PAGE = "#1f2933", "#5a6672", "#d5dae0", "#e9edf2", "#ffffff"

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH = 520  # of the plot; with axis labels a chart stays below 720 px


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
            "range": {"category": [COLOURS["NATO allies"], COLOURS["Japan"]]},
        }
    }


alt.renderers.register("book", render.mimebundle)
alt.renderers.enable("book")


def colour_scale(*names: str) -> alt.Scale:
    """A colour scale for the named actors (or for paper and record) in the given order."""
    return alt.Scale(domain=list(names), range=[COLOURS[name] for name in names])


def dates(partial: pd.Series) -> pd.Series:
    """Partial ISO dates (1979, 2013-04, 2014-05-06) as timestamps, each at its first day."""
    return pd.to_datetime(partial, format="ISO8601")


def flow(nodes: pd.DataFrame, links: pd.DataFrame, width: int = 620, height: int = 320) -> alt.LayerChart:
    """A node-link diagram read from left to right.

    ``nodes``: columns ``node``, ``x`` and ``y`` (grid places), ``label`` (lines separated by
    newline) and ``group`` (a key of COLOURS); ``links``: columns ``source`` and ``target``
    (nodes). Hovering or clicking a node keeps its links.
    """
    place = nodes.set_index("node")[["x", "y"]]
    ends = links.assign(
        x=place.loc[links["source"], "x"].to_numpy() + 0.42,
        y=place.loc[links["source"], "y"].to_numpy(),
        x2=place.loc[links["target"], "x"].to_numpy() - 0.42,
        y2=place.loc[links["target"], "y"].to_numpy(),
    )
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[nodes["x"].min() - 0.5, nodes["x"].max() + 0.5]))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[nodes["y"].min() - 0.5, nodes["y"].max() + 0.5], reverse=True))
    pick = alt.selection_point(name="pick", fields=["node"], on="pointerover", clear="pointerout")
    touched = "!isValid(pick.node) || datum.source == pick.node[0] || datum.target == pick.node[0]"
    lines = (
        alt.Chart(ends)
        .mark_rule(color=MUTED, strokeWidth=1.5)
        .encode(x=x, y=y, x2="x2", y2="y2", opacity=alt.condition(touched, alt.value(1), alt.value(0.15)))
    )
    heads = (
        alt.Chart(ends.assign(angle=90))
        .mark_point(shape="triangle", size=50, filled=True, color=MUTED, opacity=1, angle=90)
        .encode(x=alt.X("x2:Q", axis=None), y="y2:Q")
    )
    step = width / (nodes["x"].max() - nodes["x"].min() + 1)
    rise = height / (nodes["y"].max() - nodes["y"].min() + 1)
    boxes = (
        alt.Chart(nodes)
        .mark_rect(fill=SOFT, strokeWidth=2, cornerRadius=4)
        .encode(
            x=x,
            y=y,
            stroke=alt.Stroke("group:N", scale=colour_scale(*nodes["group"].unique()), legend=None),
        )
        .transform_calculate(left="datum.x - 0.42", right="datum.x + 0.42", top="datum.y - 0.4", bottom="datum.y + 0.4")
        .encode(x="left:Q", x2="right:Q", y="top:Q", y2="bottom:Q")
        .add_params(pick)
    )
    text = (
        alt.Chart(nodes)
        .mark_text(fontSize=11, lineBreak="\n", baseline="middle", lineHeight=13)
        .encode(x=x, y=y, text="label:N")
    )
    return (lines + heads + boxes + text).properties(width=max(width, step), height=max(height, rise))


def grid(
    cells: pd.DataFrame,
    *,
    x: str,
    y: str,
    columns: list[str],
    rows: list[str],
    colour: str,
    scale: alt.Scale,
    legend: str,
    description: str,
    column_totals: pd.DataFrame,
    row_totals: pd.DataFrame,
    bands: pd.DataFrame,
    band_text: str,
    lit: object,
) -> alt.LayerChart:
    """A grid of filled cells with totals at both margins and full-width bands.

    ``cells``: a row for each filled cell with the columns ``x``, ``y`` and ``colour``; totals:
    the same key and ``total``; ``bands``: rows without cells, with ``y`` and ``band_text``.
    ``lit`` is the condition for the opacity of a cell.
    """
    across = alt.X(f"{x}:N", title=None, sort=columns, axis=alt.Axis(labelAngle=-60, orient="top"))
    down = alt.Y(f"{y}:N", title=None, sort=rows)
    size = {"width": 20 * len(columns), "height": 22 * len(rows)}
    domain = alt.Scale(domain=columns), alt.Scale(domain=rows)
    across, down = across.scale(domain[0]), down.scale(domain[1])
    filled = (
        alt.Chart(cells)
        .mark_rect(stroke=PAGE, strokeWidth=2)
        .encode(
            x=across,
            y=down,
            color=alt.Color(f"{colour}:N", title=legend, scale=scale),
            opacity=lit,
            tooltip=[y, x, colour],
        )
    )
    band = alt.Chart(bands).mark_rect(fill=SOFT, height=18).encode(y=down)
    band_label = (
        alt.Chart(bands).mark_text(color=INK, fontSize=11).encode(y=down, text=f"{band_text}:N")
    )
    right = (
        alt.Chart(row_totals)
        .mark_text(align="left", color=INK)
        .encode(y=down, x=alt.value(size["width"] + 6), text="total:Q")
    )
    below = (
        alt.Chart(column_totals)
        .mark_text(color=INK)
        .encode(x=across, y=alt.value(size["height"] + 10), text="total:Q")
    )
    return (band + band_label + filled + right + below).properties(**size, description=description)
