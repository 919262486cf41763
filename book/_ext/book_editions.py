"""Sphinx extension: what differs between the HTML and the PDF edition."""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

PDF = "nato-japan.pdf"


def built_pdf(app: Sphinx) -> Path:
    return Path(app.srcdir) / "_build" / PDF


def look_for_pdf(app: Sphinx, config) -> None:
    # as a configuration value it makes Sphinx write every page again when it changes
    config.pdf_edition = built_pdf(app).is_file()


def link_pdf(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """A download button in the header of every page, if there is a PDF to download."""
    if not app.config.pdf_edition or "header_buttons" not in context:
        return
    context["header_buttons"].append(
        {
            "type": "link",
            "url": context["pathto"](PDF, 1),
            "tooltip": "Download the book as PDF",
            "icon": "fas fa-file-pdf",
            "text": "PDF",
            "label": "download-pdf",
        }
    )


def copy_pdf(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html" and app.config.pdf_edition:
        shutil.copyfile(built_pdf(app), Path(app.outdir) / PDF)


def drop_code_from_print(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """The PDF shows results; MyST-NB's hide-input would leak the code into it."""
    if app.builder.format != "latex":
        return
    for container in list(doctree.findall(nodes.container)):
        if container.get("nb_element") == "cell_code_source":
            container.parent.remove(container)


def setup(app: Sphinx) -> dict:
    app.add_config_value("pdf_edition", False, "html")
    app.connect("config-inited", look_for_pdf, priority=900)
    app.connect("html-page-context", link_pdf, priority=900)
    app.connect("build-finished", copy_pdf)
    app.connect("doctree-resolved", drop_code_from_print)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
