"""The HTML edition in a real browser, from the folder and without a network."""

import shutil

import pytest
from conftest import HTML, chapters
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
    """Scroll through the page until every chart is live."""
    for chart in tab.query_selector_all(".chart"):
        chart.scroll_into_view_if_needed()
    tab.wait_for_function(
        "document.querySelectorAll('.chart').length == document.querySelectorAll('.chart[data-live]').length"
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
    assert len(charts) == 3
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
