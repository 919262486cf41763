"""The HTML edition in a real browser: what the tests and the measurements share."""

import shutil
import time
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler

from axe_playwright_python.sync_playwright import Axe
from conftest import HTML

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
PATIENCE = 10  # seconds until something that should happen has not happened


class Quiet(SimpleHTTPRequestHandler):
    """A server that keeps its log to itself."""

    def log_message(self, *args):
        pass


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


def enliven(tab, within=""):
    """Scroll to every chart and live table (of the element ``within``) and wait until it is alive."""
    tab.keyboard.press("Shift")  # a reader's sign, should nothing have to scroll
    inside = f":is({within}, {within} *)" if within else ""
    for element in tab.query_selector_all(f"{inside}:is(.chart, table.live)"):
        # again while it waits: parts above, when they are laid out, may push it out of the view
        tab.wait_for_function(
            "e => e.dataset.live || void e.scrollIntoView({block: 'nearest'})", arg=element
        )


def fits(tab):
    """Whether nothing makes the page itself scroll sideways."""
    return tab.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


#: rules of axe whose outcome depends on width and colours
LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]


def accessibility_faults(tab, looks_only=False):
    """What axe finds on a page, as rule and first element.

    ``looks_only``: only what another width or mode can change, and of a long table its first rows,
    since all are drawn alike; marks of charts have no names of their own to lose.
    """
    # without preload: axe would fetch style sheets, which a browser refuses to pages of a folder
    options = {"resultTypes": ["violations"], "preload": False}
    context = None
    if looks_only:
        options["runOnly"] = {"type": "rule", "values": LOOKS}
        context = {"exclude": [[".chart svg"], ["tbody tr:nth-child(n+30)"]]}
    found = Axe().run(tab, context=context, options=options).response["violations"]
    return [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in found]


def until(holds: Callable[[], object]) -> bool:
    """Whether something comes to hold, asked again and again while the page gets there."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
