"""What several tests need: where things lie, and the built pages."""

from functools import cache
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

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


@cache
def ids(path: Path) -> frozenset[str]:
    """The ids of a built page."""
    parsed = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    return frozenset(tag["id"] for tag in parsed.select("[id]"))
