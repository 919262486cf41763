"""The HTML edition, as files."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import HTML, chapters, ids, page
from nato_japan import data, render


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
def test_ids_of_pictures_are_unique_on_the_page(name):
    ids = [tag["id"] for tag in page(name).select(".chart [id]")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", chapters())
def test_the_pdf_is_one_click_away(name):
    link = page(name).select_one('a[href$="nato-japan.pdf"]')
    assert (HTML / "book" / link["href"]).resolve().is_file()


@pytest.mark.parametrize("name", chapters())
def test_no_markup_is_left_over(name):
    text = page(name).select_one("article").get_text()
    for left in ("{glue", "{claim", "{numref", ":::{"):
        assert left not in text
