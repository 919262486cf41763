"""The PDF edition, read by its structure: what a screen reader is told, and what is copied."""

import re
from collections import Counter

import nbformat
import pikepdf
import pytest
from bs4 import BeautifulSoup
from nato_japan import prose

from conftest import HTML, PDF, ROOT, chapters, page, toc

BLOCKS = {"P", "H1", "H2", "H3", "H4", "TH", "TD", "LI", "LBody", "Caption", "Title", "Code"}
TYPESET = ROOT / "_build/stage/_build/typst"
LINE = 413.9  # pt, the width of the text
# never in what is copied: ligatures, signs without width, spaces and hyphens of the typesetter
ODD = re.compile("[\ufb00-\ufb06\u00a0\u00ad\u200b-\u200f\u2060\ufeff\ufffd]")
ONLY_HTML = re.compile(r"::::\{only\} html\n(.*?)\n::::", re.S)


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
        fonts = {
            name: self.letters(font) for name, font in sheet.Resources.get("/Font", {}).items()
        }
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
                    codes = b"".join(
                        bytes(part) for part in shown if isinstance(part, pikepdf.String)
                    )
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
        (start,) = [place for place in tops if plain(self.all[place].text) == plain(title_of(name))]
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
    return re.sub(r"^(chapter|part [ivx]+)|[^a-z]", "", words.lower())


def test_standards_title_and_language_are_declared(book):
    root = book.pdf.Root
    metadata = root.Metadata.read_bytes().decode()
    for name, value in (("pdfuaid:part", "1"), ("pdfaid:part", "2"), ("pdfaid:conformance", "A")):
        assert re.search(rf"<{name}>{value}<|{name}=\"{value}\"", metadata), name
    assert root.MarkInfo.Marked and root.ViewerPreferences.DisplayDocTitle
    assert root.Lang == "en-GB"
    about = book.pdf.docinfo
    assert str(about.Title).startswith("NATO-Japan Relation, re-run")
    assert "or-Rashid" in str(about.Author) and "Japan" in str(about.Keywords)
    assert len(str(about.Subject)) > 40


def test_all_text_is_tagged(book):
    assert not book.untagged
    assert sum(map(len, book.texts)) > 500_000


def test_every_chart_has_its_description_where_it_stands(book):
    described = [str(figure.node.Alt) for figure in book.tagged("Figure")]
    assert described == [
        chart["aria-label"] for name in chapters() for chart in page(name).select(".chart")
    ]


def test_tables_have_heads_and_rows(book):
    heads = [head.text.strip() for head in book.tagged("TH")]
    assert all(heads)
    cells = [cell.get_text() for name in chapters() for cell in page(name).select("article th")]
    assert Counter(map(plain, heads)) == Counter(map(plain, cells))
    for table in book.tagged("Table"):
        head, body = (next(table.all(tag)) for tag in ("THead", "TBody"))
        assert all("/Column" in str(cell.node.A) for cell in head.all("TH"))
        # no page ends between the head and the first row
        assert next(head.all("TH")).sheet == next(body.all("TD")).sheet, heads[:3]


def test_figures_and_tables_have_the_numbers_of_the_web_edition(book):
    printed = [
        re.match(r"(Fig\.|Table) [\d.]+", caption.text)[0].strip(".")
        for caption in book.tagged("Caption")
    ]
    for word in ("Fig.", "Table"):
        numbers = [
            tag.get_text(strip=True).rstrip(":. ")
            for name in chapters()
            for tag in page(name).select("article .caption-number")
            if tag.get_text().startswith(word)
        ]
        assert [number for number in printed if number.startswith(word)] == numbers
        assert len(set(numbers)) == len(numbers) > 70


def words(text):
    return Counter(re.findall(r"\w+", text.lower()))


def shown(name):
    """The words of a page of the web edition, without what only a browser has."""
    article = BeautifulSoup(str(page(name).select_one("article")), "html.parser")
    gone = "svg, script, .headerlink, .cell_input, details.hide, .margin, .literal-block-wrapper"
    for tag in article.select(gone + ", .highlight-bibtex, .chart, h1 .section-number, .label"):
        tag.decompose()
    for tag in article.select("#tab-claims-ledger td:last-child"):
        tag.decompose()  # names of pages; in print their numbers
    for items in article.select("ol"):  # print writes the numbers, a browser counts by itself
        for number, item in enumerate(items.select(":scope > li"), start=1):
            item.insert(0, f"{number}. ")
    for tag in article.select("sup, td, th, p, li"):
        tag.insert_after(" ")
        tag.insert_before(" ")
    return words(article.get_text())


def printed(book, name):
    """The words of a chapter, without its charts and what stands in their place."""

    def text(part):
        if isinstance(part, str):
            return part
        if part.tag == "Figure" or re.fullmatch(r"[\d, ]+", part.text) and part.tag == "TD":
            return " " if part.tag == "Figure" or in_ledger(part) else part.text
        return "".join(map(text, part.parts)) + (" " if part.tag in BLOCKS else "")

    top = [part for part in book.chapter(name) if part.parent.tag == "Document"]
    found = "".join(map(text, top))
    found = re.sub(r"To choose in the web edition: .*?\.\s+(?=[A-Z]|$)", "", found)
    found = re.sub(r"The notebook, [\w-]+\.ipynb in book/|^chapter \d+ ", "", found)
    return words(found)


def in_ledger(cell):
    row = [part for part in cell.parent.parts if isinstance(part, Element)]
    return re.match(r"[CT][\d.]+ .* footnote ", row[0].text) and cell is row[-1]


