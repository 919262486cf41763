"""Sphinx extension: the addresses of the editions, for the pages of both.

The web edition offers the PDF that was built before it; print leads to the web edition where that
has an address.
"""

import html
import os
import shutil
from pathlib import Path

from book_print import PDF
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config


def configure(app: Sphinx, config: Config) -> None:
    # as a configuration value it makes Sphinx write every page again when it changes
    config.pdf_edition = built_pdf(app).is_file()
    # where the web edition will stand, with a stroke at the end; unknown on a reader's machine
    config.html_baseurl = os.environ.get("BOOK_URL", config.html_baseurl)


def built_pdf(app: Sphinx) -> Path:
    return Path(app.srcdir) / "_build" / PDF


def copy_pdf(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html" and app.config.pdf_edition:
        shutil.copyfile(built_pdf(app), Path(app.outdir) / PDF)


def mend_addresses(app: Sphinx, doctree: nodes.document) -> None:
    """MyST-Parser escapes addresses for HTML, and so does the writer: & would come out twice."""
    for reference in doctree.findall(nodes.reference):
        if "refuri" in reference:
            reference["refuri"] = html.unescape(reference["refuri"])


def setup(app: Sphinx) -> dict:
    app.add_config_value("pdf_edition", False, "html")
    app.connect("config-inited", configure, priority=900)
    app.connect("build-finished", copy_pdf)
    app.connect("doctree-read", mend_addresses)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
