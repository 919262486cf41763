"""The PDF edition."""

import re

import pytest
from conftest import HTML, PDF, ROOT, chapters, page, toc
from pypdf import PdfReader

TEXT_WIDTH = 5  # pt that a line may stand out before it shows
LINE = 415  # pt, the width of the text
FOOT = 97  # pt, where the text of an A4 page ends
LATEX = ROOT / "_build/stage/_build/latex"


@pytest.fixture(scope="module")
def pdf():
    return PdfReader(PDF)


@pytest.fixture(scope="module")
def text(pdf):
    return " ".join(re.sub(r"\s+", " ", page.extract_text()) for page in pdf.pages)


def entries(outline):
    """The bookmarks themselves, of all levels."""
    for entry in outline:
        if isinstance(entry, list):
            yield from entries(entry)
        else:
            yield entry


def plain(words):
    """Letters only: TeX sets ligatures and typographic quotes."""
    return re.sub(r"[^a-z]", "", words.lower().replace("ﬁ", "fi").replace("ﬂ", "fl"))


def test_every_chapter_is_in_bookmarks_and_text(pdf, text):
    bookmarks = [plain(entry.title) for entry in entries(pdf.outline)]
    for name in chapters()[1:]:
        title = page(name).select_one("h1").find(string=True, recursive=False)
        assert plain(title) in bookmarks, title
        assert plain(title) in plain(text)


def test_figures_and_tables_are_as_many_as_in_html(text):
    for word, label in [
        ("Fig.", "figcaption .caption-number"),
        ("Table", "caption .caption-number"),
    ]:
        numbers = [
            tag.get_text(strip=True) for name in chapters() for tag in page(name).select(label)
        ]
        numbers = [number for number in numbers if number.startswith(word)]
        assert len(numbers) == len(set(numbers)) >= 12
        for number in numbers:
            # TeX sets spaces of its own
            assert f"{number}:".replace(" ", "") in text.replace(" ", ""), number


def test_fonts_are_embedded(pdf):
    for number, sheet in enumerate(pdf.pages, start=1):
        for font in sheet["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            if "/DescendantFonts" in font:
                font = font["/DescendantFonts"][0].get_object()
            descriptor = font.get("/FontDescriptor", {})
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor), (number, font)


def test_front_matter(pdf):
    title, imprint, *front = (sheet.extract_text() for sheet in pdf.pages[:20])
    assert "Md. Harun or-Rashid" in title
    assert "The authors of this book" in title
    for wanted in ("Creative Commons", "MIT", "How to cite", "the day of the last change"):
        assert wanted in re.sub(r"\s+", " ", imprint)
    front = re.sub(r"\s+", " ", " ".join(front))
    for heading in ("Contents", "Figures", "Tables"):
        assert heading in front
    assert re.search(r"Introduction ?\d+", front)


def test_parts_index_and_descriptions_are_bookmarks(pdf):
    titles = [entry.title for entry in pdf.outline if not isinstance(entry, list)]
    parts = [part["caption"] for part in toc()["parts"]]
    assert [
        f"{number} {title}" for number, title in zip(["I", "II", "III"], parts, strict=True)
    ] == [re.sub(r"\s+", " ", title) for title in titles if title[0] == "I" and title != "Index"]
    assert titles[0] == "About this book"
    assert titles[-3:] == ["The figures in words", "Bibliography", "Index"]


def test_metadata(pdf):
    about = pdf.metadata
    assert about.title.startswith("NATO-Japan Relation, re-run")
    assert "or-Rashid" in about.author
    assert len(about.subject) > 40
    assert "Japan" in about["/Keywords"]
    assert pdf.trailer["/Root"]["/Lang"] == "en-GB"


def test_no_page_is_blank(pdf):
    for number, sheet in enumerate(pdf.pages, start=1):
        assert len(sheet.extract_text().strip()) > 40, number


