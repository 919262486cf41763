"""Every page in a real browser, from the folder and without a network."""

import pytest
from browser import accessibility_faults, fits, visit, wait_until_alive
from conftest import chapters

SIZES = {1280: "light", 375: "dark"}  # axe looks at both widths and at both modes


@pytest.mark.parametrize(("place", "name"), [*enumerate([*chapters(), "../search"])])
def test_page_works_without_fault_or_foreign_request(browser, place, name):
    # half of the pages come alive on a desk and are then turned to a phone, half the other way
    widths = sorted(SIZES, reverse=place % 2 == 0)
    size = {"width": widths[0], "height": 800}
    tab, faults, outside = visit(browser, name, near=True, viewport=size)
    wait_until_alive(tab)
    for width in widths:
        tab.set_viewport_size({"width": width, "height": 800})
        tab.emulate_media(color_scheme=SIZES[width])
        tab.wait_for_function(
            "mode => document.documentElement.dataset.theme === mode", arg=SIZES[width]
        )
        assert accessibility_faults(tab, looks_only=width != widths[0]) == []
        assert fits(tab)
    assert faults == []
    assert outside == []
    tab.context.close()
