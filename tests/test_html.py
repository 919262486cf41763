"""The HTML edition, as files."""

import hashlib
import json
import re
import zipfile
from base64 import b64encode
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from nato_japan import data, render
from nato_japan.commands import pack

from conftest import BOOK, HTML, chapters, ids, page


def test_every_chapter_is_built_and_linked():
    front = page("index")
    linked = {Path(urlsplit(a["href"]).path).stem for a in front.select("nav a[href]")}
    for name in chapters()[1:]:
        assert (HTML / "book" / f"{name}.html").is_file()
        assert name in linked


def test_the_front_door_leads_to_the_book():
    assert "book/index.html" in (HTML / "index.html").read_text(encoding="utf-8")


def test_table_1_equals_the_data_cell_by_cell():
    table = page("history").select_one("table#tab-history-operations")
    rows = [
        [td.get_text("", strip=True) for td in tr.select("td")] for tr in table.select("tbody tr")
    ]
    operations, members = data.load("operations"), data.load("operation_members")
    assert len(rows) == len(operations)
    for row, operation in zip(rows, operations.itertuples(), strict=True):
        here = members["operation_no"] == operation.operation_no
        pairs = members.loc[here, ["country", "claim_id"]].to_numpy().tolist()
        pairs = pairs or [[operation.collective_printed, f"{operation.claim_id}.01"]]
        expected = ", ".join(country + claim for country, claim in pairs)
        assert row == [
            str(operation.operation_no),
            operation.operation,
            operation.mission_printed,
            operation.responsibilities,
            str(operation.year_printed),
            expected,
            operation.claim_id,
        ]


@pytest.mark.parametrize("name", chapters())
def test_internal_links_lead_somewhere(name):
    here = HTML / "book" / f"{name}.html"
    for tag in page(name).select("[href], [src]"):
        link = urlsplit(tag.get("href") or tag.get("src"))
        if link.scheme or link.netloc or not (link.path or link.fragment):
            continue
        target = (here.parent / unquote(link.path)).resolve() if link.path else here
        assert target.exists(), f"{name}: {tag}"
        if link.fragment and target.suffix == ".html":
            assert unquote(link.fragment) in ids(target), f"{name}: {tag}"


@pytest.mark.parametrize("name", chapters())
def test_nothing_is_fetched_from_another_host(name):
    for tag in page(name).select("script[src], link[href], img[src], iframe[src]"):
        if (
            tag.name == "link"
            and "stylesheet" not in tag.get("rel", [])
            and "icon" not in tag.get("rel", [])
        ):
            continue
        assert not urlsplit(tag.get("src") or tag.get("href")).netloc, tag


@pytest.mark.parametrize("name", chapters())
def test_every_chart_is_drawn_described_and_numbered(name):
    for chart in page(name).select(".chart"):
        picture = chart.find("svg", recursive=False)
        assert picture["role"] == "img"
        assert len(picture["aria-label"]) >= render.SHORTEST
        assert chart.find("script", type="application/json")
        caption = chart.find_parent("figure").find("figcaption").get_text()
        assert re.match(r"\s*Fig\. \d+", caption)


@pytest.mark.parametrize("name", chapters())
def test_the_pdf_is_one_click_away(name):
    link = page(name).select_one('a[href$="nato-japan.pdf"]')
    assert (HTML / "book" / link["href"]).resolve().is_file()


@pytest.mark.parametrize("name", chapters())
def test_the_frame_of_a_page_is_whole(name):
    soup = page(name)
    assert soup.html["lang"] == "en"
    assert soup.body.find("a")["href"] == "#main"  # skips what every page repeats
    assert len(soup.select("main")) == len(soup.select("h1")) == 1
    labels = [nav["aria-label"] for nav in soup.select("nav")]
    assert len(labels) == len(set(labels)) >= 2
    assert re.match(r"\d+ minutes? · changed \d{4}-\d\d-\d\d", soup.select_one(".about").text)
    assert soup.select_one(".cite cite").text == "NATO-Japan Relation, re-run"
    notebooks = soup.select_one("a[data-notebook]")["href"]
    assert (HTML / "book" / notebooks).resolve() == HTML / "nato-japan-sources.zip"
    order = chapters()
    turns = [Path(a["href"]).stem for a in soup.select(".turn a")]
    here = order.index(name)
    assert turns == order[max(0, here - 1) : here] + order[here + 1 : here + 2]


@pytest.mark.parametrize("name", chapters())
def test_a_page_tells_those_who_link_to_it_what_it_is(name):
    head = page(name).head
    about = head.select_one('meta[name="description"]')["content"]
    assert 40 <= len(about) <= 200
    assert "{" not in about
    assert head.select_one('meta[property="og:description"]')["content"] == about
    assert head.select_one('meta[property="og:title"]')["content"] in head.title.text
    picture = HTML / "book" / head.select_one('meta[property="og:image"]')["content"]
    assert picture.resolve().read_bytes().startswith(b"\x89PNG")


