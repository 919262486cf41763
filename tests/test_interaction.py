"""What a reader does with a page, in a real browser: by mouse, keyboard and touch."""

import codecs
import io
import json
import threading
import zipfile
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
from browser import Quiet, accessibility_faults, enliven, until, visit
from nato_japan import claims, data, evidence, record

from conftest import HTML, defined, drawn, page


def test_charts_are_pictures_until_the_reader_moves(browser):
    tab, _, _ = visit(browser, "history")
    tab.wait_for_timeout(500)  # nothing is to happen
    assert tab.locator(".vega-embed").count() == 0
    assert tab.evaluate("document.querySelectorAll('script[src*=vega]').length") == 0
    enliven(tab)
    assert tab.locator(".vega-embed").count() == len(page("history").select(".chart"))
    tab.context.close()


def test_the_mode_is_chosen_and_kept(browser):
    tab, faults, _ = visit(browser, "scenario", color_scheme="dark")
    button = tab.get_by_role("button", name="Colours")
    theme = "document.documentElement.dataset.theme"
    assert tab.evaluate(theme) == "dark"
    button.click()
    assert tab.evaluate(theme) == "light"
    history = (HTML / "book" / "history.html").as_uri()
    # a browser writes what it keeps in its own time
    assert until(lambda: tab.goto(history) and tab.evaluate(theme) == "light")
    button.click()
    assert tab.evaluate(theme) == "dark"
    button.click()
    assert button.text_content().strip() == "Automatic"
    assert faults == []
    tab.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_contents_open_on_a_phone(browser, scripts):
    tab, _, _ = visit(
        browser, "scenario", java_script_enabled=scripts, viewport={"width": 375, "height": 800}
    )
    contents = tab.locator("nav.contents")
    assert not contents.is_visible()
    tab.get_by_role("link", name="Contents", exact=True).click()
    assert contents.is_visible()
    contents.get_by_role("link", name="Atlas").click()
    tab.wait_for_url("**/atlas.html")
    tab.context.close()


def test_the_keyboard_skips_to_the_text(browser):
    tab, _, _ = visit(browser, "scenario")
    tab.keyboard.press("Tab")
    skip = tab.locator(".skip")
    assert tab.evaluate("document.activeElement.className") == "skip"
    assert skip.bounding_box()["x"] >= 0
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    tab.context.close()


def test_the_keyboard_moves_a_slider_and_its_marks(browser):
    tab, _, _ = visit(browser, "scenario")
    enliven(tab, "#fig-scenario-gates")
    gates = tab.locator("#fig-scenario-gates")
    before = words(gates)
    gates.locator("label", has_text="Upper house").locator("input").focus()
    tab.keyboard.press("Home")
    assert until(lambda: words(gates) != before)
    tab.context.close()


def test_a_chart_gives_its_data_picture_and_specification(browser):
    tab, faults, _ = visit(browser, "scenario")
    enliven(tab, "#fig-scenario-gates")
    figure = tab.locator("#fig-scenario-gates")
    specification = json.loads(
        page("scenario").select_one("#fig-scenario-gates .chart script").string
    )
    rows = max(specification["datasets"].values(), key=len)
    figure.get_by_text("Data and picture").click()
    figure.get_by_role("button", name="Show the data").click()
    assert figure.locator(".chart-data tbody tr").count() == len(rows)
    for words_, begin in {
        "Data (CSV)": codecs.BOM_UTF8,
        "Picture (SVG)": b"<svg",
        "Picture (PNG)": b"\x89PNG",
        "Specification (JSON)": b"{",
    }.items():
        with tab.expect_download() as download:
            figure.get_by_role("button", name=words_).click()
        content = download.value.path().read_bytes()
        assert content.startswith(begin)
        if begin == codecs.BOM_UTF8:
            assert len(pd.read_csv(io.BytesIO(content))) == len(rows)
        if begin == b"{":
            assert json.loads(content) == specification
    notebook = figure.get_by_role("link", name="Notebooks (ZIP)").get_attribute("href")
    assert notebook.endswith("/nato-japan-sources.zip")
    assert accessibility_faults(tab) == []
    assert faults == []
    tab.context.close()


def found(tab, text):
    """Addresses that the search finds, best first."""
    status = tab.get_by_role("status")
    status.evaluate("element => { element.textContent = '' }")
    tab.get_by_role("searchbox").fill(text)
    assert until(status.text_content)
    return [Path(a.get_attribute("href")).name for a in tab.locator(".results a").all()]


