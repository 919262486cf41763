"""What several tests need: where things lie, and the built pages."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup
from nato_japan import data, render
from nato_japan.commands import check
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
HTML = ROOT / "_build" / "html"
PDF = ROOT / "_build" / "nato-japan.pdf"


def toc() -> dict:
    return yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))


def chapters() -> list[str]:
    """Names of all pages in the table of contents, the front page first."""
    files = [toc()["root"]]
    files += [entry["file"] for part in toc()["parts"] for entry in part["chapters"]]
    return [Path(file).name for file in files]


@cache
def page(name: str) -> BeautifulSoup:
    """A built page, parsed."""
    return BeautifulSoup(
        (HTML / "book" / f"{name}.html").read_text(encoding="utf-8"), "html.parser"
    )


def source(notebook: str, *cells: str) -> str:
    """The code of some cells of a notebook, as one text."""
    found = {cell.id: cell.source for cell in nbformat.read(BOOK / f"{notebook}.ipynb", 4).cells}
    return "\n\n".join(found[name] for name in cells)


def stored(notebook: str, cell: str, mime: str) -> object:
    """The first output of a kind that a cell of a notebook has stored."""
    cells = nbformat.read(BOOK / f"{notebook}.ipynb", as_version=4).cells
    outputs = next(found.outputs for found in cells if found.id == cell)
    return next(output.data[mime] for output in outputs if mime in output.get("data", {}))


def drawn(notebook: str, cell: str, field: str) -> pd.DataFrame:
    """The rows with a field that a stored chart draws."""
    tables = stored(notebook, cell, render.VEGALITE)["datasets"].values()
    return pd.DataFrame(next(rows for rows in tables if field in rows[0]))


def listed(notebook: str, cell: str) -> list[list[str]]:
    """The rows of a stored table, as text."""
    lines = stored(notebook, cell, "text/markdown").splitlines()
    _, _, *rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return [[re.sub(r"\\(.)", r"\1", text) for text in row] for row in rows]


@cache
def ids(path: Path) -> frozenset[str]:
    """The ids of a built page."""
    parsed = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    return frozenset(tag["id"] for tag in parsed.select("[id]"))


@cache
def defined(name: str, *cells: str) -> dict:
    """What the named cells of a notebook define, run one after the other."""
    notebook = nbformat.read(BOOK / f"{name}.ipynb", as_version=4)
    sources = {cell.id: cell.source for cell in notebook.cells}
    names: dict = {}
    for cell in cells:
        exec(compile(sources[cell], f"{name}.ipynb, {cell}", "exec"), names)
    return names


# by time: what takes longest begins first, so that both cores work to the end
FIRST = ["test_safety.py", "test_pdf.py", "test_pages.py", "test_interaction.py"]
# each test of these goes to whichever process is free; all of another file goes to one
SPREAD = ["test_pages.py", "test_interaction.py", "test_unscripted.py"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else 99)


class Scheduling(LoadFileScheduling):
    """By file, but for those whose tests have nothing in common but the browser."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return nodeid if Path(file).name in SPREAD else file


def pytest_xdist_make_scheduler(config, log):
    return Scheduling(config, log)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests of a process."""
    from browser import CHROMIUM, FLAGS
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def faults_of(path: str) -> list[str]:
    """What the check says of one table (a path below ``data/``) and of those that it refers to."""
    names = [next(entry["name"] for entry in data.tables() if entry["path"].endswith(path))]
    for name in names:  # which grows under way: a table that is referred to may refer to others
        keys = data.resource(name)["schema"].get("foreignKeys", [])
        names += {key["reference"]["resource"] for key in keys} - {"", *names}
    found = data.check_tables([data.resource(name) for name in names])
    return found or check.rule_faults([data.resource(names[0])])
