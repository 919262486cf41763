"""Sphinx extension: the printed edition. LaTeX by ``_latex/print.sty``, from the same pages.

What the web edition does by clicks, print does by pages: claim marks and the ledger name each
other's places, figures name the page that describes them, and an index names persons, operations
and instruments (``data/record/names.csv``). Code and notes for the browser stay out.
"""

import csv
import html
import json
import math
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import numpy as np
import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.texescape import escape as escape_for
from sphinx.writers.latex import LaTeXTranslator

PDF = "nato-japan.pdf"
PAPERS = {"a4": ("a4paper", "237mm"), "letter": ("letterpaper", "220mm")}  # height of the text
WIDE = 6  # columns; so many, and many rows, are set smaller
ROWS = 18
LEAD = 450  # characters; so short a paragraph leads to the table below it
NO_WRAP = 12  # characters; a column of cells up to here is not broken
TALL = 8  # lines; two rows up to here stay together at the ends of a table
# characters that fit beside each other, at the size of tables and at the smaller one
ROOM, SMALL_ROOM = 92, 103
GAP, SMALL_GAP = 3, 2  # characters between columns
READABLE = 8  # characters that a column of text wants beyond its longest word
SAVED = 0.85  # of the lines, if columns are to be set below each other
NARROW = 22  # characters; columns of words up to here may be set below each other
MARK = 0.75  # of the size of the text: a claim mark
SLACK = 1.08  # lines that break between words are not quite full
# of half the size of the letters, in the text face
SIGNS = {
    **dict.fromkeys("ijl.,:;'’|!() ", 0.6),
    **dict.fromkeys("frst-", 0.75),
    **dict.fromkeys("bdhknopquvxy", 1.15),
    **dict.fromkeys("mwMW—%@", 1.7),
}
BARE = re.compile(r"none|\d{1,2}")  # says nothing without its heading
PAGES = re.compile(r"\\placepage")
PAGE = 4.5  # characters of a number of a page and a comma
GROWTH = 0.85  # points for a pixel: what a chart of little width is drawn to at most
TEXT_WIDTH = 415.0  # points
CONTROLS = {
    "interval": "a span of years",
    "point": "single marks",
    "legend": "entries of the legend",
}


def tex(text: str) -> str:
    return escape_for(text, "xelatex")


def label(docname: str, name: str = "") -> str:
    return rf"\detokenize{{{docname}:{name or ':doc'}}}"


def raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="latex")


# --- configuration ------------------------------------------------------------------------------


