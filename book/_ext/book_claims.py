"""Sphinx extension: the role {claim}`C019` marks a sentence with the paper's statements."""

import csv
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

logger = logging.getLogger(__name__)


class ClaimRole(SphinxRole):
    """One or more ids, separated by spaces, as a quiet mark; the paraphrase shows on hover."""

    def run(self) -> tuple[list[nodes.Node], list]:
        marks = []
        for claim in self.text.split():
            paraphrase = self.env.app.claim_paraphrases.get(claim)
            if paraphrase is None:
                logger.warning(
                    "claim %s is not in data/paper/claims.csv", claim, location=self.get_location()
                )
                continue
            if marks:
                marks.append(nodes.Text(" "))
            mark = nodes.abbreviation(claim, claim, explanation=paraphrase)
            marks.append(nodes.superscript("", "", mark, classes=["claim"]))
        return marks, []


def read_claims(app: Sphinx) -> None:
    with open(Path(app.srcdir) / "data/paper/claims.csv", encoding="utf-8", newline="") as file:
        app.claim_paraphrases = {row["claim_id"]: row["paraphrase"] for row in csv.DictReader(file)}


def plain_in_print(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Sphinx would print each paraphrase in brackets behind the id."""
    if app.builder.format == "html":
        return
    for mark in doctree.findall(nodes.abbreviation):
        mark.attributes.pop("explanation", None)


def setup(app: Sphinx) -> dict:
    app.add_role("claim", ClaimRole())
    app.connect("builder-inited", read_claims)
    app.connect("doctree-resolved", plain_in_print)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
