"""Every page in a real browser, from the folder and without a network."""

import pytest
from browser import accessibility_faults, enliven, fits, visit
from conftest import chapters, page


@pytest.mark.parametrize("name", [*chapters(), "../search"])
@pytest.mark.parametrize("width", [1280, 375])
def test_page_works_without_fault_or_foreign_request(browser, name, width):
    tab, faults, outside = visit(browser, name, viewport={"width": width, "height": 800})
    enliven(tab)
    # structure is the same in both modes and layout at both widths: each meets all rules once,
    # what depends on colours is asked again
    first, second = ("light", "dark") if width == 1280 else ("dark", "light")
    for mode, rules in [(first, []), (second, ["color-contrast", "link-in-text-block"])]:
        tab.emulate_media(color_scheme=mode)
        tab.wait_for_function("mode => document.documentElement.dataset.theme === mode", arg=mode)
        assert accessibility_faults(tab, *rules) == []
    assert fits(tab)
    assert faults == []
    assert outside == []
    tab.context.close()


@pytest.mark.parametrize("name", chapters())
def test_page_is_complete_without_scripts(browser, name):
    tab, faults, outside = visit(browser, name, java_script_enabled=False)
    drawn = tab.locator(".chart > svg")
    assert drawn.count() == len(page(name).select(".chart"))
    assert all(chart.is_visible() for chart in drawn.all())
    for width in [320, 640, 1280]:  # 320: 400 % zoom; 640: 200 %
        tab.set_viewport_size({"width": width, "height": 800})
        assert fits(tab)
    papers = set()
    for mode in ["light", "dark"]:
        tab.emulate_media(color_scheme=mode)
        papers.add(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(papers) == 2
    assert faults == []
    assert outside == []
    tab.context.close()
