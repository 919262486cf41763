"""Sphinx extension: the printed edition, from the pages of the web edition, by way of Typst.

The builder writes every page as calls of functions of ``_print/print.typ``, which holds all looks;
the ``typst`` package makes a tagged PDF of them. What the web edition does by clicks, print does
by pages: claim marks and the ledger name each other's places, and an index names persons,
operations and instruments (``data/record/names.csv``). Code and notes for the browser stay out.
"""

import csv
import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from book_charts import HINT, interactions
from book_claims import ClaimPlaces, marks_of
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.errors import SphinxError

LOOK = Path(__file__).parents[1] / "_print" / "print.typ"
FONTS = ("font_source_serif_pro", "font_source_sans_pro")
FONT = re.compile(r'(?<=font-family=")[^"]*')
WIDTH = re.compile(r'<svg[^>]*? width="([\d.]+)')
# marks of direction would turn what is copied; no font draws the others
UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]")
KEPT = re.compile(r"([\d.,]+ %|\bp = [\d.]+)")  # a number keeps its sign
BARE = re.compile(r"none|\d{1,2}")  # says nothing without its heading
SHORT = 100  # characters; an expression up to here stays on a line with its mark
WIDE, NARROW = 6, 22  # columns of a wide table; characters of a column that may be set below others
LEAD = 450  # characters; so short a paragraph stays with the figure or table that it leads to
LINE = 105  # characters; a table with longer rows breaks them


class Code(str):
    """An expression of Typst; any other string is text."""


class Mark(Code):
    """The mark of a statement or an event, which stays with the word before it."""


def code(value: object) -> Code:
    """A value as Typst reads it, on one line; text always within quotes, so that it stays text."""
    match value:
        case None | Code():
            return value or Code("none")
        case dict():
            return Code(f"({', '.join(f'{key}: {code(part)}' for key, part in value.items())})")
        case list() | tuple():
            return Code(f"({''.join(f'{code(part)}, ' for part in value)})")
    return Code(json.dumps(value, ensure_ascii=False))


def call(name: str, *values: object, **named: object) -> Code:
    parts = [*map(code, values), *(f"{key}: {code(value)}" for key, value in named.items())]
    return Code(f"{name}({', '.join(parts)})")


def joined(parts: list[str]) -> Code:
    """Texts and expressions, one after the other, as one expression."""
    found: list[str] = []
    for part in parts:
        before = found.pop() if found else ""
        texts = not isinstance(before, Code)
        if isinstance(part, Mark) and (texts or isinstance(before, Mark) or len(before) < SHORT):
            cut = before.rfind(" ") + 1 if texts else 0
            glued = Mark(call("marked", before[cut:] if texts else before, part))
            found += [before[:cut], glued] if before[cut:] else [before, part]
        elif texts and not isinstance(part, Code):
            found.append(before + part)
        else:
            found += [before, part]
    pieces = [
        call("together", piece) if KEPT.fullmatch(piece) else code(piece)
        for part in found
        for piece in ([part] if isinstance(part, Code) else KEPT.split(part))
        if piece
    ]
    return pieces[0] if len(pieces) == 1 else Code("{" + "; ".join(pieces) + "}")


class Block(NamedTuple):
    """A part of a page that stands on a line of its own in ``book.typ``."""

    code: Code
    place: str  # for messages: where it comes from
    signs: str = ""  # what it shows