def configure(app: Sphinx, config) -> None:
    """The paper, the title page and the imprint, which hold dates and the authors."""
    # as a configuration value it makes Sphinx write every page again when it changes
    config.pdf_edition = built_pdf(app).is_file()
    paper = os.environ.get("PAPER", "a4").lower()
    if paper not in PAPERS:
        raise SystemExit(f"PAPER={paper}: expected one of {', '.join(PAPERS)}")
    size, height = PAPERS[paper]
    # where the web edition will stand, with a stroke at the end; unknown on a reader's machine
    config.html_baseurl = os.environ.get("BOOK_URL", config.html_baseurl)
    citation = yaml.safe_load((Path(app.confdir) / "CITATION.cff").read_text(encoding="utf-8"))
    authors = ", ".join(author["name"] for author in citation["authors"])
    cited = citation["references"][0]
    person = cited["authors"][0]
    writer = f"{person['given-names']} {person['family-names']}"
    day = committed(app) or citation["date-released"]
    spoken = f"{date.fromisoformat(day):%-d %B %Y}"
    version = citation["version"]
    title, _, kind = citation["title"].partition(": ")
    how = f"{authors}. {citation['title']}. Version {version}, {spoken}."
    imprint = [
        f"{tex(citation['title'])}. Version {version}, of {spoken}, the day of the last change.",
        rf"The paper, {tex(cited['title'])}, is the work of {tex(writer)} ({cited['year']}). The "
        "book is the work of its own authors and was made without him.",
        f"Text and data: Creative Commons Attribution 4.0 International. Code: {citation['license']} "
        "licence. Each table names its own source and licence, in the chapter on the data.",
        rf"\textbf{{How to cite.}} The book: {tex(how)} The paper: {tex(writer)}, "
        f"{tex(cited['title'])}, {cited['year']}.",
        r"\textbf{How to read the marks.} A small mark such as \claimmark{C000} stands behind a "
        "sentence on the paper and leads to the row of that statement in the ledger, with its "
        "verdict; the ledger gives the pages back. A mark such as \\claimmark{EV000} stands behind "
        "a sentence on the record and leads to its source.",
        r"\textbf{The web edition} shows the same text. Its charts name each mark under the "
        "pointer, its long tables can be sorted and searched, and every page leads to the notebook "
        "and the tables that it is made from. A line under a figure says where there is more to "
        "choose." + (rf" It is at \url{{{config.html_baseurl}}}." if config.html_baseurl else ""),
        r"Set in TeX Gyre Pagella and TeX Gyre Heros, charts in Liberation Sans.",
    ]
    page = r"\par ".join(imprint)
    config.latex_elements |= {
        "papersize": size,
        "maketitle": (
            rf"\booktitle{{{tex(title)}}}{{{tex(kind[:1].upper() + kind[1:])}}}{{{tex(cited['title'])}}}"
            rf"{{{tex(writer)}, {cited['year']}}}{{{tex(authors)}}}{{Version {version}, {spoken}}}"
            rf"\begin{{imprint}}{page}\end{{imprint}}"
        ),
        "tableofcontents": r"\pagestyle{plain}\bookcontents",
        "atendofbody": "",
        "preamble": rf"\usepackage{{print}}\paperheightof{{{height}}}"
        rf"\hypersetup{{pdftitle={{{tex(citation['title'])}}},pdfauthor={{{tex(authors)}, after {tex(writer)}}},"
        rf"pdfsubject={{{tex(citation['abstract'])}}},pdfkeywords={{{tex(', '.join(citation['keywords']))}}},"
        r"pdflang={en-GB},pdfdisplaydoctitle}",
    }


def committed(app: Sphinx) -> str:
    """The day of the last commit; empty outside a repository."""
    found = subprocess.run(
        ["git", "log", "-1", "--format=%cs"], cwd=app.confdir, capture_output=True, text=True
    )
    return found.stdout.strip() if found.returncode == 0 else ""


def built_pdf(app: Sphinx) -> Path:
    return Path(app.srcdir) / "_build" / PDF