def test_descriptions_of_pages_differ():
    texts = [page(n).select_one('meta[name="description"]')["content"] for n in chapters()]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", chapters())
def test_headings_go_down_by_one(name):
    levels = [int(h.name[1]) for h in page(name).select("article :is(h1, h2, h3, h4, h5)")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", chapters())
def test_ids_are_unique_on_the_page(name):
    here = [tag["id"] for tag in page(name).select("[id]")]
    assert len(here) == len(set(here))


@pytest.mark.parametrize("name", chapters())
def test_tables_have_headers_and_captions(name):
    for table in page(name).select("article table"):
        assert table.caption.text.strip()
        assert table.select("thead th")


@pytest.mark.parametrize("name", chapters())
def test_code_before_a_chart_is_one_toggle(name):
    for cell in page(name).select(".tag_hide-input"):
        following = cell.find_next_sibling()
        silent = not cell.select(".cell_output")
        assert not (silent and following and "tag_hide-input" in following.get("class", []))


def test_the_folder_holds_what_pages_use_and_no_more():
    files = {path.name for path in (HTML / "_static").iterdir()}
    pictures = {name for name in files if name.endswith(".png")}
    assert {name.removesuffix(".png") for name in pictures} <= set(chapters())
    scripts = {"book.js", "vega.js", "tables.js", "ledger.js", "search.js"}
    assert files - pictures == scripts | {"icon.svg", "licenses.txt"}


def test_code_from_elsewhere_comes_with_its_notices():
    notices = (HTML / "_static" / "licenses.txt").read_text(encoding="utf-8")
    for wanted in ("Vega", "BSD 3-Clause", "D3", "ISC"):
        assert wanted in notices, wanted
    start = (HTML / "_static" / "vega.js").read_text(encoding="utf-8")[:60]
    assert start.startswith("/*!") and "licenses.txt" in start
    # all other scripts are those of the book, or its data
    ours = {path.name for path in BOOK.glob("_static/*.js")}
    assert {path.name for path in HTML.glob("_static/*.js")} == ours | {
        "vega.js",
        "ledger.js",
        "search.js",
    }


@pytest.mark.parametrize("path", ["index.html", *(f"book/{name}.html" for name in chapters())])
def test_a_page_has_its_policies(path):
    head = BeautifulSoup((HTML / path).read_text(encoding="utf-8"), "html.parser").head
    policy = head.select_one('meta[http-equiv="Content-Security-Policy"]')["content"]
    assert policy.startswith("default-src 'none'")
    assert path == "index.html" or head.select_one('meta[name="referrer"][content="no-referrer"]')


def test_no_page_runs_what_is_not_ours():
    for name in chapters():
        soup = page(name)
        policy = soup.select_one('meta[http-equiv="Content-Security-Policy"]')["content"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        assert "unsafe" not in rules["script-src"] and "http" not in policy
        for script in soup.select("script:not([src], [type])"):
            digest = hashlib.sha256(script.string.encode()).digest()
            assert b64encode(digest).decode() in rules["script-src"]
        assert not soup.select("script[type*=thebe], iframe, object, embed")


def test_fetched_files_carry_a_version_by_content():
    versions = {}
    for name in ("index", "../search"):
        script = page(name).select_one("script[data-versions]")
        versions[name] = json.loads(script["data-versions"])
        assert script["src"].endswith(f"?v={versions[name]['book.js']}")
    for file in ("book.js", "search.js"):
        content = (HTML / "_static" / file).read_bytes()
        assert versions["../search"][file] == hashlib.sha256(content).hexdigest()[:10]
    fetched = {"book.js", "vega.js", "tables.js", "ledger.js"}
    # the index changes with every word, and only the page of the search asks for it
    assert set(versions["index"]) == fetched
    assert set(versions["../search"]) == fetched | {"search.js"}


def test_the_zip_holds_the_edition(tmp_path):
    with zipfile.ZipFile(HTML.parent / "book.zip") as archive:
        packed = {name.removeprefix("book/"): archive.read(name) for name in archive.namelist()}
    built = [path for path in HTML.rglob("*") if path.is_file()]
    assert packed == {path.relative_to(HTML).as_posix(): path.read_bytes() for path in built}
    pack.pack(HTML, built, tmp_path / "again.zip", "book")
    assert (tmp_path / "again.zip").read_bytes() == (HTML.parent / "book.zip").read_bytes()


def test_nothing_is_packed_where_no_book_is(tmp_path):
    with pytest.raises(FileNotFoundError, match="build it first with `make html`"):
        pack.pack(tmp_path, tmp_path.rglob("*"), tmp_path / "book.zip", "book")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", chapters())
def test_no_markup_is_left_over(name):
    text = page(name).select_one("article").get_text()
    for left in ("{claim", "{numref", ":::{", "<!--", ".ipynb#", ".bib#", "> **"):
        assert left not in text