class TypstBuilder(Builder):
    """All pages as one document of Typst, for book_press to print."""

    name = format = "typst"
    supported_image_types = ["image/svg+xml"]

    def get_outdated_docs(self) -> str:
        return "all pages"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        return docname

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        return to

    def write(self, *ignored: object) -> None:
        """Resolve all pages, then write them: a link may lead to any."""
        self.faults: list[str] = []
        self.labels: dict[str, str] = {}
        root = self.config.root_doc
        parts = list(self.env.get_doctree(root).findall(addnodes.toctree))
        pages = {}
        for name in [root, *(name for part in parts for name in part["includefiles"])]:
            page = pages[name] = self.env.get_doctree(name)
            for toctree in list(page.findall(addnodes.toctree)):
                toctree.parent.remove(toctree)
            self.env.resolve_references(page, name, self)
            self.name_places(page, name)
        facts = {"day": committed(self.app), "paper": self.config.print_paper}
        citation, web = Code('yaml("CITATION.cff")'), self.config.html_baseurl
        book = call("book.with", citation, web=web, **facts)
        blocks = [Block(Code(f"show: {book}"), "CITATION.cff")]
        blocks += PageWriter(self, root, pages[root], 1).blocks()
        for part in parts:
            names = part["includefiles"]
            numbers = [dotted(self.env.toc_secnumbers[name][""]) for name in names]
            titles = [self.env.titles[name].astext() for name in names]
            chapters = list(zip(numbers, titles, names, strict=True))
            blocks.append(Block(call("part", part["caption"], chapters), "_toc.yml"))
            for name in names:
                blocks += PageWriter(self, name, pages[name], 2).blocks()
        self.blocks = [*blocks, Block(call("book-index"), "data/record/names.csv")]

    def name_places(self, page: nodes.document, docname: str) -> None:
        """Every place that a link may lead to, with the label that its node gets."""
        for node in page.findall(nodes.Element):
            targets = [f"{docname}#{name}" for name in node.get("ids", [])]
            if isinstance(node, nodes.section) and node.parent is page:
                targets = [docname, *targets]
            self.labels |= dict.fromkeys(targets, targets[0] if targets else "")

    def finish(self) -> None:
        out = Path(self.outdir)
        if self.faults:
            raise SphinxError("\n".join(["the printed edition is not made:", *self.faults]))
        shutil.rmtree(out / "fonts", ignore_errors=True)
        (out / "fonts").mkdir()
        for package in FONTS:
            for face in (files(package) / "files").iterdir():
                if face.name.endswith(".otf"):  # not the same once more in another format
                    (out / "fonts" / face.name).write_bytes(face.read_bytes())
        for path in (LOOK, Path(self.confdir) / "CITATION.cff"):
            shutil.copyfile(path, out / path.name)
        lines = [f'import "{LOOK.name}": *', *(block.code for block in self.blocks)]
        (out / "book.typ").write_text("".join(f"#{line}\n" for line in lines), encoding="utf-8")
        places = [(block.place, block.signs) for block in self.blocks]
        (out / "places.json").write_text(json.dumps(places), encoding="utf-8")


class Cell(NamedTuple):
    """A cell of a table: what it shows, and its words, by which columns get their widths."""

    code: Code
    words: str