@pytest.mark.parametrize("name", chapters())
def test_a_chapter_has_the_words_of_the_web_edition(book, name):
    source = next((ROOT / "book").glob(f"{name}.*"))
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n".join(prose.to_myst(c.source) for c in cells if c.cell_type == "markdown")
    left_out = words(" ".join(ONLY_HTML.findall(text)))
    web, paper = shown(name), printed(book, name)
    if name == chapters()[0]:  # whose title is that of the book
        web, paper = web - words(page(name).h1.get_text()), paper - words(title_of(name))
    assert not (web - paper) - left_out
    # a cell set below others names its heading
    assert not {word: n for word, n in (paper - web).items() if word not in {"footnote"}}


def test_copied_text_is_what_was_written(book):
    text = " ".join(book.texts)
    assert not set(ODD.findall(text))
    for copied in (
        "office",
        "official",
        "conflict",
        "first",
        "five",
        "Voeten, Erik",
        "or-Rashid",
        "Asia-Pacific",
        "Wörner",
        "NATO’s",
    ):
        assert copied in text, copied


def test_ledger_pages_hold_the_marks(book):
    """Each number in the last column is a page with a mark of that statement, and leads there."""
    rows = 0
    for row in book.tagged("TR"):
        cells = [part for part in row.parts if isinstance(part, Element)]
        if cells[0].tag == "TH" or not in_ledger(cells[-1]):
            continue
        rows += 1
        claim, last = cells[0].text.split()[0], cells[-1]
        for link in last.all("Link"):
            place = book.sheets[link.links[0].Dest[0].objgen]
            assert link.text == book.labels[place], (claim, link.text)
            assert claim in book.texts[place], (claim, link.text)
    assert rows == 434


def test_index_leads_to_pages_with_the_name(book):
    """One name of each kind, as the index prints it, is on the pages that it names."""
    index = book.all[max(n for n, part in enumerate(book.all) if part.text == "Index ") :]
    for heading, word in (
        ("Nakasone, Yasuhiro", "Nakasone"),
        ("KFOR, Kosovo Force", "KFOR"),
        ("Potsdam Declaration", "Potsdam"),
    ):
        (entry,) = [part for part in index if part.tag == "P" and part.text.startswith(heading)]
        for number in re.findall(r"\d+", entry.text.removeprefix(heading)):
            assert word in book.texts[book.labels.index(number)], (heading, number)


def test_a_heading_stands_above_its_text(book):
    for place, heading in enumerate(book.all):
        if re.fullmatch("H[1-4]", heading.tag) and heading.text.strip() in {"Contents"}:
            continue
        if re.fullmatch("H[1-4]", heading.tag):
            inside = set(heading.all())
            below = next(part for part in book.all[place + 1 :] if part not in inside)
            assert below.sheet == heading.sheet, heading.text


def test_outline_and_page_labels(book):
    with book.pdf.open_outline() as outline:
        titles = [entry.title for entry in outline.root]
        below = {entry.title: [child.title for child in entry.children] for entry in outline.root}
    parts = [part["caption"] for part in toc()["parts"]]
    assert titles == ["Contents", "How to read this edition", "About this book", *parts, "Index"]
    for part in toc()["parts"]:
        names = [entry["file"].removeprefix("book/") for entry in part["chapters"]]
        assert list(map(plain, below[part["caption"]])) == [plain(title_of(n)) for n in names]
    front = book.labels.index("1")
    assert book.labels[:3] == ["i", "ii", "iii"]
    assert book.labels[front:] == [str(number + 1) for number in range(len(book.labels) - front)]


def test_front_matter(book):
    title, imprint = book.texts[:2]
    assert "Md. Harun or-Rashid" in title and "The authors of this book" in title
    for wanted in ("Creative Commons", "MIT", "How to cite", "the day of the last change"):
        assert wanted in imprint
    assert re.search(r"Introduction ?\d+", book.texts[2])


def test_fonts_are_embedded_and_nothing_is_made_of_dots(book):
    for number, sheet in enumerate(book.pdf.pages, start=1):
        for font in sheet.Resources.get("/Font", {}).values():
            font = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys())
        for part in sheet.Resources.get("/XObject", {}).values():
            assert part.Subtype == "/Form", number


def test_no_letter_in_a_chart_is_under_seven_points():
    source = (TYPESET / "book.typ").read_text(encoding="utf-8")
    drawn = re.findall(r'^#chart\("(\w+\.svg)".*, pixels: ([\d.]+)', source, re.M)
    assert len(drawn) == sum(len(page(name).select("figure .chart")) for name in chapters())
    for name, pixels in drawn:
        svg = (TYPESET / name).read_text(encoding="utf-8")
        scale = min(0.85, LINE / float(pixels))
        smallest = min(map(float, re.findall(r'font-size="([\d.]+)px"', svg)))
        assert smallest * scale >= 7, (name, smallest * scale)


def test_no_page_is_blank(book):
    for number, text in enumerate(book.texts, start=1):
        assert len(text.strip()) > 40, number


def test_links_lead_inside_the_book_or_to_the_web(book):
    links = [note for sheet in book.pdf.pages for note in sheet.get("/Annots", [])]
    assert all(link.Subtype == "/Link" and len(str(link.Contents).strip()) > 4 for link in links)
    outside = [str(link.A.URI) for link in links if "/A" in link and "/URI" in link.A]
    assert len(links) - len(outside) > 3000 and len(outside) > 1000
    assert all(re.match("https?://", address) for address in outside)
    assert any(address.startswith("https://www.nato.int/") for address in outside)


def test_no_code_and_no_markup_is_printed(book):
    text = " ".join(book.texts)
    for left in ("Show the code", "import altair", "render.glue", "{claim", "<!--", "(drag"):
        assert left not in text


def test_html_offers_the_same_file():
    assert (HTML / "nato-japan.pdf").read_bytes() == PDF.read_bytes()
