"""The HTML edition in a real browser: what the tests and the measurements share."""

import re
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

    ``name``: of the page, with a query or a fragment behind it, or without.

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
    name, *rest = re.split(r"(?=[?#])", name, maxsplit=1)
    tab.goto((HTML / "book" / f"{name}.html").as_uri() + "".join(rest))
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


#: rules of axe on how things look, which take most of its time
LOOKS = ["color-contrast", "link-in-text-block", "target-size"]
SCROLLS = "scrollable-region-focusable"

THIN_OUT = """() => {
  const seen = new Set();
  const look = (e) => `${e.tagName} ${e.className} ${e.style.cssText} ${e.parentElement.className}`;
  for (const drawn of document.querySelectorAll(".chart svg")) drawn.replaceChildren();
  for (const row of document.querySelectorAll("tbody tr")) {
    const where = `${row.closest("table").className} ${row.sectionRowIndex % 2}`;
    const looks = [row, ...row.querySelectorAll("*")].map((e) => `${where} ${look(e)}`);
    if (looks.every((words) => seen.has(words))) row.dataset.alike = "";
    looks.forEach((words) => seen.add(words));
  }
  document.querySelectorAll("[data-alike]").forEach((row) => row.remove());
}"""


def thin_out(tab):
    """Take out of a page what is drawn as something above it is: a thousand rows look like ten.

    And the insides of charts: of their letters axe never knows what they stand on.
    """
    tab.evaluate(THIN_OUT)


def accessibility_faults(tab, only=(), but=()):
    """What axe finds on a page, as rule and first element; by ``only`` some rules, or all ``but`` some."""
    # without preload: axe would fetch style sheets, which a browser refuses to pages of a folder
    options = {"resultTypes": ["violations"], "preload": False}
    options |= {"rules": {rule: {"enabled": False} for rule in but}}
    if only:
        options |= {"runOnly": {"type": "rule", "values": list(only)}}
    found = Axe().run(tab, options=options).response["violations"]
    return [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in found]


def until(holds: Callable[[], object]) -> bool:
    """Whether something comes to hold, asked again and again while the page gets there."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
