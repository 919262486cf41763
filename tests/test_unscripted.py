"""Every page in a real browser that runs no scripts: all is there, at every width and in both modes."""

import pytest
from browser import fits, visit
from conftest import chapters, page


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
