"""What is about this paper; the rest of the package could serve the book of another one.

What its sections, statements and tables are stands in ``data/``, titles and names in ``_config.yml``.
"""

#: the month in which it was written: it names 6 May 2014 as past, and the change of reading of
#: 1 July 2014 as still to come
PAPER_DATE = "2014-06"

#: the page that has a row for each of its statements
LEDGER = "claims"

#: tables of the record whose rows a chapter can mark, with the column of their ids
RECORD = {"events": "event_id", "operations": "operation_id", "forecasts": "forecast_id"}

#: by the letters of an id: where its mark leads in a notebook, and the role that the book gives it
MARKS = {
    "C": (f"{LEDGER}.ipynb", "claim"),
    "T": (f"{LEDGER}.ipynb", "claim"),
    "EV": ("../data/record/events.csv", "record"),
    "OP": ("../data/record/operations.csv", "record"),
    "SC": ("../data/record/forecasts.csv", "record"),
}

#: colours of its actors, and of kinds of Japanese law on dispatches, whose shape always says the same;
#: each has a contrast of 3:1 or more on the light page and on the dark one
COLOURS = {
    "Japan": "#cf3f33",
    "NATO allies": "#2f74c0",
    "United States": "#0e8a7a",
    "China": "#a87510",
    "Russia": "#8a63b8",
    "other partners": "#b0568c",
    "peace cooperation": "#4f7d14",
    "disaster relief": "#cc5f0a",
    "special measures": "#6b5fd0",
}