def test_the_search_finds_statements_events_sources_and_prose(browser):
    tab, faults, outside = visit(browser, "scenario")
    tab.keyboard.press("Control+k")
    tab.wait_for_url("**/search.html")
    assert found(tab, "C293")[0] == "claims.html#C293"
    event = record.events().set_index("event_id").loc["EV085"]
    assert found(tab, "EV085")[0].startswith("since-2014.html#")
    assert tab.locator(".results a").first.text_content().endswith("EV085")
    assert any(address.startswith("since-2014") for address in found(tab, event["title"]))
    assert any(address.startswith("sources") for address in found(tab, "Lijphart"))
    assert found(tab, "gates on the two routes")[0].startswith("scenario.html#")
    assert found(tab, "zzzz") == []
    assert tab.get_by_role("status").text_content() == "0 places"
    assert faults == []
    assert outside == []
    found(tab, "C293")
    tab.locator(".results a").first.click()
    tab.wait_for_url("**/claims.html#C293")
    tab.context.close()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Worner", "Wörner"),
        ("wo\u0308rner", "Wörner"),  # o and its dots apart, as some keyboards give it
        ("Turkiye", "Türkiye"),
        ("Japan's", "Japan’s"),
        ("self\u2011defense", "self-defense"),  # a hyphen that keeps its words together
        ("1990\u201391", "1990-91"),
        ("1990\u221291", "1990-91"),
    ],
)
def test_the_search_takes_words_as_people_type_them(browser, typed, meant):
    tab, faults, outside = visit(browser, "../search")
    places = found(tab, meant)
    assert places
    assert found(tab, typed) == places
    assert faults == []
    assert outside == []
    tab.context.close()


def test_a_phrase_in_quotes_is_found_as_it_stands(browser):
    tab, _, _ = visit(browser, "../search")
    loose, phrase = found(tab, "partners global"), found(tab, '"partners across the globe"')
    assert phrase and loose
    assert found(tab, "“partners across the globe”") == phrase
    assert found(tab, '"globe the across partners"') == []
    assert len(found(tab, "globe the across partners")) >= len(phrase)
    tab.context.close()


def test_a_table_takes_words_as_people_type_them(browser):
    tab, _, _ = visit(browser, "claims")
    enliven(tab, LEDGER)
    rows = tab.locator(f"{LEDGER} tbody tr")
    search = tab.get_by_role("searchbox", name="Search the table")
    texts = [
        " ".join(row.get_text().split()) for row in page("claims").select(f"{LEDGER} tbody tr")
    ]
    for typed, meant in {
        "worner": "Wörner",
        "Wo\u0308rner": "Wörner",
        "Japan's": "Japan’s",
        '"longest–standing partner"': "longest-standing partner",
    }.items():
        expected = sum(meant.lower() in text.lower() for text in texts)
        assert 0 < expected < len(texts)
        search.fill(typed)
        assert until(lambda: rows.count() == expected), typed  # noqa: B023
    tab.context.close()


