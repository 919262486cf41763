"""Build the editions that are older than their sources: ``python -m nato_japan.commands.build html pdf zip``.

Each is built apart, in ``_build/stage``, and moved into place when it is whole: whatever stops a
build, the last good book stays. One build works in a tree at a time; a second one waits.
"""

import contextlib
import gc
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Self

import yaml

from nato_japan import data
from nato_japan.commands import pack
from nato_japan.commands.run import locked

ROOT = data.ROOT
BUILD = ROOT / "_build"
STAGE = BUILD / "stage"
HTML = BUILD / "html"
ZIP = BUILD / "book.zip"
SOURCES_ZIP = "nato-japan-sources.zip"
PDF = {"a4": BUILD / "nato-japan.pdf", "letter": BUILD / "nato-japan-letter.pdf"}
PRINT = ROOT / "book/_ext/book_press.py"
LINES = 40  # of a log that ends in a failure: the cause is among the last

#: Sphinx keeps what it has read of a page; these change how a page is read
READING = [
    "_config.yml",
    "requirements.txt",
    "book/_ext/*",
    "book/_static/*",
    "book/_templates/*",
    "book/nato_japan/vega.py",
    "book/nato_japan/fonts.conf",
    "book/nato_japan/paper.py",
    "book/nato_japan/prose.py",
    "data/paper/claims.csv",
    *(f"data/record/{name}.csv" for name in ("verdicts", "events", "operations", "forecasts")),
]
#: what both editions are made from
SOURCES = [
    *READING,
    "book/_print/*",
    "_toc.yml",
    "CITATION.cff",
    "book/*.ipynb",
    "book/*.md",
    "book/*.bib",
    "data/**/*",
]


class BuildError(RuntimeError):
    """An edition that could not be built; the message says why, and where all of the log is."""


def digest(patterns: Iterable[str], *more: object) -> str:
    """SHA-256 of files by name and content, and of what else counts."""
    found = hashlib.sha256(repr(more).encode())
    for file in sorted({file for pattern in patterns for file in ROOT.glob(pattern)}):
        if file.is_file():
            found.update(f"{file.relative_to(ROOT)}\0".encode())
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def moment() -> int:
    """Seconds of the last commit, which dates the book; outside a repository, of its release."""
    found = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True
    )
    if found.returncode == 0 and found.stdout.strip():
        return int(found.stdout)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    return int(datetime.fromisoformat(f"{citation['date-released']}T00:00Z").timestamp())


@contextlib.contextmanager
def stage() -> Iterator[None]:
    """The folder to build in; what a killed build has left half written is not built upon."""
    unfinished, reading = STAGE / "unfinished", STAGE / "reading"
    now = digest(READING)
    if unfinished.exists() or not reading.is_file() or reading.read_text() != now:
        shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir(parents=True, exist_ok=True)
    reading.write_text(now)
    unfinished.touch()
    yield
    # not after a failure: of a page that it has read, Sphinx would not warn a second time
    unfinished.unlink()


def sphinx(builder: str, log: Path, **settings: object) -> Path:
    """Run Sphinx as Jupyter Book sets it up, on all cores; returns the folder of the edition.

    Raises BuildError for a warning as for an error.
    """
    from jupyter_book.sphinx import build_sphinx

    folder = STAGE / "_build" / builder
    with (
        log.open("w", encoding="utf-8") as out,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        result = build_sphinx(
            ROOT,
            folder,
            noconfig=True,
            path_config=ROOT / "_config.yml",
            confoverrides={
                "external_toc_path": str(ROOT / "_toc.yml"),
                "latex_individualpages": False,
                "nitpicky": True,
                **settings,
            },
            builder=builder,
            warningiserror=True,
            keep_going=True,
            quiet=True,
            jobs=os.cpu_count() or 1,
        )
    if result:
        raise BuildError(explain(log))
    return folder


def explain(log: Path) -> str:
    """The end of a log, without the frames of Sphinx."""
    lines = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:])
    lines = re.sub(r"^Traceback.*\n(?: .*\n)*", "", lines, flags=re.M)
    return f"{lines}\nall of the log is in {log}"