def test_every_chart_is_described_in_words(text):
    described = plain(text)
    for name in chapters():
        for chart in page(name).select(".chart"):
            words = plain(chart["aria-label"])
            # where a page ends within the words, a running head stands between them
            halves = (words[: len(words) // 2 - 10], words[len(words) // 2 + 10 :])
            assert any(half in described for half in halves), (name, chart["aria-label"])


def test_index_leads_to_pages_with_the_name(pdf):
    """One name of each kind, as the index prints it, is on the pages that it names."""
    sheets = [re.sub(r"\s+", " ", sheet.extract_text()) for sheet in pdf.pages]
    index = "".join(sheets[-3:])
    for heading, word in (
        ("Nakasone, Yasuhiro", "Nakasone"),
        ("KFOR, Kosovo Force", "KFOR"),
        ("Potsdam Declaration", "Potsdam"),
    ):
        (pages,) = re.findall(rf"{heading},? ((?:\d+,? ?)+)", index)
        for number in re.findall(r"\d+", pages):
            assert word in sheets[int(number) - 1], (heading, number)


def test_no_letter_in_a_chart_is_under_seven_points():
    tex = (LATEX / "nato-japan.tex").read_text(encoding="utf-8")
    drawn = re.findall(r"\\chart\{\{?(\w+)\}?\.pdf\}\{([\d.]+)\}", tex)
    assert len(drawn) == sum(len(page(name).select("figure .chart")) for name in chapters())
    for name, share in drawn:
        svg = (LATEX.parent / "jupyter_execute" / f"{name}.svg").read_text(encoding="utf-8")
        width = float(re.search(r'<svg[^>]*? width="([\d.]+)', svg)[1])
        scale = min(float(share), 1) * LINE / width
        smallest = min(map(float, re.findall(r'font-size="([\d.]+)px"', svg)))
        assert smallest * scale >= 7, (name, smallest * scale)


def test_charts_are_drawn_not_pictures_of_dots(pdf):
    """No page holds an image of pixels."""
    for number, sheet in enumerate(pdf.pages, start=1):
        parts = [part.get_object() for part in sheet["/Resources"].get("/XObject", {}).values()]
        assert all(part["/Subtype"] == "/Form" for part in parts), number


def test_no_heading_ends_a_page(pdf):
    """Below each heading there is text on its page."""
    for entry in entries(pdf.outline):
        number, top, lower = pdf.get_destination_page_number(entry), float(entry.top), []

        def visit(text, page, line, *rest, top=top, lower=lower):
            height = line[4] * page[1] + line[5] * page[3] + page[5]
            if text.strip() and FOOT - 5 < height < top - 40:
                lower.append(text)

        pdf.pages[number].extract_text(visitor_text=visit)
        assert len("".join(lower)) > 40, (entry.title, number + 1, top, lower)


def test_marks_lead_to_the_ledger_and_links_out(pdf):
    """Claim marks are links within the book; addresses are links as well."""
    links = [
        note.get_object()
        for sheet in pdf.pages
        for note in sheet.get("/Annots", [])
        if note.get_object()["/Subtype"] == "/Link"
    ]
    inside = [link for link in links if "/Dest" in link or link.get("/A", {}).get("/S") == "/GoTo"]
    outside = [link["/A"]["/URI"] for link in links if link.get("/A", {}).get("/S") == "/URI"]
    assert len(inside) > 3000 and len(outside) > 1000
    assert any(address.startswith("https://www.nato.int/") for address in outside)


def test_no_code_and_no_markup_is_printed(text):
    left_over = (
        "Show the code",
        "import altair",
        "glue_facts",
        "{claim",
        "{glue",
        "(drag",
        "(click",
    )
    for left in left_over:
        assert left not in text


def test_tex_log_is_clean():
    log = (LATEX / "nato-japan.log").read_text(errors="replace")
    wide = [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(wide, default=0) <= TEXT_WIDTH
    assert "Missing character" not in log
    assert "There were undefined references" not in log
    high = [float(points) for points in re.findall(r"Overfull \\vbox \(([\d.]+)pt", log)]
    assert max(high, default=0) <= TEXT_WIDTH


def test_html_offers_the_same_file():
    assert (HTML / "nato-japan.pdf").read_bytes() == PDF.read_bytes()