def test_the_book_works_unzipped_and_below_a_path(browser, tmp_path):
    with zipfile.ZipFile(HTML.parent / "book.zip") as archive:
        archive.extractall(tmp_path)
    handler = partial(Quiet, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for root in [tmp_path.as_uri(), f"http://127.0.0.1:{server.server_port}"]:
            tab = browser.new_context().new_page()
            missing = []
            tab.on("requestfailed", lambda request, to=missing: to.append(request.url))
            tab.on("response", lambda r, to=missing: r.status >= 400 and to.append(r.url))
            tab.goto(f"{root}/book/index.html")
            tab.wait_for_url("**/book/book/index.html")
            enliven(tab)
            tab.locator("nav.contents").get_by_role("link", name="ledger").first.click()
            enliven(tab)
            assert tab.locator("#tab-claims-ledger tbody tr").count() == len(claims.judged())
            tab.locator("a[data-search]").click()
            assert found(tab, "C293")[0] == "claims.html#C293"
            assert missing == []
            tab.context.close()
        server.shutdown()


def test_choosing_a_country_lights_its_cells_only(browser):
    tab, _, _ = visit(browser, "history")
    enliven(tab, "#fig-history-grid")
    grid = tab.locator("#fig-history-grid")

    def lit():
        opacities = grid.locator(".mark-rect.role-mark path").evaluate_all(
            "paths => paths.map(path => path.getAttribute('opacity') ?? '1')"
        )
        return sum(float(opacity) == 1 for opacity in opacities)

    before = lit()
    grid.locator("label", has_text="Country").locator("select").select_option("Canada")
    bands = 2
    assert before == 83 + bands
    assert until(lambda: lit() == 7 + bands)
    tab.context.close()


def test_lowering_support_shuts_a_gate(browser):
    tab, _, _ = visit(browser, "scenario")
    enliven(tab, "#fig-scenario-gates")
    gates = tab.locator("#fig-scenario-gates")
    slider = gates.locator("label", has_text="Upper house").locator("input")
    slider.evaluate("range => { range.value = 0.4; range.dispatchEvent(new Event('input')) }")
    assert until(lambda: words(gates) == ["gate opens", "gate stays shut", "gate opens"])
    tab.context.close()


def test_a_mark_shows_its_statement_and_leads_to_the_ledger(browser):
    tab, faults, outside = visit(browser, "scenario")
    mark = tab.locator("sup.claim > a", has_text="C293").first
    tip, card = tab.locator("#claim-tip"), tab.locator("#claim-card")
    mark.hover()
    tip.wait_for()
    row = claims.judged().set_index("claim_id").loc["C293"]
    assert f"C293: {row['verdict']}" in tip.text_content()
    assert "individual self-defense" in tip.text_content()
    tab.keyboard.press("Escape")
    assert tip.is_hidden()
    tab.keyboard.press("Tab")  # a reader who goes by keys
    mark.focus()
    tip.wait_for()
    assert mark.get_attribute("aria-describedby") == "claim-tip"
    tab.keyboard.press("Enter")
    card.wait_for()
    assert tip.is_hidden()
    told = " ".join(card.text_content().split())
    assert card.get_attribute("aria-label") == f"C293: {row['verdict']}"
    assert row["paraphrase"] in told
    why = card.locator("p:not(.head)").nth(1).text_content()
    assert row["note"].startswith(why) and why.endswith(".")
    assert (
        card.get_by_role("link", name=row["source_title"]).get_attribute("href")
        == (row["source_url"])
    )
    assert accessibility_faults(tab) == []
    # Escape, and the last Tab, lead back to the text
    focused = "document.activeElement.textContent"
    tab.keyboard.press("Escape")
    assert card.is_hidden() and tab.evaluate(focused) == "C293"
    tab.keyboard.press("Enter")
    card.wait_for()
    for _ in range(4):  # to close, source, ledger, and out
        assert card.is_visible()
        tab.keyboard.press("Tab")
    assert card.is_hidden() and tab.evaluate(focused) == "C293"
    mark.click()
    card.get_by_role("link", name="C293 in the ledger").click()
    tab.wait_for_url("**/claims.html#C293")
    row = tab.locator("tr", has=tab.locator("#C293"))
    row.locator("td").first.wait_for()
    row.locator("a", has_text="scenario").first.click()
    tab.wait_for_url("**/scenario.html#C293-1")
    assert faults == []
    assert outside == []
    tab.context.close()


@pytest.mark.parametrize("width", [320, 375])
def test_a_tap_opens_the_card_of_a_statement_without_leaving_the_page(browser, width):
    size = {"width": width, "height": 800}
    tab, faults, outside = visit(browser, "scenario", has_touch=True, is_mobile=True, viewport=size)
    address = tab.url
    card = tab.locator("#claim-card")
    for mark in tab.locator("sup.claim > a").all()[:4]:
        mark.tap()
        card.wait_for()
        assert card.get_attribute("aria-label").startswith(f"{mark.text_content()}: ")
        box = card.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert box["y"] >= 0 and box["y"] + box["height"] <= 800
        card.get_by_role("button", name="Close").tap()
        assert card.is_hidden()
    assert tab.url == address
    mark.tap()
    card.get_by_role("link", name="in the ledger").tap()
    tab.wait_for_url("**/claims.html#C*")
    assert faults == []
    assert outside == []
    tab.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_mark_tells_the_verdict_by_its_shape_and_its_id_when_asked(browser, scripts):
    ledger = claims.judged().set_index("claim_id")
    tab, _, _ = visit(browser, "corrections", java_script_enabled=scripts)
    shapes = {}
    marks = tab.locator("sup.claim > a")
    for claim, shape in marks.evaluate_all(
        "all => all.map((a) => [a.textContent, getComputedStyle(a, '::before').maskImage])"
    ):
        shapes.setdefault(ledger.loc[claim, "verdict"], set()).add(shape)
    assert set(shapes) >= {"confirmed", "imprecise", "out of date", "contradicted", "unverified"}
    assert all(len(drawn) == 1 for drawn in shapes.values())
    assert len(set.union(*shapes.values())) == len(shapes)
    told = "aria-label" if scripts else "title"
    first = tab.locator("p:not(td p) > sup.claim > a").first
    claim = first.text_content()
    assert first.get_attribute(told) == f"{claim}: {ledger.loc[claim, 'verdict']}"
    name = first.locator(".id")
    clipped = "e => getComputedStyle(e).clipPath !== 'none'"
    assert name.evaluate(clipped)
    first.hover()
    assert not name.evaluate(clipped)
    tab.mouse.move(0, 0)
    assert name.evaluate(clipped)
    tab.emulate_media(media="print")
    assert not name.evaluate(clipped)
    assert first.evaluate("a => getComputedStyle(a, '::before').content") == "none"
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
    assert until(lambda: 2 <= rows.count() < 20)
    search.fill("")
    assert until(lambda: rows.count() == len(ledger))
    tab.locator(".facet summary", has_text="Verdict").click()
    tab.get_by_role("checkbox", name="contradicted").check()
    contradicted = ledger[ledger["verdict"] == "contradicted"]
    assert until(lambda: rows.count() == len(contradicted))
    with tab.expect_download() as download:
        tab.get_by_text("Download CSV").click()
    assert download.value.suggested_filename == "claims-ledger.csv"
    content = download.value.path().read_bytes()
    assert content.startswith(codecs.BOM_UTF8)  # by which a spreadsheet knows the letters
    assert not content.endswith(b"\n")
    shown = pd.read_csv(io.BytesIO(content))
    assert shown.iloc[:, 0].tolist() == contradicted["claim_id"].tolist()
    assert faults == []
    # a link to a row that the filter hides clears the filter
    tab.evaluate("location.hash = 'C046'")
    assert until(lambda: tab.locator("tr", has=tab.locator("#C046")).is_visible())
    tab.context.close()


LEDGER = "#tab-claims-ledger"


def place(tab, selector):
    """How far below the upper edge of the window an element begins."""
    return tab.locator(selector).evaluate("e => e.getBoundingClientRect().top")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_link_to_a_row_is_there_when_the_page_is(browser, scripts):
    tab, _, _ = visit(browser, "claims#C118", java_script_enabled=scripts)
    bar = tab.locator(".top").bounding_box()["height"]
    assert bar - 5 <= place(tab, "#C118") < 400  # at the first look, no way to go any more
    tab.mouse.move(100, 100)
    tab.mouse.move(200, 300)
    if scripts:
        tab.locator(f"{LEDGER}[data-live]").wait_for()
    assert bar - 5 <= place(tab, "#C118") < 400
    tab.context.close()


def test_a_reloaded_page_stays_where_the_reader_was(browser):
    tab, _, _ = visit(browser, "claims#C118")
    tab.locator("#C200").scroll_into_view_if_needed()
    tab.wait_for_timeout(500)  # a browser notes in its own time where a reader is
    tab.reload()
    assert until(lambda: 0 < place(tab, "#C200") < 800)
    tab.mouse.move(100, 100)
    tab.mouse.move(200, 300)
    tab.locator(f"{LEDGER}[data-live]").wait_for()
    assert 0 < place(tab, "#C200") < 800
    tab.context.close()


def test_a_table_is_sorted_by_the_keyboard(browser):
    ledger = claims.judged()
    tab, faults, _ = visit(browser, "claims")
    enliven(tab, LEDGER)
    head = tab.locator(f"{LEDGER} th", has_text="Verdict")
    first = tab.locator(f"{LEDGER} tbody tr:first-child td:first-child")
    head.get_by_role("button", name="Verdict").focus()
    for sort, verdict in [("ascending", "confirmed"), ("descending", "unverified")]:
        tab.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == sort
        of_verdict = ledger.loc[ledger["verdict"] == verdict, "claim_id"]
        assert first.text_content() == of_verdict.iloc[0]
    tab.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") is None
    assert first.text_content() == ledger["claim_id"].iloc[0]
    assert tab.locator(f"{LEDGER} th button").count() == tab.locator(f"{LEDGER} th").count()
    names = tab.locator(".facet summary").all_text_contents()
    assert len(set(names)) == len(names) >= 4
    assert set(names) <= set(tab.locator(f"{LEDGER} th").all_text_contents())
    assert faults == []
    tab.context.close()


def counts(tab, name):
    """What a filter says of its values: how many rows each would leave."""
    labels = tab.locator(".facet", has=tab.locator("summary", has_text=name)).locator("label")
    return {
        value: int(count)
        for value, count in (text.strip().rsplit(" ", 1) for text in labels.all_text_contents())
    }


def test_the_ledger_is_explored_and_the_address_keeps_the_choice(browser):
    ledger = claims.judged()
    history = ledger[ledger["section"] == "history"]
    contradicted = history[history["verdict"] == "contradicted"]
    assert 0 < len(contradicted) < len(history)
    tab, faults, outside = visit(browser, "claims?verdict=contradicted&chapter=history")
    rows = tab.locator(f"{LEDGER} tbody tr")
    status = tab.locator(".table-status")
    # without a sign from the reader: the link asks for it
    assert until(lambda: rows.count() == len(contradicted))
    assert rows.locator("td:first-child").all_text_contents() == contradicted["claim_id"].tolist()
    assert status.text_content() == f"{len(contradicted)} of {len(ledger)} rows"
    assert until(lambda: 0 <= place(tab, ".table-tools") < 400)
    # each filter counts what the others leave
    told = {verdict: number for verdict, number in counts(tab, "Verdict").items() if number}
    assert told == history["verdict"].value_counts().to_dict()
    tab.locator(".facet summary", has_text="Verdict: contradicted").click()
    tab.get_by_role("checkbox", name="imprecise").check()
    two = history[history["verdict"].isin(["contradicted", "imprecise"])]
    assert rows.count() == len(two)
    assert tab.url.endswith("?chapter=history&verdict=contradicted&verdict=imprecise")
    tab.keyboard.press("Escape")
    assert not tab.get_by_role("checkbox", name="imprecise").is_visible()
    search = tab.get_by_role("searchbox", name="Search the table")
    search.fill("Haiti")
    found = two[two["paraphrase"].str.contains("Haiti") | two["note"].str.contains("Haiti")]
    assert until(lambda: rows.count() == len(found))
    assert sum(counts(tab, "Source read").values()) == len(found)
    tab.get_by_role("button", name="Statement").click()
    order = rows.locator("td:first-child").all_text_contents()
    assert tab.url.endswith("&search=Haiti&sort=statement")
    tab.reload()
    assert until(lambda: rows.locator("td:first-child").all_text_contents() == order)
    assert accessibility_faults(tab) == []
    tab.get_by_role("button", name="Show all").click()
    assert rows.count() == len(ledger)
    tab.get_by_role("button", name="Statement").click()
    tab.get_by_role("button", name="Statement").click()
    assert "?" not in tab.url
    assert rows.locator("td:first-child").all_text_contents() == ledger["claim_id"].tolist()
    assert faults == []
    assert outside == []
    tab.context.close()


@pytest.mark.parametrize(
    "address", ["claims?verdict=contradicted#C046", "claims?verdict=nothing&chapter=#C046"]
)
def test_a_link_to_a_row_wins_over_a_choice_that_hides_it(browser, address):
    tab, faults, _ = visit(browser, address)
    tab.locator(f"{LEDGER}[data-live]").wait_for()
    assert until(lambda: 0 < place(tab, "#C046") < 800)
    assert tab.locator(f"{LEDGER} tbody tr").count() == len(claims.judged())
    assert faults == []
    tab.context.close()


def test_tables_of_one_page_keep_their_choices_apart(browser):
    forecasts = record.forecasts()
    tab, faults, _ = visit(browser, "since-2014?scoreboard.outcome=partly")
    partly = forecasts.loc[forecasts["outcome"] == "partly", "forecast_id"].tolist()
    cells = tab.locator("#tab-since-2014-scoreboard tbody tr td:first-child")
    assert until(lambda: cells.all_text_contents() == partly)
    enliven(tab, "#tab-since-2014-events")
    events = tab.locator("#tab-since-2014-events tbody tr")
    everything = events.count()
    search = tab.locator(".table-tools:has([name$=events]) input[type=search]")
    search.fill("Brussels")
    assert until(lambda: 0 < events.count() < everything)
    assert "scoreboard.outcome=partly&events.search=Brussels" in tab.url
    assert cells.all_text_contents() == partly
    assert faults == []
    tab.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_page_printed_from_the_browser_is_whole_and_light(browser, scripts):
    tab, _, _ = visit(
        browser,
        "claims",
        near=True,
        java_script_enabled=scripts,
        color_scheme="dark",
        viewport={"width": 700, "height": 1000},  # about what A4 leaves
    )
    if scripts:
        tab.keyboard.press("Shift")
        tab.locator(f"{LEDGER}[data-live]").wait_for()
        assert tab.locator(".table-tools").is_visible()
    body = "getComputedStyle(document.body)"
    assert tab.evaluate(f"{body}.backgroundColor") != "rgb(255, 255, 255)"
    tab.locator("article p").last.evaluate(
        "p => p.insertAdjacentHTML('afterend', '<details><summary>More</summary><p id=in>In</p></details>')"
    )
    assert not tab.locator("#in").is_visible()
    tab.emulate_media(media="print")
    assert tab.evaluate(f"{body}.backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate(f"{body}.color") == "rgb(31, 41, 51)"
    assert not tab.locator(".table-tools").is_visible()
    assert tab.locator("#in").is_visible()
    cut = """all => all.filter((e) => e.scrollWidth > e.clientWidth + 1
      || e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 80))"""
    boxes = tab.locator(
        ".chart, .pst-scrollable-table-container, .pst-scrollable-table-container td"
    )
    assert boxes.evaluate_all(cut) == []
    tab.context.close()


def test_code_is_copied_where_there_is_no_clipboard(browser):
    tab, faults, _ = visit(browser, "scenario")
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    tab.locator("details.hide summary").first.click()
    block = tab.locator(".highlight").first
    block.get_by_role("button", name="Copy").click()
    block.get_by_role("button", name="Copied").wait_for()
    tab.goto((HTML / "search.html").as_uri())
    field = tab.get_by_role("searchbox")
    field.focus()
    tab.keyboard.press("Control+v")
    code = page("scenario").select_one(".highlight pre").get_text()
    assert code and field.input_value().split() == code.split()  # one line, in a field
    assert faults == []
    tab.context.close()


def words(figure):
    """The texts of the marks of a chart, axes left out."""
    return figure.locator(".mark-text.role-mark text").all_text_contents()


def drag(tab, area, start, end):
    """Draw a span on an area, from and to a share of its width."""
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    across = [box["x"] + box["width"] * share for share in (start, end)]
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(across[0], middle)
    tab.mouse.down()
    tab.mouse.move(across[1], middle, steps=8)
    tab.mouse.up()
    tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def span(chart, name):
    """First and last value of a brush, as the live chart holds it."""
    return chart.locator(".vega-embed").evaluate(
        "(node, name) => Object.values(node.chartView.signal(name))[0]", name
    )


def test_the_test_of_membership_empties_squares(browser):
    entries = drawn("history", "chart-history-membership", "ever")
    tab, faults, _ = visit(browser, "history")
    enliven(tab, "#fig-history-membership")
    grid = tab.locator("#fig-history-membership")
    for option, passed in {
        "named": len(entries),
        "member in the printed year": entries["then"].sum(),
        "member while Japan was there": entries["ever"].sum(),
    }.items():
        grid.get_by_label(option, exact=True).check()
        # totals at the right and below
        assert until(lambda: sum(int(w) for w in words(grid) if w.isdigit()) == 2 * passed)
    assert faults == []
    tab.context.close()


def test_choosing_a_track_keeps_its_events(browser):
    events = record.events()
    tab, faults, _ = visit(browser, "since-2014")
    enliven(tab, "#fig-since-2014-chronicle")
    chart = tab.locator("#fig-since-2014-chronicle")
    squares = chart.locator(".mark-symbol.role-mark path")
    assert squares.count() == len(events)
    chart.locator("select").select_option("legal")
    legal = events[events["track"] == "legal"]
    assert until(lambda: squares.count() == len(legal))
    assert until(lambda: f"{len(legal)} events" in words(chart))
    assert faults == []
    tab.context.close()


def test_a_span_of_the_chronicle_counts_its_events(browser):
    events = record.events()
    tab, faults, _ = visit(browser, "since-2014")
    enliven(tab, "#fig-since-2014-chronicle")
    chart = tab.locator("#fig-since-2014-chronicle")
    strip = chart.locator("g.role-scope:has(.span_brush_bg) > g > path.background")
    drag(tab, strip, 0.75, 1)
    first, last = span(chart, "span")
    inside = events["when"].between(first, last)
    assert 0 < inside.sum() < len(events)
    assert until(lambda: f"{inside.sum()} events" in words(chart))
    assert faults == []
    tab.context.close()


def test_the_atlas_shows_what_was_under_way_and_the_card_follows(browser):
    frame = record.dispatches().query("went == 'yes'")
    tab, faults, outside = visit(browser, "atlas", viewport={"width": 1280, "height": 1200})
    enliven(tab, "#fig-atlas-dispatches")
    chart = tab.locator("#fig-atlas-dispatches")
    chart.scroll_into_view_if_needed()
    marks = chart.locator("g[class$=_1_group] .mark-symbol.role-mark path")
    assert marks.count() == len(frame)
    strip = chart.locator("g.role-scope:has(.years_brush_bg) > g > path.background")
    drag(tab, strip, 0.7, 0.95)
    first, last = span(chart, "years")
    there = frame[(frame["begin"] <= last) & (frame["finish"] >= first)]
    assert 0 < len(there) < len(frame)
    assert until(lambda: marks.count() == len(there))
    counted = there["personnel_total"].dropna()
    assert (
        f"{len(there)} dispatches; {counted.sum():,} people in {len(counted)} of them, "
        f"no total for {len(there) - len(counted)}"
    ) in words(chart)
    chosen = frame.set_index("operation_id").loc["OP16"]
    chart.locator("select").select_option(label=f"{chosen['operation']}, {chosen['mission']}")
    assert until(lambda: f"{chosen['operation']}, {chosen['mission']}" in words(chart))
    assert faults == []
    chart.locator("text", has_text="Source: ").click()
    assert until(lambda: outside[0] == chosen["source_url"])
    tab.context.close()


def test_a_click_on_a_team_shows_its_card(browser):
    teams = data.load("teams")
    tab, faults, _ = visit(browser, "atlas", viewport={"width": 1280, "height": 1200})
    enliven(tab, "#fig-atlas-teams")
    chart = tab.locator("#fig-atlas-teams")
    chart.scroll_into_view_if_needed()
    chosen = teams.set_index("team_id").loc["PRT19"]
    title = f"{chosen['team']}, {chosen['province']}"
    assert title not in words(chart)
    layers = chart.locator(".mark-symbol.role-mark").all()
    dots = next(layer for layer in layers if layer.locator("path").count() == len(teams))
    script = page("atlas").select_one('#fig-atlas-teams script[type="application/json"]')
    drawn = next(
        rows for rows in json.loads(script.string)["datasets"].values() if "leader" in rows[0]
    )
    dots.locator("path").nth([row["id"] for row in drawn].index("PRT19")).click()
    assert until(lambda: title in words(chart))
    assert faults == []
    tab.context.close()


def test_the_scoreboard_filters_to_an_outcome(browser):
    forecasts = record.forecasts()
    tab, faults, _ = visit(browser, "since-2014")
    enliven(tab, "#tab-since-2014-scoreboard")
    tab.locator("[name$=scoreboard] summary", has_text="Outcome").click()
    tab.get_by_role("checkbox", name="partly").check()
    partly = forecasts.loc[forecasts["outcome"] == "partly", "forecast_id"].tolist()
    cells = tab.locator("#tab-since-2014-scoreboard tbody tr td:first-child")
    assert until(lambda: cells.all_text_contents() == partly)
    assert faults == []
    tab.context.close()


def test_the_threshold_empties_and_fills_elections(browser):
    houses = defined("burden-and-reach", "setup", "diet-houses")["houses"]
    tab, faults, _ = visit(browser, "burden-and-reach")
    enliven(tab, "#fig-burden-and-reach-diet")
    chart = tab.locator("#fig-burden-and-reach-diet")
    for column, label in [
        ("ldp_seats", "the Liberal Democratic Party"),
        ("coalition", "the party and its partner"),
    ]:
        chart.get_by_label(label, exact=True).check()
        for house in ["lower house", "upper house"]:
            part = houses[houses["house"] == house]
            reached = (3 * part[column] >= 2 * part["seats"]).sum()
            assert until(lambda: f"{reached} of {len(part)} reach it" in words(chart))
    slider = chart.locator("input[type=range]")
    slider.evaluate("(e) => { e.value = 50; e.dispatchEvent(new Event('input')); }")
    lower = houses[houses["house"] == "lower house"]
    half = (2 * lower["coalition"] >= lower["seats"]).sum()
    assert until(lambda: f"{half} of {len(lower)} reach it" in words(chart))
    assert faults == []
    tab.context.close()


@pytest.mark.parametrize(
    ("name", "figure", "table", "ally"),
    [
        ("burden-and-reach", "fig-burden-and-reach-share", "military_expenditure", "Greece"),
        ("shared-values", "fig-shared-values-ideal-points", "un_ideal_points", "Norway"),
    ],
)
def test_an_ally_is_drawn_when_picked(browser, name, figure, table, ally):
    assert ally in set(evidence.add_country(data.load(table))["country"])
    tab, faults, _ = visit(browser, name)
    enliven(tab, f"#{figure}")
    chart = tab.locator(f"#{figure}")
    before = chart.locator(".mark-line.role-mark path").count()
    assert ally not in words(chart)
    chart.locator("select").select_option(label=ally)
    assert until(lambda: ally in words(chart))
    assert chart.locator(".mark-line.role-mark path").count() == before + 1
    assert faults == []
    tab.context.close()


def test_the_allies_are_drawn_with_and_without_the_united_states(browser):
    cells = ["setup", "bootstrap-interval", "agreement-data", "agreement-means"]
    votes = defined("shared-values", *cells)["means_of_allies"]
    tab, faults, _ = visit(browser, "shared-values")
    enliven(tab, "#fig-shared-values-agreement")
    chart = tab.locator("#fig-shared-values-agreement")
    paths = set()
    for option in ["without the United States", "with the United States"]:
        assert f"allies {option}" in set(votes["whom"])
        chart.get_by_label(option, exact=True).check()
        lines = chart.locator(".mark-line.role-mark path")
        assert until(lambda: lines.count() == 3)  # the allies, the United States, China
        drawn = "lines => lines.map(line => line.getAttribute('d'))"
        # the line of the allies is another, those of the others are not
        assert until(lambda: len({*lines.evaluate_all(drawn)} - paths) == (1 if paths else 3))
        paths |= {*lines.evaluate_all(drawn)}
    assert len(paths) == 4
    assert faults == []
    tab.context.close()


def test_another_decade_moves_the_marks_of_issues(browser):
    cells = ["setup", "bootstrap-interval", "issues-intervals", "issues-allies"]
    issues = defined("shared-values", *cells)["issues"]
    tab, faults, _ = visit(browser, "shared-values")
    enliven(tab, "#fig-shared-values-issues")
    chart = tab.locator("#fig-shared-values-issues")
    marks = chart.locator(".mark-symbol.role-mark path")
    assert marks.count() == (issues["decade"] == issues["decade"].max()).sum()
    chart.locator("select").select_option("1960")
    assert until(lambda: marks.count() == (issues["decade"] == 1960).sum() < 18)
    assert faults == []
    tab.context.close()


def test_another_year_shows_the_countries_of_that_year(browser):
    index = evidence.add_country(data.load("electoral_democracy"))
    tab, faults, _ = visit(browser, "shared-values")
    enliven(tab, "#fig-shared-values-democracy")
    chart = tab.locator("#fig-shared-values-democracy")
    ticks = chart.locator(".mark-rect.role-mark path")
    for year in [int(index["year"].max()), 1990]:
        slider = chart.locator("input[type=range]")
        slider.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", year)
        assert until(lambda: ticks.count() == (index["year"] == year).sum())
    assert faults == []
    tab.context.close()


def test_another_year_ranks_anew(browser):
    people = defined("burden-and-reach", "setup", "months-span", "people-economy")["people"]
    tab, faults, _ = visit(browser, "burden-and-reach")
    enliven(tab, "#fig-burden-and-reach-people")
    chart = tab.locator("#fig-burden-and-reach-people")
    for year in ["2012", "1993"]:
        chart.get_by_label(year, exact=True).check()
        then = set(people.loc[people["year"] == int(year), "country"])
        assert until(lambda: set(words(chart)) & set(people["country"]) == then)
        assert chart.locator(".mark-rect.role-mark path").count() == len(then)
    assert faults == []
    tab.context.close()