class PageWriter:
    """The nodes of a page as calls; the methods bear the names of the nodes that they write."""

    transparent = {"container", "compound", "section", "inline", "target"}
    left_out = {"raw", "comment", "substitution_definition", "index"}
    functions = {"emphasis": "emph", "title_reference": "emph", "strong": "strong"}
    functions |= {"subscript": "sub", "block_quote": "quotation", "rubric": "strong"}

    def __init__(self, builder: TypstBuilder, docname: str, page: nodes.document, level: int):
        self.builder, self.docname, self.page, self.level = builder, docname, page, level
        self.env = builder.env
        self.entries, self.forms = names(builder.srcdir)
        self.named: set[str] | None = None  # headings of the index that this paragraph has had
        self.known: set[str] = set()  # labels that are written

    def blocks(self) -> list[Block]:
        shown = [(node, parts) for node in self.leaves(self.page) if (parts := self.write(node))]
        blocks = []
        for (node, parts), (follower, _) in zip(shown, [*shown[1:], (None, [])], strict=True):
            short = isinstance(node, nodes.paragraph) and len(node.astext()) < LEAD
            if short and isinstance(follower, nodes.figure | nodes.table):
                parts = [call("lead", *parts)]
            signs = node.astext() + "".join(i.get("svg", "") for i in node.findall(nodes.image))
            blocks.append(Block(joined(parts), self.place(node), signs))
        return blocks

    def leaves(self, node: nodes.Element) -> Iterator[nodes.Element]:
        """What stands on a page one below the other, without the code of the cells."""
        for child in node.children:
            if isinstance(child, nodes.section | nodes.container | nodes.compound):
                if child.get("nb_element") != "cell_code_source":
                    yield from self.leaves(child)
            else:
                yield child

    def place(self, node: nodes.Node) -> str:
        """Chapter and line; MyST-NB counts ten thousand lines for a cell."""
        while node.line is None and node.parent is not None:
            node = node.parent
        cell, line = divmod(node.line or 0, 10_000)
        file = Path(self.env.doc2path(self.docname)).relative_to(self.builder.srcdir)
        return f"{file}, " + (f"cell {cell}, " if cell else "") + f"line {line}"

    def fault(self, node: nodes.Node, words: str) -> list[str]:
        self.builder.faults.append(f"{self.place(node)}: {words}")
        return []

    def write(self, node: nodes.Node) -> list[str]:
        """Texts and expressions for a node, after the label that links to it ask for."""
        kind = type(node).__name__
        if kind in self.left_out:
            return []
        if method := getattr(self, f"write_{kind}", None):
            written = method(node)
        elif kind in self.functions:
            written = [call(self.functions[kind], self.body(node))]
        elif kind in self.transparent:
            written = self.inner(node)
        else:
            return self.fault(node, f"print does not know the node {kind}")
        label = self.label(node)
        return [call("at", label), *written] if label else written

    def inner(self, node: nodes.Element) -> list[str]:
        return [part for child in node.children for part in self.write(child)]

    def body(self, node: nodes.Element) -> Code:
        return joined(self.inner(node))

    def label(self, node: nodes.Node) -> str | None:
        """The label of a node, once: the caller has to write it."""
        ids = node.get("ids") if isinstance(node, nodes.Element) else None
        label = self.builder.labels.get(f"{self.docname}#{ids[0]}") if ids else None
        if label in self.known:
            return None
        self.known.add(label)
        return label

    def write_Text(self, node: nodes.Text) -> list[str]:  # noqa: N802
        text = UNSEEN.sub("", re.sub(r"\s+", " ", str(node)))
        if self.named is None:
            return [text]
        parts, end = [], 0
        for match in self.forms.finditer(text):
            heading, kind = self.entries[match[0]]
            # operations and instruments fill tables, and an index with them
            if heading not in self.named and (kind == "person" or not self.in_table):
                self.named.add(heading)
                parts += [text[end : match.start()], call("entry", heading)]
                end = match.start()
        return [*parts, text[end:]]

    def paragraph(self, node: nodes.Element) -> Code:
        self.named, self.in_table = set(), isinstance(node.parent, nodes.entry)
        body = self.body(node)
        self.named = None
        return body

    def write_paragraph(self, node: nodes.Element) -> list[str]:
        return [call("par", self.paragraph(node))]

    def write_literal(self, node: nodes.Element) -> list[str]:
        block = isinstance(node, nodes.literal_block)
        return [call("raw", UNSEEN.sub("", node.astext()), block=block)]

    write_literal_block = write_literal

    def write_superscript(self, node: nodes.Element) -> list[str]:
        if {"claim", "record"} & set(node["classes"]):
            return [Mark(call("mark", self.body(node)))]
        return [call("super", self.body(node))]

    def write_ClaimPlaces(self, node: ClaimPlaces) -> list[str]:  # noqa: N802
        marks = [f"{page}#{place}" for page, place in marks_of(self.env, node["claim"])]
        return [call("pages", marks)] if marks else ["nowhere"]

    def write_reference(self, node: nodes.Element) -> list[str]:
        body, address = self.body(node), html.unescape(node.get("refuri", ""))
        if "refid" in node or node.get("internal"):
            target = f"{self.docname}#{node['refid']}" if "refid" in node else address
            label = self.builder.labels.get(target.removesuffix("#"))
            if label is None:
                self.fault(node, f"“{node.astext()}” links to {target}, which is nowhere")
            return [call("to", label, body)]
        # relative ones lead to files of the web edition
        return [call("link", address, body) if re.match("https?:|mailto:", address) else body]

    def write_number_reference(self, node: nodes.Element) -> list[str]:
        return [call("together", *self.write_reference(node))]

    def write_download_reference(self, node: nodes.Element) -> list[str]:
        return [node.astext()]

    def write_title(self, node: nodes.Element) -> list[str]:
        section, depth = node.parent, 0
        while section.parent is not self.page:
            section, depth = section.parent, depth + 1
        if depth:
            place = {"depth": depth, "label": self.label(node.parent)}
            return [call("section", self.level + depth, self.body(node), **place)]
        numbers = self.env.toc_secnumbers.get(self.docname)  # the front page has none
        number, title = None, "About this book"
        if numbers:
            number, title = dotted(numbers[""]), self.body(node)
        return [call("chapter", self.level, number, title, label=self.docname)]

    def write_bullet_list(self, node: nodes.Element) -> list[str]:
        kind = "files" if any(node.findall(addnodes.download_reference)) else "list"
        return [call(kind, *map(self.flow, node.children))]

    def write_enumerated_list(self, node: nodes.Element) -> list[str]:
        return [call("enum", *map(self.flow, node.children))]

    def flow(self, node: nodes.Element) -> Code:
        """Blocks within another one; a single paragraph is its text."""
        if len(node.children) == 1 and isinstance(node[0], nodes.paragraph):
            return self.paragraph(node[0])
        return joined([part for leaf in self.leaves(node) for part in self.write(leaf)])

    def write_admonition(self, node: nodes.Element) -> list[str]:
        title = next(node.findall(nodes.title))
        node.remove(title)
        return [call("aside", self.body(title), self.flow(node))]

    def write_citation(self, node: nodes.Element) -> list[str]:
        node.remove(node[0])  # its number: sentences cite author and year
        return [call("work", self.flow(node))]

    def fignumber(self, node: nodes.Element, kind: str) -> str | None:
        found = self.env.toc_fignumbers.get(self.docname, {}).get(kind, {})
        return next((dotted(found[name]) for name in node["ids"] if name in found), None)

    def write_figure(self, node: nodes.Element) -> list[str]:
        image = next(node.findall(nodes.image))
        if "chart" not in image or not image.get("alt"):
            return self.fault(node, "a picture that is no chart, or a chart without description")
        svg = image["svg"] = HINT.sub("", image["chart"]["svg"])
        name = f"{Path(image['uri']).stem}.svg"
        drawn = FONT.sub("Source Sans Pro", svg)
        (Path(self.builder.outdir) / name).write_text(drawn, encoding="utf-8")
        base = self.env.config.html_baseurl
        facts = {
            "pixels": float(WIDTH.search(svg)[1]),
            "alt": image["alt"],
            "number": self.fignumber(node, "figure"),
            "controls": interactions(json.loads(image["chart"]["spec"])),
            "web": f"{base}{self.docname}.html#{node['ids'][0]}" if base else None,
            "label": self.label(node),
        }
        return [call("chart", name, self.body(next(node.findall(nodes.caption))), **facts)]

    def write_table(self, node: nodes.Element) -> list[str]:
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        heads, *rows = [
            [[self.cell(entry)] for entry in row.children] for row in node.findall(nodes.row)
        ]
        right = ["text-right" in entry["classes"] for entry in list(node.findall(nodes.row))[-1]]
        if len(heads) >= WIDE and sum(longest(rows, place) for place in range(len(heads))) > LINE:
            fold(heads, rows, right)
        columns = []
        for place, turned in enumerate(right):
            cells = [part.words for row in rows for part in row[place]]
            # by which the template finds widths: the longest words, the longest line
            words = sorted(re.split(r"\s+|(?<=/)", " ".join(cells)), key=len)[-4:]
            facts = {"heads": [head.code for head in heads[place]], "words": words}
            facts |= {"names": [head.words for head in heads[place]], "line": max(cells, key=len)}
            columns.append(facts | {"mean": sum(map(len, cells)) // len(rows), "right": turned})
        shown = [[lines([part.code for part in parts]) for parts in row] for row in rows]
        facts = {"number": self.fignumber(node, "table"), "label": self.label(node)}
        return [call("records", columns, shown, self.body(title) if title else None, **facts)]

    def cell(self, entry: nodes.Element) -> Cell:
        words = entry.astext()
        for places in entry.findall(ClaimPlaces):
            words += "000,000 " * len([*marks_of(self.env, places["claim"])])
        return Cell(lines([self.paragraph(part) for part in entry.children]), words)


def dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


def lines(parts: list[Code]) -> Code:
    return joined([piece for part in parts for piece in (" ", Code("linebreak()"), part)][2:])


def longest(rows: list[list[list[Cell]]], place: int) -> int:
    return max(len(row[place][0].words) for row in rows)


def fold(heads: list[list[Cell]], rows: list[list[list[Cell]]], right: list[bool]) -> None:
    """Set narrow columns of words that stand side by side below each other, heads and all."""
    for place in reversed(range(1, len(heads))):
        if any(right[near] or longest(rows, near) > NARROW for near in (place - 1, place)):
            continue
        head = heads[place][0].words.lower()
        for row in rows:
            first = row[place][0]
            if BARE.fullmatch(first.words):
                row[place][0] = Cell(joined([f"{head} ", first.code]), f"{head} {first.words}")
        for cells in (heads, *rows):
            cells[place - 1] += cells.pop(place)
        right.pop(place)


@cache
def names(root: str) -> tuple[dict[str, tuple[str, str]], re.Pattern]:
    """The index: by each form of a name its heading and kind, and a pattern of all forms."""
    with open(Path(root) / "data/record/names.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    entries = {
        form: (row["heading"], row["kind"]) for row in rows for form in row["forms"].split("; ")
    }
    forms = "|".join(map(re.escape, sorted(entries, key=len, reverse=True)))
    return entries, re.compile(rf"\b(?:{forms})\b(?! Organi[sz]ation)")


def committed(app: Sphinx) -> str:
    """The day of the last commit; empty outside a repository."""
    command = ["git", "log", "-1", "--format=%cs"]
    found = subprocess.run(command, cwd=app.confdir, capture_output=True, text=True)
    return found.stdout.strip()


def setup(app: Sphinx) -> dict:
    app.add_builder(TypstBuilder)
    app.add_config_value("print_paper", "a4", "")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