class Press:
    """The PDF edition on paper of the size ``a4`` or ``letter``, printed beside other work.

    Raises BuildError when its pages cannot be written, or set.
    """

    def __init__(self, paper: str):
        self.paper, self.log = paper, BUILD / "pdf.log"
        self.folder = sphinx("typst", self.log, print_paper=paper)
        command = [sys.executable, PRINT, self.folder, str(moment())]
        with self.log.open("w", encoding="utf-8") as out:
            # with the open files it holds the lock of the tree, should it outlive this process
            self.process = subprocess.Popen(command, stdout=out, stderr=out, close_fds=False)

    def finish(self) -> None:
        """Wait for the PDF, and move it into place."""
        if self.process.wait():
            raise BuildError(explain(self.log))
        (self.folder / "book.pdf").replace(PDF[self.paper])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.process.kill()
        self.process.wait()


def publish(folder: Path) -> None:
    """Move pages that Sphinx has written into ``_build/html``, with the sources and the PDF."""
    new, old = HTML.with_name("html.new"), HTML.with_name("html.old")
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    # what Sphinx keeps for its next run names the folder, so that copies would differ
    shutil.copytree(folder, new, ignore=shutil.ignore_patterns(".buildinfo"))
    if PDF["a4"].exists():
        shutil.copyfile(PDF["a4"], new / PDF["a4"].name)
    pack.pack(ROOT, pack.sources(ROOT), new / SOURCES_ZIP, "nato-japan")
    if HTML.exists():
        HTML.rename(old)
    new.rename(HTML)
    shutil.rmtree(old, ignore_errors=True)


def is_fresh(name: str, target: Path, now: str) -> bool:
    """Whether an edition is there, and made from what its sources are now."""
    record = BUILD / f"{name}.built"
    return target.exists() and record.is_file() and record.read_text() == now


def begin(name: str) -> None:
    """Say that an edition is begun, and forget what the last one was made from."""
    print(f"{name}: building", flush=True)
    (BUILD / f"{name}.built").unlink(missing_ok=True)


def note(name: str, now: str) -> None:
    """Note what an edition was made from."""
    (BUILD / f"{name}.built").write_text(now)


def build(wanted: list[str]) -> None:
    """Build editions by name: ``pdf`` (on ``$PAPER``), ``html``, ``zip``.

    Raises BuildError when one fails; what was there before stays.
    """
    paper = os.environ.get("PAPER", "a4").lower()
    if paper not in PDF:
        raise BuildError(f"PAPER={paper}: expected one of {', '.join(PDF)}")
    sources = digest(SOURCES, moment(), os.environ.get("BOOK_URL"))
    name = "PDF" if paper == "a4" else "PDF on letter paper"
    prints = "pdf" in wanted and not is_fresh(name, PDF[paper], sources)
    packs = "zip" in wanted
    writes = (packs or "html" in wanted) and (
        prints or not is_fresh("HTML", HTML, sources + offered())
    )
    if prints or writes:
        with stage(), contextlib.ExitStack() as stack:
            if prints:
                begin(name)
                press = stack.enter_context(Press(paper))
            if writes:
                begin("HTML")
                has_pdf = PDF["a4"].exists() or (prints and paper == "a4")
                pages = sphinx("html", BUILD / "html.log", pdf_edition=has_pdf)
            if prints:
                press.finish()
                note(name, sources)
            if writes:
                publish(pages)
                note("HTML", sources + offered())
    if packs and not is_fresh("ZIP", ZIP, sources + offered()):
        begin("ZIP")
        pack.pack(HTML, HTML.rglob("*"), ZIP, "book")
        note("ZIP", sources + offered())


def offered() -> str:
    """SHA-256 of the files that the web edition offers besides its pages: PDF and sources."""
    files = [path.relative_to(ROOT).as_posix() for path in pack.sources(ROOT)]
    return digest([PDF["a4"].relative_to(ROOT).as_posix(), *files])


def restore() -> None:
    """Put the last HTML edition back, if a build was killed between the two moves of a new one."""
    old = HTML.with_name("html.old")
    if old.exists() and not HTML.exists():
        old.rename(HTML)


def main() -> int:
    """Build what the arguments name; 1 if that failed."""
    # a page is a hundred thousand small objects that all stay: looking for garbage among them, again
    # and again, would take as long as the work
    gc.disable()
    try:
        BUILD.mkdir(exist_ok=True)
        with locked():
            restore()
            build(sys.argv[1:])
    except (BuildError, OSError) as error:
        print(f"{error}\nfailed; the last good book stays as it is", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
