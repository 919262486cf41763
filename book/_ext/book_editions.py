"""Sphinx extension: what differs between the HTML and the PDF edition."""

import html
import shutil
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

PDF = "nato-japan.pdf"
LONG = 9  # rows; a longer table may break over pages
WIDE = 6  # columns; so many, and many rows, stand on pages turned sideways
# characters that fit beside each other, at the size of tables
UPRIGHT, SIDEWAYS = 100, 155
TEXT = 22  # characters; a wider column holds text that wraps


def built_pdf(app: Sphinx) -> Path:
    return Path(app.srcdir) / "_build" / PDF


def look_for_pdf(app: Sphinx, config) -> None:
    # as a configuration value it makes Sphinx write every page again when it changes
    config.pdf_edition = built_pdf(app).is_file()


def copy_pdf(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html" and app.config.pdf_edition:
        shutil.copyfile(built_pdf(app), Path(app.outdir) / PDF)


def adapt_to_print(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """The PDF shows results, not code, and sets tables as tables."""
    if app.builder.format != "latex":
        return
    gather_front_page(doctree)
    # MyST-NB's hide-input would leak the code
    for container in list(doctree.findall(nodes.container)):
        if container.get("nb_element") == "cell_code_source":
            container.parent.remove(container)
    for table in list(doctree.findall(nodes.table)):
        set_columns(table)


def gather_front_page(doctree: nodes.document) -> None:
    """Make the front page a chapter without number; Sphinx would take its sections as chapters."""
    page = next(doctree.findall(nodes.section))
    chapter = nodes.section(ids=["about-this-book"])
    chapter += nodes.title("", "About this book")
    for node in page.children[1:]:
        if not any(node.findall(addnodes.start_of_file)):
            page.remove(node)
            chapter += node
    unnumbered = nodes.raw("", "\\setcounter{secnumdepth}{-1}", format="latex")
    numbered = nodes.raw("", "\\setcounter{secnumdepth}{0}", format="latex")
    page[1:1] = [unnumbered, chapter, numbered]


def set_columns(table: nodes.table) -> None:
    """Ragged text, numbers to the right; room for many rows and columns."""
    widths = [column["colwidth"] for column in table.findall(nodes.colspec)]
    rows = sum(1 for _ in table.findall(nodes.row))
    sideways = len(widths) >= WIDE and rows > 2 * LONG
    widths = fit(widths, SIDEWAYS if sideways else UPRIGHT)
    first = next(table.findall(nodes.tbody)).children[0]
    total = sum(widths)
    columns = [
        f">{{\\{'raggedleft' if 'text-right' in entry['classes'] else 'raggedright'}\\arraybackslash}}"
        f"\\X{{{width}}}{{{total}}}"
        for entry, width in zip(first.children, widths, strict=True)
    ]
    spec = addnodes.tabular_col_spec(spec="".join(columns))
    around = [spec, table]
    if rows > LONG:
        table["classes"].append("longtable")
    if sideways:
        begin = nodes.raw("", "\\begin{landscape}", format="latex")
        around = [begin, *around, nodes.raw("", "\\end{landscape}", format="latex")]
    table.replace_self(around)


def fit(widths: list[int], room: int) -> list[int]:
    """Narrow the wide columns until all fit; narrow ones hold words that cannot wrap."""
    narrow = sum(width for width in widths if width <= TEXT)
    wide = sum(widths) - narrow
    if narrow + wide <= room or not wide:
        return widths
    return [w if w <= TEXT else max(TEXT, w * (room - narrow) // wide) for w in widths]


def mend_addresses(app: Sphinx, doctree: nodes.document) -> None:
    """MyST-Parser escapes addresses for HTML, and so does the writer: & would come out twice."""
    for reference in doctree.findall(nodes.reference):
        if "refuri" in reference:
            reference["refuri"] = html.unescape(reference["refuri"])


def setup(app: Sphinx) -> dict:
    app.add_config_value("pdf_edition", False, "html")
    app.connect("config-inited", look_for_pdf, priority=900)
    app.connect("build-finished", copy_pdf)
    app.connect("doctree-read", mend_addresses)
    app.connect("doctree-resolved", adapt_to_print)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
