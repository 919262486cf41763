"""Time a build, weigh the editions, measure every page; no test asserts it.

``make bench`` runs both parts; ``PART=build`` or ``PART=pages`` one of them. Pages are put to
Lighthouse (by npx, which fetches it) and to axe, and the table in README.md is written anew.
"""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from browser import CHROMIUM, FLAGS
from playwright.sync_api import TimeoutError, sync_playwright

from conftest import HTML, chapters

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"
#: what is done in a fresh clone with an empty cache, in order, and what we hold it to
STAGES = [
    ("environment set up", "make setup", ""),
    ("tables checked", "make _build/data-checked", "5 s"),
    ("notebooks run, all", "make run", "45 s"),
    ("PDF built", "make pdf", "30 s"),
    ("HTML and ZIP built", "make book", ""),
    ("nothing changed", "make book", "4 s"),
    ("one word of a chapter changed", "make book", "12 s"),
    ("nbval alone", ".venv/bin/pytest book", ""),
    ("all tests", "make test", "180 s"),
]
LIGHTHOUSE = "lighthouse@12.8.2"
RUNS = int(os.environ.get("RUNS", "3"))
# network cut: every host but our own leads nowhere
CUT = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
BLOCKED = """() => { window.blocked = 0; new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.blocked += task.duration - 50;
}).observe({ entryTypes: ["longtask"] }); }"""
ALIVE = "[...document.querySelectorAll('.chart, table.live')].every((e) => e.dataset.live)"

# figure, its name in the measurements, which page is the worst, unit, bar
FIGURES = [
    ("Lighthouse performance, mobile", "mobile.performance", min, "{:.0f}", "98 or more"),
    ("Lighthouse performance, desktop", "desktop.performance", min, "{:.0f}", "100"),
    ("Lighthouse accessibility", "desktop.accessibility", min, "{:.0f}", "100"),
    ("Lighthouse best practices", "desktop.best-practices", min, "{:.0f}", "100"),
    ("Lighthouse SEO", "desktop.seo", min, "{:.0f}", "100"),
    ("axe faults, light and dark, all alive", "axe", max, "{:.0f}", "0"),
    ("total blocking time, mobile", "mobile.total-blocking-time", max, "{:.0f} ms", "50 ms"),
    (
        "largest contentful paint, mobile",
        "mobile.largest-contentful-paint",
        max,
        "{:.0f} ms",
        "1400 ms",
    ),
    ("layout shift, mobile", "mobile.cumulative-layout-shift", max, "{:.3f}", "0.000"),
    ("layout shift, desktop", "desktop.cumulative-layout-shift", max, "{:.3f}", "0.000"),
    ("transfer, first view", "first", max, "{:.0f} KiB", "200 KiB"),
    ("transfer, read to the end, all alive", "all", max, "{:.0f} KiB", "600 KiB"),
    ("requests to other hosts", "foreign", max, "{:.0f}", "0"),
    ("charts drawn without scripts", "drawn", min, "{:.0f} %", "100 %"),
    ("charts alive, network cut", "alive", min, "{:.0f} %", "100 %"),
    ("blocked while all comes alive, phone (4 × slower)", "waking", max, "{:.0f} ms", ""),
]


class Zipping(SimpleHTTPRequestHandler):
    """Serves a folder compressed, as the hosts of static pages do."""

    @staticmethod
    @cache
    def zipped(path: str) -> bytes:
        return gzip.compress(Path(path).read_bytes(), 6)

    def do_GET(self):
        path = self.translate_path(self.path)
        if not Path(path).is_file():
            self.send_error(404)
            return
        content = self.zipped(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


def size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    return path.stat().st_size if path.is_file() else sum(map(size, path.iterdir()))


def build() -> str:
    """Build in a fresh clone with an empty cache, stage by stage; the times as a table in Markdown."""
    lines = ["| stage | command | bar | time |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL"))}
        env = kept | {"UV_CACHE_DIR": f"{folder}/cache"}
        for label, command, bar in STAGES:
            if "word" in label:
                page = clone / "book" / "conclusion.ipynb"
                page.write_text(
                    page.read_text(encoding="utf-8").replace("# Conclusion", "# End", 1)
                )
            start = time.monotonic()
            subprocess.run(command.split(), cwd=clone, env=env, check=True, capture_output=True)
            seconds = time.monotonic() - start
            lines.append(f"| {label} | `{command}` | {bar} | {seconds:.1f} s |")
            print(lines[-1], flush=True)
            if "word" in label:
                subprocess.run(["git", "checkout", "-q", "book"], cwd=clone, check=True)
        built = clone / "_build"
        weights = [("nato-japan.pdf", "3.5 MB"), ("html", ""), ("book.zip", "")]
        for name, bar in weights:
            lines.append(f"| weight of `{name}` | | {bar} | {size(built / name) / 1e6:.1f} MB |")
    day = time.strftime("%Y-%m-%d", time.gmtime())
    lines.append(f"\nA fresh clone, an empty cache, {os.cpu_count()} cores, {day}.")
    return "\n".join(lines)


