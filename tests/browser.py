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


#: to a page that opens so, everything is near
NEAR = """window.IntersectionObserver = class {
  constructor(tell) { this.tell = tell; }
  observe(target) { this.tell([{ isIntersecting: true, target }]); }
  unobserve() {}
};"""


def visit(browser, name, near=False, **options):
    """Open a page; returns it with lists of faults and of requests that leave the folder.

    ``near``: as if all of it were in the view, so that nobody has to scroll.
    """
    context = browser.new_context(**options)
    if near:
        context.add_init_script(NEAR)
    tab = context.new_page()
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


def wait_until_alive(tab):
    """Wait until every chart and live table of a page that was opened ``near`` is alive."""
    tab.keyboard.press("Shift")  # a reader's sign
    tab.wait_for_function(
        """() => [...document.querySelectorAll(".chart, table.live")].every((e) => e.dataset.live)
          && !document.querySelector("article section section ~ section:not(.laid)")""",
        polling=50,
    )


def fits(tab):
    """Whether nothing makes the page itself scroll sideways."""
    return tab.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


#: rules of axe whose outcome depends on width and colours
LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
#: marks the rows of tables in which nothing is drawn in a way that no row above is
ALIKE = """() => {
  const seen = new Set();
  const look = (e) => `${e.tagName} ${e.className} ${e.style?.cssText} ${e.parentElement.className}`;
  for (const row of document.querySelectorAll("tbody tr")) {
    const where = `${row.closest("table").className} ${row.sectionRowIndex % 2}`;
    const looks = [row, ...row.querySelectorAll("*")].map((e) => `${where} ${look(e)}`);
    row.toggleAttribute("data-alike", looks.every((words) => seen.has(words)));
    looks.forEach((words) => seen.add(words));
  }
}"""


def accessibility_faults(tab, looks_only=False):
    """What axe finds on a page, as rule and first element.

    Rules on looks are put to one row of each look, since they take a second for a hundred rows;
    all others to everything, unless ``looks_only``: only what another width or mode can change.
    """
    # without preload: axe would fetch style sheets, which a browser refuses to pages of a folder
    options = {"resultTypes": ["violations"], "preload": False}
    tab.evaluate(ALIKE)
    # of the letters in a chart axe never knows what they stand on
    drawn = {"exclude": [[".chart svg"], ["tr[data-alike]"]]}
    runs = [(drawn, options | {"runOnly": {"type": "rule", "values": LOOKS}})]
    if not looks_only:
        runs.append((None, options | {"rules": {rule: {"enabled": False} for rule in LOOKS}}))
    found = [fault for context, chosen in runs for fault in violations(tab, context, chosen)]
    return [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in found]


def violations(tab, context, options):
    return Axe().run(tab, context=context, options=options).response["violations"]


def until(holds: Callable[[], object]) -> bool:
    """Whether something comes to hold, asked again and again while the page gets there."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
