"""The HTML edition in a real browser, from the folder and without a network."""

import io
import shutil

import pandas as pd
import pytest
from conftest import HTML, chapters
from nato_japan import claims
from playwright.sync_api import sync_playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def visit(browser, name, **options):
    """Open a page; returns it with lists of faults and of requests that leave the folder."""
    tab = browser.new_context(**options).new_page()
    faults, outside = [], []
    tab.on(
        "console", lambda message: faults.append(message.text) if message.type == "error" else None
    )
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("file:", "data:", "blob:"))
            else outside.append(request.url)
        ),
    )
    tab.goto((HTML / "book" / f"{name}.html").as_uri())
    return tab, faults, outside


def enliven(tab):
    """Scroll through the page until every chart and every live table is alive."""
    for element in tab.query_selector_all(".chart, table.live"):
        element.scroll_into_view_if_needed()
    tab.wait_for_function(
        "[...document.querySelectorAll('.chart, table.live')].every((e) => e.dataset.live)"
    )


@pytest.mark.parametrize("name", chapters())
@pytest.mark.parametrize("width", [1280, 375])
def test_page_works_without_fault_or_foreign_request(browser, name, width):
    mode = "dark" if width == 375 else "light"
    tab, faults, outside = visit(
        browser, name, viewport={"width": width, "height": 800}, color_scheme=mode
    )
    enliven(tab)
    assert faults == []
    assert outside == []
    assert tab.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    tab.context.close()


def test_charts_are_pictures_without_scripts(browser):
    tab, _, _ = visit(browser, "history", java_script_enabled=False)
    charts = tab.query_selector_all(".chart > svg")
    assert len(charts) == 4
    assert all(chart.is_visible() for chart in charts)
    tab.context.close()


def test_choosing_a_country_lights_its_cells_only(browser):
    tab, _, _ = visit(browser, "history")
    enliven(tab)
    grid = tab.locator("#fig-history-grid")

    def lit():
        opacities = grid.locator(".mark-rect.role-mark path").evaluate_all(
            "paths => paths.map(path => path.getAttribute('opacity') ?? '1')"
        )
        return sum(float(opacity) == 1 for opacity in opacities)

    before = lit()
    grid.locator("label", has_text="Country").locator("select").select_option("Canada")
    tab.wait_for_timeout(300)
    bands = 2
    assert before == 83 + bands
    assert lit() == 7 + bands
    tab.context.close()


def test_lowering_support_shuts_a_gate(browser):
    tab, _, _ = visit(browser, "scenario")
    enliven(tab)
    gates = tab.locator("#fig-scenario-gates")
    slider = gates.locator("label", has_text="Upper house").locator("input")
    slider.evaluate("range => { range.value = 0.4; range.dispatchEvent(new Event('input')) }")
    tab.wait_for_timeout(300)
    words = gates.locator(".mark-text.role-mark text").all_text_contents()
    assert words == ["gate opens", "gate stays shut", "gate opens"]
    tab.context.close()


def test_a_mark_shows_its_statement_and_leads_to_the_ledger(browser):
    tab, faults, _ = visit(browser, "scenario")
    mark = tab.locator("sup.claim > a", has_text="C293").first
    tip = tab.locator("#claim-tip")
    mark.hover()
    tip.wait_for()
    assert "C293: contradicted" in tip.text_content()
    assert "individual self-defense" in tip.text_content()
    tab.keyboard.press("Escape")
    assert tip.is_hidden()
    mark.focus()
    tip.wait_for()
    assert mark.get_attribute("aria-describedby") == "claim-tip"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/claims.html#C293")
    row = tab.locator("tr", has=tab.locator("#C293"))
    row.locator("td").first.wait_for()
    row.locator("a", has_text="scenario").first.click()
    tab.wait_for_url("**/scenario.html#C293-1")
    assert faults == []
    tab.context.close()


def test_a_tap_shows_the_statement_and_a_second_one_leads_on(browser):
    tab, _, _ = visit(
        browser, "scenario", has_touch=True, is_mobile=True, viewport={"width": 375, "height": 800}
    )
    mark = tab.locator("sup.claim > a", has_text="C293").first
    mark.tap()
    tip = tab.locator("#claim-tip")
    tip.wait_for()
    box = tip.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 375
    mark.tap()
    tab.wait_for_url("**/claims.html#C293")
    tab.context.close()


def test_marks_are_plain_links_without_scripts(browser):
    tab, _, _ = visit(browser, "scenario", java_script_enabled=False)
    tab.locator("sup.claim > a", has_text="C293").first.click()
    tab.wait_for_url("**/claims.html#C293")
    assert tab.locator("table#tab-claims-ledger tbody tr").count() == len(claims.judged())
    tab.context.close()


def test_the_ledger_searches_filters_and_downloads(browser):
    ledger = claims.judged()
    tab, faults, _ = visit(browser, "claims")
    tab.locator("#tab-claims-ledger").scroll_into_view_if_needed()
    rows = tab.locator("#tab-claims-ledger tbody tr")
    search = tab.locator("input[type=search][placeholder='Search the table']")
    search.wait_for()
    assert rows.count() == len(ledger)
    search.fill("Uzbekistan")
    tab.wait_for_timeout(500)
    assert 2 <= rows.count() < 20
    search.fill("")
    tab.wait_for_timeout(500)
    heading = tab.locator("#tab-claims-ledger thead th", has_text="Verdict")
    heading.locator("button, .dtcc-button").first.click()
    tab.locator(".dtcc-list-buttons .dtcc-button", has_text="contradicted").click()
    tab.wait_for_timeout(500)
    contradicted = ledger[ledger["verdict"] == "contradicted"]
    assert rows.count() == len(contradicted)
    with tab.expect_download() as download:
        tab.get_by_text("Download CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    shown = pd.read_csv(io.StringIO(text))
    assert shown.iloc[:, 0].tolist() == contradicted["claim_id"].tolist()
    assert faults == []
    # a link to a row that the filter hides clears the filter
    tab.evaluate("location.hash = 'C046'")
    tab.wait_for_timeout(500)
    assert tab.locator("tr", has=tab.locator("#C046")).is_visible()
    tab.context.close()
