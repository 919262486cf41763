"""Every page in a real browser, from the folder and without a network."""

import pytest
from browser import (
    LOOKS,
    SCROLLS,
    accessibility_faults,
    fits,
    thin_out,
    visit,
    wait_until_alive,
)

from conftest import chapters

MODES = {1280: "light", 375: "dark"}  # by width: axe looks at both widths and at both modes


def turn(tab, width):
    """Give the page another width, and the mode that goes with it."""
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme=MODES[width])
    tab.wait_for_function(
        "mode => document.documentElement.dataset.theme === mode", arg=MODES[width]
    )


@pytest.mark.parametrize(("place", "name"), [*enumerate([*chapters(), "../search"])])
def test_page_works_without_fault_or_foreign_request(browser, place, name):
    # half of the pages come alive on a desk and are then turned to a phone, half the other way
    first, second = sorted(MODES, reverse=place % 2 == 0)
    size = {"width": first, "height": 800}
    tab, faults, outside = visit(browser, name, near=True, viewport=size)
    wait_until_alive(tab)
    turn(tab, first)
    assert fits(tab)
    assert accessibility_faults(tab, but=LOOKS) == []
    turn(tab, second)
    assert fits(tab)
    assert accessibility_faults(tab, only=[SCROLLS]) == []
    thin_out(tab)
    for width in (second, first):
        turn(tab, width)
        assert accessibility_faults(tab, only=LOOKS) == []
    assert faults == []
    assert outside == []
    tab.context.close()
