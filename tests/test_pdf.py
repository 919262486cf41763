"""The PDF edition."""

import re

import pytest
from conftest import HTML, PDF, ROOT, chapters, page
from pypdf import PdfReader

TEXT_WIDTH = 5  # pt that a line may stand out before it shows


@pytest.fixture(scope="module")
def pdf():
    return PdfReader(PDF)


@pytest.fixture(scope="module")
def text(pdf):
    return " ".join(re.sub(r"\s+", " ", page.extract_text()) for page in pdf.pages)


def flat(outline):
    for entry in outline:
        if isinstance(entry, list):
            yield from flat(entry)
        else:
            yield entry.title


def plain(words):
    """Letters only: TeX sets ligatures and typographic quotes."""
    return re.sub(r"[^a-z]", "", words.lower().replace("ﬁ", "fi").replace("ﬂ", "fl"))


def test_every_chapter_is_in_bookmarks_and_text(pdf, text):
    bookmarks = [plain(title) for title in flat(pdf.outline)]
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


def test_table_of_contents_has_page_numbers(pdf):
    contents = " ".join(sheet.extract_text() for sheet in pdf.pages[:5])
    assert re.search(r"Introduction[ .]+\d+", contents)


def test_no_code_and_no_markup_is_printed(text):
    for left in ("Show the code", "import altair", "glue_facts", "{claim", "{glue"):
        assert left not in text


def test_tex_log_is_clean():
    log = (ROOT / "_build/stage/_build/latex/nato-japan.log").read_text(errors="replace")
    wide = [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(wide, default=0) <= TEXT_WIDTH
    assert "Missing character" not in log
    assert "There were undefined references" not in log


def test_html_offers_the_same_file():
    assert (HTML / "nato-japan.pdf").read_bytes() == PDF.read_bytes()
