"""Sphinx extension: the addresses of the editions, for the pages of both.

The web edition offers the PDF where there is one (see nato_japan.commands.build); print leads to the web
edition where that has an address.
"""

import html
import os

from docutils import nodes
from nato_japan.commands.build import SOURCES_ZIP
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxRole


def configure(app: Sphinx, config: Config) -> None:
    # where the web edition will stand, with a stroke at the end; unknown on a reader's machine
    config.html_baseurl = os.environ.get("BOOK_URL", config.html_baseurl)


class SourcesRole(SphinxRole):
    """A file of the sources: a link to all of them, for it runs among them only."""

    def run(self) -> tuple[list[nodes.Node], list]:
        name = nodes.literal("", self.text)
        if self.env.app.builder.format != "html":
            return [name], []
        up = "../" * self.env.docname.count("/")
        return [nodes.reference("", "", name, refuri=f"{up}{SOURCES_ZIP}")], []


def mend_addresses(app: Sphinx, doctree: nodes.document) -> None:
    """MyST-Parser escapes addresses for HTML, and so does the writer: & would come out twice."""
    for reference in doctree.findall(nodes.reference):
        if "refuri" in reference:
            reference["refuri"] = html.unescape(reference["refuri"])


def setup(app: Sphinx) -> dict:
    app.add_role("sources", SourcesRole())
    # as a configuration value it makes Sphinx write every page again when it changes
    app.add_config_value("pdf_edition", False, "html")
    app.connect("config-inited", configure, priority=900)
    app.connect("doctree-read", mend_addresses)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
