"""Sphinx extension: marks behind sentences, and the places that they lead to.

``{claim}`C019 C020` `` marks a sentence on the paper; each id links to its row in the ledger.
``{ledger}`C019` `` is the head of that row, ``{treated}`C019` `` the links back to every mark.
``{verdict}`out of date` `` is the word with the sign by which the marks of such statements are known.
``{record}`EV085` `` marks a sentence on the record: an event, dispatch or outcome; the id links
to its source, and says so where none was read.
"""

import copy
import csv
import json
import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from docutils import nodes
from nato_japan import paper
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

logger = logging.getLogger(__name__)

LEDGER = f"book/{paper.LEDGER}"
#: where a sentence of a note ends, and not in "U.S. Navy" or "No. 3"
END = re.compile(r"(?<=[a-z0-9)”’][.!?]) (?=[A-Z“‘])")


class ClaimMark(nodes.Inline, nodes.Element):
    """A mark behind a sentence; becomes a link when all pages are known."""


class ClaimPlaces(nodes.Inline, nodes.Element):
    """The places that treat a claim; becomes links when all pages are known."""


class ClaimRole(SphinxRole):
    """One or more ids, separated by spaces, as quiet marks."""

    def run(self) -> tuple[list[nodes.Node], list]:
        marks = []
        for claim in self.text.split():
            if claim not in self.env.app.claims:
                logger.warning(
                    "claim %s is not in data/paper/claims.csv", claim, location=self.get_location()
                )
                continue
            if marks:
                marks.append(nodes.Text(" "))
            marks.append(self.mark(claim))
        return marks, []

    def mark(self, claim: str) -> nodes.Node:
        places = places_of(self.env).setdefault(self.env.docname, [])
        place = f"{claim}-{1 + sum(known == claim for known, _ in places)}"
        places.append((claim, place))
        return ClaimMark(claim=claim, ids=[place])


class LedgerRole(SphinxRole):
    """The id of a claim as the place that its marks lead to."""

    def run(self) -> tuple[list[nodes.Node], list]:
        return [nodes.target("", "", ids=[self.text]), nodes.Text(self.text)], []


class TreatedRole(SphinxRole):
    """Links to the marks of a claim on all pages."""

    def run(self) -> tuple[list[nodes.Node], list]:
        return [ClaimPlaces(claim=self.text)], []


class VerdictRole(SphinxRole):
    """A verdict, with its sign on screens."""

    def run(self) -> tuple[list[nodes.Node], list]:
        return [nodes.inline("", self.text, classes=["verdict", sign(self.text)])], []


class RecordRole(SphinxRole):
    """One or more ids of the record, separated by spaces, as quiet links to their sources."""

    def run(self) -> tuple[list[nodes.Node], list]:
        marks = []
        for name in self.text.split():
            if name not in self.env.app.record:
                logger.warning("%s is not in data/record", name, location=self.get_location())
                continue
            row = self.env.app.record[name]
            text = name if row["source_checked"] == "yes" else f"{name}, not checked"
            mark = nodes.Text(text)
            if row["source_url"]:
                title = f"Source: {row['source_title']}"
                mark = nodes.reference("", text, refuri=row["source_url"], reftitle=title)
            if marks:
                marks.append(nodes.Text(" "))
            marks.append(nodes.superscript("", "", mark, classes=["record"]))
        return marks, []


def sign(verdict: str) -> str:
    """The class of what has a verdict; its sign is in ``_static/book.css``."""
    return verdict.replace(" ", "-")


def places_of(env: BuildEnvironment) -> dict[str, list[tuple[str, str]]]:
    """For each page its marks in order: claim and id of the mark."""
    if not hasattr(env, "claim_places"):
        env.claim_places = {}
    return env.claim_places


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    places_of(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other) -> None:
    places_of(env).update({name: places_of(other).get(name, []) for name in docnames})