def read(browser, url: str) -> dict[str, float]:
    """Read a page to its end: KiB, requests, charts, faults, and what waking it costs a phone."""
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(url)
    charts = plain.locator(".chart > svg").all()
    drawn = sum(chart.is_visible() for chart in charts)
    plain.context.close()

    tab = browser.new_context().new_page()
    network = tab.context.new_cdp_session(tab)
    network.send("Network.enable")
    bytes_, foreign = [], []
    network.on("Network.loadingFinished", lambda event: bytes_.append(event["encodedDataLength"]))
    tab.on("request", lambda r: r.url.startswith((url[:17], "data:", "blob:")) or foreign.append(r))
    tab.goto(url)
    tab.wait_for_timeout(1500)
    first = sum(bytes_)
    wake(tab)
    alive = tab.locator(".chart[data-live]").count()
    faults = 0
    whole = sum(bytes_)
    for mode in ("light", "dark"):
        tab.emulate_media(color_scheme=mode)
        tab.wait_for_timeout(200)
        found = Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
        faults += sum(len(fault["nodes"]) for fault in found)
    tab.context.close()

    phone = browser.new_context(viewport={"width": 375, "height": 800}).new_page()
    phone.context.new_cdp_session(phone).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    phone.goto(url)
    phone.wait_for_timeout(1500)
    phone.evaluate(BLOCKED)
    wake(phone)
    waking = phone.evaluate("window.blocked")
    phone.context.close()
    return {
        "drawn": 100 * drawn / len(charts) if charts else 100,
        "alive": 100 * alive / len(charts) if charts else 100,
        "first": first / 1024,
        "all": whole / 1024,
        "foreign": len(foreign),
        "axe": faults,
        "waking": waking,
    }


def wake(tab) -> None:
    """Scroll to the end as a reader does, until all is alive."""
    y = 0
    # parts are laid out as they come near, so the page grows under way
    while y < tab.evaluate("document.documentElement.scrollHeight"):
        tab.evaluate("y => scrollTo(0, y)", y)
        tab.wait_for_timeout(60)
        y += 600
    tab.wait_for_function(ALIVE, timeout=60_000)
    tab.wait_for_timeout(300)


def lighthouse(url: str, preset: str) -> dict[str, float]:
    """Scores (0 to 100) and audits of a page, the median of the runs."""
    command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json"]
    command += [f"--chrome-flags={' '.join([*FLAGS, chr(34).join(['', *CUT, ''])])}"]
    command += ["--preset=desktop"] if preset == "desktop" else []
    # the picture of the whole page is for reports that people read
    command += ["--disable-full-page-screenshot"]
    runs = []
    for number in range(RUNS):
        # what does not vary is asked once
        only = ["--only-categories=performance"] if number else []
        done = subprocess.run(
            [*command, *only],
            env={**os.environ, "CHROME_PATH": CHROMIUM},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{url}: Lighthouse failed:\n{done.stderr[-2000:]}")
        report = json.loads(done.stdout)
        scores = {k: 100 * v["score"] for k, v in report["categories"].items()}
        audits = ("total-blocking-time", "largest-contentful-paint", "cumulative-layout-shift")
        runs.append(scores | {k: report["audits"][k]["numericValue"] for k in audits})
    return {
        f"{preset}.{key}": statistics.median(run[key] for run in runs if key in run)
        for key in runs[0]
    }


def pages() -> dict[str, dict[str, float]]:
    """Measurements by page."""
    measured = {}
    handler = partial(Zipping, directory=HTML)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *CUT])
        for name in chapters():
            url = f"http://127.0.0.1:{server.server_port}/book/{name}.html"
            try:
                measured[name] = read(browser, url)
            except TimeoutError as error:
                raise SystemExit(f"{name}: not all came alive") from error
        browser.close()
        for name in chapters() if shutil.which("npx") else []:
            url = f"http://127.0.0.1:{server.server_port}/book/{name}.html"
            for preset in ("mobile", "desktop"):
                measured[name] |= lighthouse(url, preset)
            print(name, {key: round(value, 3) for key, value in measured[name].items()}, flush=True)
        server.shutdown()
    return measured


def table(measured: dict[str, dict[str, float]]) -> str:
    """The worst page of each figure, as a table in Markdown."""
    lines = [
        "| figure | bar | worst page | its figure | median of pages |",
        "|---|---|---|---|---|",
    ]
    for label, key, worst, form, bar in FIGURES:
        values = {name: figures[key] for name, figures in measured.items() if key in figures}
        if not values:
            lines.append(f"| {label} | {bar} | not measured: no npx here | | |")
            continue
        name = worst(values, key=values.get)
        shown = "all alike" if len(set(values.values())) == 1 else f"`{name}`"
        middle = form.format(statistics.median(values.values()))
        lines.append(f"| {label} | {bar} | {shown} | {form.format(values[name])} | {middle} |")
    day = time.strftime("%Y-%m-%d", time.gmtime())
    lines.append(
        f"\n{len(measured)} pages, measured {day} on {os.cpu_count()} cores; "
        f"Lighthouse ({LIGHTHOUSE}): median of {RUNS} runs."
    )
    return "\n".join(lines)


def write(name: str, text: str) -> None:
    """Put a table into README, between its two comments."""
    readme = ROOT / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(f"<!-- {name} -->")
    after = rest.split(f"<!-- /{name} -->")[1]
    table = f"{before}<!-- {name} -->\n{text}\n<!-- /{name} -->{after}"
    readme.write_text(table, encoding="utf-8")


def main() -> None:
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    if part in ("", "build"):
        write("stages", build())
    if part in ("", "pages"):
        measured = pages()
        (BUILD / "bench.json").write_text(json.dumps(measured, indent=1), encoding="utf-8")
        write("bench", table(measured))


if __name__ == "__main__":
    main()