def copy_pdf(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html" and app.config.pdf_edition:
        shutil.copyfile(built_pdf(app), Path(app.outdir) / PDF)


# --- pages --------------------------------------------------------------------------------------


def adapt_to_print(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if app.builder.format != "latex":
        return
    set_parts(app, doctree)
    gather_front_page(doctree)
    for container in list(doctree.findall(nodes.container)):
        # MyST-NB's hide-input would leak the code
        if container.get("nb_element") == "cell_code_source":
            container.parent.remove(container)
    for table in list(doctree.findall(nodes.table)):
        set_columns(table)
    for caption in [*doctree.findall(nodes.caption), *doctree.findall(is_table_title)]:
        shorten_in_lists(caption)
    describe_figures(doctree, docname, app.config.html_baseurl)
    for section in doctree.findall(nodes.section):
        if "data-and-code" in section["ids"]:
            for link in list(section.findall(addnodes.download_reference)):
                if link["reftarget"].endswith(".ipynb"):
                    link.replace_self(nodes.Text(f"The notebook, {link['reftarget']} in book/"))
            for items in list(section.findall(nodes.bullet_list)):
                items.replace_self([raw(r"\begin{filelist}"), items, raw(r"\end{filelist}")])
    mark_names(app, doctree)


def set_parts(app: Sphinx, doctree: nodes.document) -> None:
    """A page for each part of the table of contents, before its first chapter."""
    files = {node["docname"]: node for node in doctree.findall(addnodes.start_of_file)}
    number = 0
    for toctree in app.env.get_doctree(app.config.root_doc).findall(addnodes.toctree):
        lines = []
        for name in toctree["includefiles"]:
            number += 1
            title = tex(app.env.titles[name].astext())
            lines.append(rf"\partline{{{label(name)}}}{{{number}}}{{{title}}}")
        first = files[toctree["includefiles"][0]]
        page = raw(rf"\bookpart{{{tex(toctree['caption'])}}}{{{''.join(lines)}}}")
        first.parent.insert(first.parent.index(first), page)


def gather_front_page(doctree: nodes.document) -> None:
    """Make the front page a chapter without number; Sphinx would take its sections as chapters."""
    page = next(doctree.findall(nodes.section))
    chapter = nodes.section(ids=["about-this-book"])
    chapter += nodes.title("", "About this book")
    for node in page.children[1:]:
        if not any(node.findall(addnodes.start_of_file)):
            page.remove(node)
            chapter += node
    unnumbered = raw(r"\setcounter{secnumdepth}{-1}")
    page[1:1] = [unnumbered, chapter, raw(r"\setcounter{secnumdepth}{0}")]


def is_table_title(node: nodes.Node) -> bool:
    return isinstance(node, nodes.title) and isinstance(node.parent, nodes.table)


def shorten_in_lists(caption: nodes.Element) -> None:
    """Mark where the first sentence ends: the lists of figures and tables stop there."""
    for text in list(caption.findall(nodes.Text)):
        if text.parent is caption and (end := re.search(r"(?<=[.?])\s", str(text))):
            rest = nodes.Text(str(text)[end.start() :])
            first = nodes.Text(str(text)[: end.start()])
            place = caption.index(text)
            caption[place : place + 1] = [first, raw(r"\listend{}"), rest]
            caption.append(raw(r"\listend{}"))
            return


def describe_figures(doctree: nodes.document, docname: str, base: str) -> None:
    """Where each figure is described in words, and what the web edition adds; then the words."""
    lines = []
    for figure in doctree.findall(nodes.figure):
        image = next((node for node in figure.findall(nodes.image) if "chart" in node), None)
        if image is None:
            continue
        owner = figure
        while "docname" not in owner and owner.parent:
            owner = owner.parent
        name = owner.get("docname", docname)
        place = label(name, figure["ids"][0])
        words = label(name, f"{figure['ids'][0]}-described")
        note = rf"Described in words on page~\pageref{{{words}}}."
        if more := interactions(json.loads(image["chart"]["spec"])):
            page = rf"\weblink{{{base}{name}.html}}{{{figure['ids'][0]}}}{{web edition}}"
            note += rf" To choose in the {page}: {tex(', '.join(more))}."
        figure["note"] = note
        image["pixels"] = float(re.search(r'<svg[^>]*? width="([\d.]+)', image["chart"]["svg"])[1])
        said = tex(image["alt"].replace("'", "’"))
        lines.append(rf"\describe{{{place}}}{{{words}}}{{{said}}}")
    page = next(doctree.findall(nodes.section))
    page += raw(r"\backchapter{The figures in words}" + "\n" + "\n".join(lines))


def interactions(spec: object) -> list[str]:
    """What a reader of the web edition can set or pick in a chart."""
    if isinstance(spec, list):
        return [found for part in spec for found in interactions(part)]
    if not isinstance(spec, dict):
        return []
    found = []
    for param in spec.get("params", []):
        bind, select = param.get("bind"), param.get("select")
        if isinstance(bind, dict) and "input" in bind:
            found.append(f"“{bind['name'].strip()}”")
            continue
        kinds = [bind, select.get("type") if isinstance(select, dict) else select]
        found += [CONTROLS[kind] for kind in kinds if kind in CONTROLS][:1]
    for key, part in spec.items():
        if key != "params":
            found += interactions(part)
    return list(dict.fromkeys(found))


def mark_names(app: Sphinx, doctree: nodes.document) -> None:
    """Entries of the index, where there is a name of data/record/names.csv.

    Persons in tables as well; operations and instruments fill those, and an index with them.
    """
    with open(Path(app.srcdir) / "data/record/names.csv", encoding="utf-8", newline="") as file:
        entries = {
            form: (row["heading"], row["kind"])
            for row in csv.DictReader(file)
            for form in row["forms"].split("; ")
        }
    longest_first = sorted(entries, key=len, reverse=True)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b(?! Organi[sz]ation)")
    for paragraph in doctree.findall(nodes.paragraph):
        in_table = isinstance(paragraph.parent, nodes.entry)
        seen = set()
        for text in list(paragraph.findall(nodes.Text)):
            if isinstance(text.parent, nodes.literal | nodes.raw):
                continue
            parts, end = [], 0
            for match in pattern.finditer(str(text)):
                heading, kind = entries[match[0]]
                if heading not in seen and not (in_table and kind != "person"):
                    seen.add(heading)
                    parts += [nodes.Text(str(text)[end : match.start()]), raw(index_entry(heading))]
                    end = match.start()
            if parts:
                place = text.parent.index(text)
                text.parent[place : place + 1] = [*parts, nodes.Text(str(text)[end:])]


def index_entry(heading: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9 ,-]", "", heading.translate(str.maketrans("ōūŌŪéö", "ouOUeo")))
    # a hyphen as a sign: within the argument of a command its macro would be written otherwise
    shown = tex(heading).replace(r"\sphinxhyphen{}", "-")
    # signs that mean something to makeindex; hyperref splits at a stroke even where it is quoted
    shown = re.sub(r'(["@!])', r'"\1', shown).replace("|", r"\textbar{}")
    return rf"\index{{{plain}@{shown}}}"


def set_columns(table: nodes.table) -> None:
    """Ragged text, numbers to the right; large tables smaller, their narrow columns folded."""
    group = next(table.findall(nodes.tgroup))
    rows = list(table.findall(nodes.row))
    if len(rows[0]) >= WIDE and folding_saves(table):
        fold(group, rows)
    widths, lines, small = layout(rows)
    total = sum(widths)
    columns = [
        f">{{\\{'raggedleft' if 'text-right' in entry['classes'] else 'raggedright'}\\arraybackslash}}"
        f"\\X{{{width}}}{{{total}}}"
        for entry, width in zip(rows[-1].children, widths, strict=True)
    ]
    texts = [text for row in rows for text in row.findall(nodes.Text) if "/" in text]
    for text in [text for text in texts if isinstance(text.parent, nodes.paragraph)]:
        # a word such as staff/transport may break behind the stroke
        first, *others = str(text).split("/")
        parts = [part for word in others for part in (raw(r"\slash{}"), nodes.Text(word))]
        place = text.parent.index(text)
        text.parent[place : place + 1] = [nodes.Text(first), *parts]
    around = [addnodes.tabular_col_spec(spec="".join(columns)), table]
    # others would part from their captions at the end of a page
    table["classes"].append("longtable")
    for row in rows[1:-1] if sum(lines) > len(rows) else []:
        row["parted"] = True  # where cells wrap, the eye needs to see where a row ends
    for place in {1, len(rows) - 2} if len(rows) > 3 else set():
        # no single row at the end of a page or at the head of the next
        rows[place]["joined"] = sum(lines[place : place + 2]) <= TALL
    if small:
        around = [raw(r"\begin{smalltable}"), *around, raw(r"\end{smalltable}")]
    keep_with(table, lines[1])
    table.replace_self(around)


def keep_with(table: nodes.table, first: float) -> None:
    """Keep what leads to a table on the page on which its first row, of ``first`` lines, fits.

    That is the heading right above it, or its question, with the heading and other questions
    above that; figures float, so that those between do not count.
    """
    place: nodes.Node = table
    lead, words = None, 0
    while isinstance(place.parent, nodes.section | nodes.container):
        above = [node for node in place.parent[: place.parent.index(place)] if shows(node)]
        for node in reversed(above):
            if isinstance(node, nodes.paragraph) and words + len(node.astext()) < LEAD:
                lead, words = node, words + len(node.astext())
            elif not any(node.findall(nodes.figure)):
                break
        else:
            if isinstance(place.parent, nodes.section):
                lead = place.parent  # the table is near its heading
                break
            place = place.parent
            continue
        break
    if lead is None or lead.parent is None:
        return
    while isinstance(lead, nodes.section) and isinstance(lead.parent, nodes.section):
        if any(map(shows, lead.parent[: lead.parent.index(lead)])):
            break
        lead = lead.parent  # with a heading right above the heading
    caption = next(table.findall(nodes.title), nodes.title()).astext()
    # in lines of the text: headings and head of the table; words; caption and row in smaller type
    room = math.ceil(10 + words / 80 + 0.75 * (len(caption) / 100 + first))
    lead.parent.insert(lead.parent.index(lead), raw(rf"\Needspace{{{room}\baselineskip}}"))


def layout(rows: list[nodes.row]) -> tuple[list[int], list[float], bool]:
    """The widths of the columns, the lines of each row, and whether the table is set smaller."""
    many = len(rows) > ROWS and len(rows[0]) >= WIDE - 1
    small = many or sum(least(rows, GAP)) + READABLE > ROOM
    widths, lines = shortest(rows, *((SMALL_ROOM, SMALL_GAP) if small else (ROOM, GAP)))
    return widths, lines, small


def folding_saves(table: nodes.table) -> bool:
    """Whether narrow columns set below each other make the table clearly shorter, or fit at all."""
    folded = table.deepcopy()
    rows = list(folded.findall(nodes.row))
    fold(next(folded.findall(nodes.tgroup)), rows)
    plain, lines, _ = layout(list(table.findall(nodes.row)))
    return sum(plain) > SMALL_ROOM or sum(layout(rows)[1]) < SAVED * sum(lines)


def shows(node: nodes.Node) -> bool:
    """Whether a node is more than a heading, a target, or a cell of which nothing is printed."""
    heading = isinstance(node, nodes.title | nodes.target)
    return not heading and bool(node.astext().strip() or any(node.findall(nodes.image)))


def wide(text: str) -> float:
    """The width of a text in characters of the usual mix of letters."""
    return sum(SIGNS.get(sign, 1.4 if sign.isupper() else 1) for sign in text)


def measure(cell: nodes.entry) -> tuple[float, float]:
    """The width of all words of a cell and that of its longest; claim marks are set smaller."""
    whole, longest = 0.0, 0.0
    for text in cell.findall(nodes.Text):
        if isinstance(text.parent, nodes.raw):
            pages = len(PAGES.findall(str(text)))
            whole, longest = whole + pages * PAGE, max(longest, min(pages, 2) * PAGE)
            continue
        share, part = 1.0, text.parent
        while not isinstance(part, nodes.entry):
            share = MARK if isinstance(part, nodes.superscript) else share
            part = part.parent
        words = re.split(r"\s+|(?<=/)", str(text))
        whole += share * wide(str(text))
        longest = max(longest, share * max(map(wide, words)))
    return whole, longest


def least(rows: list[nodes.row], gap: int) -> list[int]:
    """The narrowest width of each column, in characters: its longest word, and the gap."""
    found = []
    for place in range(len(rows[0])):
        whole, longest = zip(*(measure(row[place]) for row in rows), strict=True)
        folded = any(len(row[place].children) > 1 for row in rows)
        short = not folded and max(whole[1:]) <= NO_WRAP  # the heading may be longer
        found.append(gap + math.ceil(max(longest + whole[1:] if short else longest)))
    return found


def shortest(rows: list[nodes.row], room: int, gap: int) -> tuple[list[int], list[float]]:
    """The widths of columns, in characters, for which the table takes the fewest lines.

    From the narrowest on, a character at a time goes where it saves most. Returns the widths,
    which leave room where no cell needs it, and the lines of each row.
    """
    lengths = np.array([[measure(cell)[0] for cell in row] for row in rows])
    folded = np.array([[len(list(cell.findall(nodes.paragraph))) for cell in row] for row in rows])
    widths = np.array(least(rows, gap))

    def lines(tried: np.ndarray) -> np.ndarray:
        # what does not end with its line leaves half a word of it empty
        return np.maximum(lengths * SLACK / (tried - gap), folded).max(axis=1)

    each = np.eye(len(widths), dtype=int)
    while widths.sum() < room:
        saved = [lines(widths).sum() - lines(widths + one).sum() for one in each]
        if max(saved) <= 0:
            break
        widths += each[int(np.argmax(saved))]
    return widths.tolist(), lines(widths).tolist()


def fold(group: nodes.tgroup, rows: list[nodes.row]) -> None:
    """Set narrow columns of words that stand side by side below each other, heads and all."""
    words = [
        max(wide(row[place].astext()) for row in rows) <= NARROW
        and "text-right" not in rows[-1][place]["classes"]
        for place in range(len(rows[0]))
    ]
    heads = [head.astext().lower() for head in rows[0]]
    runs = []
    for place in range(len(words)):
        if place and words[place] and words[place - 1]:
            runs[-1].append(place)
        else:
            runs.append([place])
    for row in rows:
        cells = list(row.children)
        for first, *others in runs:
            for other in others:
                if row is not rows[0] and BARE.fullmatch(cells[other].astext()):
                    cells[other][0].insert(0, nodes.Text(f"{heads[other]} "))
                cells[first] += cells[other].children
                row.remove(cells[other])
    columns = list(group.findall(nodes.colspec))
    for _, *others in runs:
        for other in others:
            group.remove(columns[other])
    group["cols"] = len(runs)


def is_mark(node: nodes.Node) -> bool:
    """Whether a node is the mark of a statement or of an event."""
    return isinstance(node, nodes.superscript) and bool({"claim", "record"} & set(node["classes"]))


class PrintTranslator(LaTeXTranslator):
    """LaTeX with the commands of print.sty for charts, boxes and marks."""

    def encode(self, text: str) -> str:
        # a number keeps its sign
        text = re.sub(r" %", "\u00a0%", text)
        text = re.sub(r"\bp = (?=\d)", "p\u00a0=\u00a0", text)
        # marks of direction: TeX sets from left to right, and they would turn what is copied
        return super().encode(re.sub(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text))

    def depart_caption(self, node: nodes.Element) -> None:
        super().depart_caption(node)
        if "note" in node.parent:
            self.body.append(rf"\figurenote{{{node.parent['note']}}}")

    def visit_image(self, node: nodes.Element) -> None:
        if "pixels" not in node:
            return super().visit_image(node)
        share = node["pixels"] * GROWTH / TEXT_WIDTH
        uri = self.builder.images[node["uri"]]
        self.body.append(rf"\noindent\chart{{{uri}}}{{{share:.3f}}}")

    def depart_row(self, node: nodes.Element) -> None:
        super().depart_row(node)
        space = r"\vskip3pt" if "parted" in node else ""
        kept = r"\penalty10000 " if node.get("joined") else ""  # no page ends here
        if space or kept:
            self.body.append(rf"\noalign{{{kept}{space}{kept}}}" + "\n")

    def visit_number_reference(self, node: nodes.Element) -> None:
        try:
            super().visit_number_reference(node)
        finally:  # it ends by skipping what is below
            self.body[-1] = self.body[-1].replace(r" \ref", r"~\ref")

    def visit_admonition(self, node: nodes.Element) -> None:
        title = node.next_node(nodes.title)
        self.body.append(f"\n\\begin{{bookbox}}{{{self.encode(title.astext())}}}")
        node.remove(title)
        self.no_latex_floats += 1

    def depart_admonition(self, node: nodes.Element) -> None:
        self.body.append("\\end{bookbox}\n")
        self.no_latex_floats -= 1

    def visit_superscript(self, node: nodes.Element) -> None:
        if not is_mark(node):
            return super().visit_superscript(node)
        place = node.parent.index(node)
        if place and is_mark(node.parent[place - 1]):
            self.body.append(r"\,")
        self.body.append(r"\claimmark{")

    def depart_superscript(self, node: nodes.Element) -> None:
        if not is_mark(node):
            return super().depart_superscript(node)
        self.body.append("}")


def translate_for_print(app: Sphinx) -> None:
    # not for HTML, where the theme keeps its own translator only if no other is registered
    if app.builder.format == "latex":
        app.set_translator("latex", PrintTranslator, override=True)


def mend_addresses(app: Sphinx, doctree: nodes.document) -> None:
    """MyST-Parser escapes addresses for HTML, and so does the writer: & would come out twice."""
    for reference in doctree.findall(nodes.reference):
        if "refuri" in reference:
            reference["refuri"] = html.unescape(reference["refuri"])


def setup(app: Sphinx) -> dict:
    app.add_config_value("pdf_edition", False, "html")
    app.connect("builder-inited", translate_for_print)
    app.connect("config-inited", configure, priority=900)
    app.connect("build-finished", copy_pdf)
    app.connect("doctree-read", mend_addresses)
    app.connect("doctree-resolved", adapt_to_print)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