def rewrite_ledger(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The ledger names places on all pages: it is written again when one of them has changed."""
    if app.builder.format == "typst":
        return []  # which writes all pages every time
    # what is kept is what the ledger as written names: a build that fails is begun anew
    if places_of(env) == getattr(env, "ledger_places", None) or LEDGER not in env.all_docs:
        return []
    env.ledger_places = copy.deepcopy(places_of(env))
    return [LEDGER]


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Turn marks and places into links.

    On screens a sign tells the verdict, and the id shows when somebody asks; in print the id stands.
    """
    for mark in list(doctree.findall(ClaimMark)):
        claim = mark["claim"]
        uri = f"{app.builder.get_relative_uri(docname, LEDGER)}#{claim}"
        # the link alone carries the ids: what replaces a node inherits them
        ids, mark["ids"] = mark["ids"], []
        reference = nodes.reference("", "", internal=True, refuri=uri, ids=ids)
        if app.builder.format == "typst":
            reference += nodes.Text(claim)
            mark.replace_self(nodes.superscript("", "", reference, classes=["claim"]))
            continue
        verdict = app.claims[claim][1]
        reference["reftitle"] = f"{claim}: {verdict}"
        reference += nodes.inline("", claim, classes=["id"])
        mark.replace_self(nodes.superscript("", "", reference, classes=["claim", sign(verdict)]))
    if app.builder.format == "typst":
        return  # in print, places are pages, known to the template alone
    for places in list(doctree.findall(ClaimPlaces)):
        marks = list(marks_of(app.env, places["claim"]))
        places.replace_self(back_links(app, docname, marks) if marks else nodes.Text("nowhere"))


def marks_of(env: BuildEnvironment, claim: str) -> Iterator[tuple[str, str]]:
    """Page and id of every mark of a claim outside the ledger, in the order of the book."""
    for page in [env.config.root_doc, *env.toctree_includes.get(env.config.root_doc, [])]:
        if page != LEDGER:
            yield from (
                (page, place) for known, place in places_of(env).get(page, []) if known == claim
            )


def back_links(app: Sphinx, docname: str, marks: list[tuple[str, str]]) -> list[nodes.Node]:
    """The name of each page with a mark, linked to the first; numbers for those that follow."""
    links: list[nodes.Node] = []
    for page, on_page in groupby(marks, key=itemgetter(0)):
        for number, (_, place) in enumerate(on_page, start=1):
            if links:
                links.append(nodes.Text(" " if number > 1 else ", "))
            text = Path(page).name if number == 1 else str(number)
            uri = f"{app.builder.get_relative_uri(docname, page)}#{place}"
            links.append(nodes.reference("", text, internal=True, refuri=uri))
    return links


def read_claims(app: Sphinx) -> None:
    """Claims by id, as ``card`` gives them, and the rows of the record by id."""
    data = Path(app.srcdir) / "data"
    app.record = {
        row[key]: row
        for name, key in paper.RECORD.items()
        for row in rows(data / f"record/{name}.csv")
    }
    verdicts = {row["claim_id"]: row for row in rows(data / "record/verdicts.csv")}
    app.claims = {
        row["claim_id"]: card(row["paraphrase"], verdicts[row["claim_id"]])
        for row in rows(data / "paper/claims.csv")
    }


def card(statement: str, verdict: dict[str, str]) -> list[str]:
    """What a mark shows: statement, verdict, the first sentence of the note, title and address of the source.

    The last two are empty where the statement has no source on the web.
    """
    why = END.split(verdict["note"], maxsplit=1)[0]
    title, url = verdict["source_title"], verdict["source_url"]
    if not url.startswith(("https://", "http://")):
        title = url = ""
    elif not verdict["source_read"]:
        title += " (not checked)"
    return [statement, verdict["verdict"], why, title, url]


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_ledger(app: Sphinx, error: Exception | None) -> None:
    """What a mark shows, once for all pages and fetched when a reader first asks (see book.js)."""
    if error or app.builder.format != "html":
        return
    text = json.dumps(app.claims, ensure_ascii=False, separators=(",", ":"))
    target = Path(app.outdir) / "_static" / "ledger.js"
    target.write_text(f"window.ledger={text};\n", encoding="utf-8")


def setup(app: Sphinx) -> dict:
    app.add_role("claim", ClaimRole())
    app.add_role("record", RecordRole())
    app.add_role("ledger", LedgerRole())
    app.add_role("verdict", VerdictRole())
    app.add_role("treated", TreatedRole())
    app.add_node(ClaimMark)
    app.add_node(ClaimPlaces)
    app.connect("builder-inited", read_claims)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", rewrite_ledger)
    app.connect("doctree-resolved", link)
    app.connect("build-finished", write_ledger)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
