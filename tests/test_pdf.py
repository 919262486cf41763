"""The PDF edition, read by its structure: what a screen reader is told, and what is copied."""

import re
from collections import Counter
from functools import cache

import pikepdf
import pytest
from bs4 import BeautifulSoup
from conftest import HTML, PDF, ROOT, chapters, page, toc

BLOCKS = {"P", "H1", "H2", "H3", "H4", "TH", "TD", "LI", "LBody", "Caption", "Title", "Code"}
HEADINGS = {"H1", "H2", "H3", "H4"}
LINE = 413.9  # pt, the width of the text
PAGE = re.compile(r"\d{1,3}|[ivx]+")
# words that one edition has and the other has not, each with its reason
NOTE = re.compile(r"To choose in the web edition: [^.]*\.")  # below a figure, in print alone


class Element:
    """A part of the structure: its tag, its children, the page that it is on."""

    def __init__(self, node, parent, book, sheet):
        self.tag, self.parent, self.node = str(node.S)[1:], parent, node
        self.sheet = book.sheets.get(node.Pg.objgen) if "/Pg" in node else sheet
        self.parts, self.links = [], []
        kids = node.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if not isinstance(kid, pikepdf.Dictionary):
                self.parts.append(book.marked[self.sheet].get(int(kid), ""))
            elif "/S" in kid:
                self.parts.append(Element(kid, self, book, self.sheet))
            elif "/MCID" in kid:
                sheet = book.sheets[kid.Pg.objgen] if "/Pg" in kid else self.sheet
                self.sheet = sheet if self.sheet is None else self.sheet
                self.parts.append(book.marked[sheet].get(int(kid.MCID), ""))
            else:
                self.links.append(kid.Obj)
        if self.sheet is None:
            below = [part.sheet for part in self.parts if isinstance(part, Element)]
            self.sheet = next((sheet for sheet in below if sheet is not None), None)

    def all(self, *tags):
        for part in self.parts:
            if isinstance(part, Element):
                if not tags or part.tag in tags:
                    yield part
                yield from part.all(*tags)

    @property
    def text(self):
        parts = (part if isinstance(part, str) else part.text for part in self.parts)
        return "".join(parts) + (" " if self.tag in BLOCKS else "")


class Book:
    """The PDF, read once: the text of each marked part of each page, and the structure."""

    def __init__(self):
        self.pdf = pikepdf.open(PDF)
        self.sheets = {sheet.objgen: place for place, sheet in enumerate(self.pdf.pages)}
        self.labels = [sheet.label for sheet in self.pdf.pages]
        self.marked, self.untagged, self.fonts = [], [], {}
        for sheet in self.pdf.pages:
            self.marked.append(self.read(sheet))
        self.root = Element(self.pdf.Root.StructTreeRoot.K[0], None, self, None)
        self.all = list(self.root.all())
        self.texts = ["".join(parts.values()) for parts in self.marked]

    def letters(self, font):
        if font.objgen not in self.fonts:
            found = font.ToUnicode.read_bytes().decode()
            self.fonts[font.objgen] = {
                int(sign, 16): bytes.fromhex(text).decode("utf-16-be")
                for sign, text in re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>", found)
            }
        return self.fonts[font.objgen]

    def read(self, sheet):
        fonts = {name: self.letters(font) for name, font in sheet.Resources.get("/Font", {}).items()}
        marked, stack, font = {}, [], None
        for values, operator in pikepdf.parse_content_stream(sheet, "BDC BMC EMC Tf Tj TJ"):
            match str(operator):
                case "BDC" | "BMC":
                    about = values[1] if len(values) > 1 else {}
                    stack.append(int(about["/MCID"]) if "/MCID" in about else str(values[0]))
                case "EMC":
                    stack.pop()
                case "Tf":
                    font = fonts[str(values[0])]
                case _:
                    shown = values[0] if isinstance(values[0], pikepdf.Array) else [values[0]]
                    codes = b"".join(bytes(part) for part in shown if isinstance(part, pikepdf.String))
                    pairs = zip(codes[::2], codes[1::2], strict=True)
                    text = "".join(font[256 * high + low] for high, low in pairs)
                    if place := [entry for entry in stack if isinstance(entry, int)]:
                        marked[place[-1]] = marked.get(place[-1], "") + text
                    elif "/Artifact" not in stack:
                        self.untagged.append(text)
        return marked

    def tagged(self, *tags):
        return [element for element in self.all if element.tag in tags]

    def chapter(self, name):
        """The elements from the heading of a chapter to that of the next."""
        titles = {plain(title_of(name)) for name in chapters()} | {"index"}
        titles |= {plain(part["caption"]) for part in toc()["parts"]}
        tops = [
            place
            for place, part in enumerate(self.all)
            if part.tag in {"H1", "H2"} and plain(part.text) in titles
        ]
        (start,) = [
            place for place in tops if plain(self.all[place].text) == plain(title_of(name))
        ]
        end = next((place for place in tops if place > start), len(self.all))
        return self.all[start:end]


@pytest.fixture(scope="module")
def book():
    return Book()


def title_of(name):
    if name == chapters()[0]:
        return "About this book"
    return page(name).select_one("h1").find(string=True, recursive=False)


def plain(words):
    return re.sub(r"^chapter|[^a-z]", "", words.lower())
