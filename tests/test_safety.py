"""A small book in a folder of its own: hostile text in its data, and builds that are killed."""

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nato_japan.commands import new_chapter
from nbformat.v4 import new_code_cell, new_notebook
from pypdf import PdfReader

from conftest import ROOT, source

HOSTILE = [
    "<script>alert(1)</script>",
    "<!-- <script>",
    "a | b \\| c",
    "`code` ``{claim}`C019` ``",
    "{glue:text}`statements` {{ 7 }}",
    "[link](javascript:alert(1)) ![x](y)",
    r"\input{secret} \end{document} 100 % & $x^2$ #1 ~ _a_ *b*",
    "\u202eright to left\u202c \u200fmark",
    '" onload="alert(1)" \'',
    "&lt;b&gt; &amp; <b>",
    "=1+1",
    '#read("/etc/passwd") #import "x.typ" $x$ @label <label> \\u{41} ] } )',
]
ODD = r"Odd | name @ {sign} ! \z 100 % & $ # _"  # in the index
HREF = 'https://example.org/a)|b`c<d>"e'

SECRET = "Paignton-4711-Zeppelin"  # in a file beside the project, which no cell may reach
REACHING = [
    "https://x.org/e){download}`../../secret.txt`(",
    "{download}`words <../../secret.txt>`",
    "{include}`../../secret.txt`",
    "```{include} ../../secret.txt",
    ":::{literalinclude} ../../secret.txt",
    "![picture](../../secret.txt)",
    "[file](../../secret.txt)",
    "{math}`\\input{../../secret.txt}`",
    '#read("../../secret.txt")',
    "<style>body{display:none}</style><script>alert(1)</script>",
    "{raw}`<b>x</b>` {eval-rst}`.. include:: ../../secret.txt`",
    "{doc}`../../secret` {ref}`x` {numref}`x` {cite}`x`",
]
EVERYWHERE = f"""from nato_japan import data
REACHING = {REACHING!r}
for number, entry in enumerate(data.tables()):
    names = [field["name"] for field in entry["schema"]["fields"]]
    line = {{name: REACHING[(number + at) % len(REACHING)] for at, name in enumerate(names)}}
    for start in range(0, len(names), 5):
        part = names[start : start + 5]
        links = {{"source_title", "source_url"}} <= line.keys()
        display(tables.table(
            pd.DataFrame([line]), part, name=f"tab-reach-{{number}}-{{start}}",
            caption="Signs. Source: ours.", sources=part[0] if links else None,
            roles={{part[-1]: "download"}},
        ))"""
# what the page on data says of a table
COLUMNS = "import re\n\n" + source(
    "data", "column-sources", "column-caption", "column-rows", "columns-of"
)
DESCRIBED = """import copy
known = data.resource("countries")
kept = copy.deepcopy(known)
for key in ("title", "description"):
    known[key] = REACHING[0]
known |= {"citation": REACHING[1], "transformation": REACHING[2], "retrieved": REACHING[3]}
known["sources"] = [{"title": REACHING[4], "path": REACHING[0]}, {"title": REACHING[5]}]
known["contributors"] = [{"title": REACHING[6]}]
known["licenses"] = [{"name": "other-x", "title": REACHING[7]}]
for field, sign in zip(known["schema"]["fields"], REACHING[8:]):
    field["description"] = field["title"] = sign
display(columns_of("countries"))
display(tables.data_and_code("hostile"))
known.update(kept)"""
CODE = f"""import pandas as pd
from nato_japan import charts, tables

HOSTILE = {HOSTILE!r}
frame = pd.DataFrame({{"sign": range(len(HOSTILE)), "words": HOSTILE}})
frame["source_title"], frame["source_url"] = HOSTILE, {HREF!r}"""
TABLE = """tables.table(
    frame, ["sign", "words"], name="tab-hostile", caption="Signs. Source: ours.", sources="words"
)"""
CHART = """import altair as alt

description = "Hostile words as marks of a chart, to see that they stay words"
alt.Chart(frame, description=description).mark_text().encode(y="words:N", text="words:N")"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The project with three pages: two plain ones and a chapter of hostile text."""
    root = tmp_path_factory.mktemp("small") / "book"
    left_out = {".git", ".venv", "_build", "tests", ".github", ".pytest_cache", ".ruff_cache"}
    shutil.copytree(ROOT, root, ignore=lambda folder, names: left_out & set(names))
    for page in [*(root / "book").glob("*.ipynb"), *(root / "book").glob("*.md")]:
        page.unlink()
    (root / "book" / "index.md").write_text("# A small book\n\nWords.\n", encoding="utf-8")
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\ndefaults:\n  numbered: 1\nparts:\n"
        f"  - caption: {new_chapter.PART}\n    chapters:\n      - file: book/plain\n",
        encoding="utf-8",
    )
    # stays as it is while others change
    (root / "book" / "plain.md").write_text("# A plain page\n\nWords.\n", encoding="utf-8")
    first = new_chapter.create(root, "hostile")
    notebook = nbformat.read(first, as_version=4)
    tag = {"tags": ["hide-input"]}
    figure = {"figure": {"name": "fig-hostile", "caption": "Words. Source: ours."}}
    notebook.cells[4:4] = [
        new_code_cell(CODE, id="frame", metadata=tag),
        new_code_cell(TABLE, id="table-hostile", metadata=tag),
        new_code_cell(CHART, id="chart-hostile", metadata=tag | {"mystnb": figure}),
    ]
    nbformat.write(notebook, first)
    with (root / "data" / "record" / "names.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow([ODD, "person", "Words"])
    described = root / "data" / "record" / "tables.yml"
    text = described.read_text(encoding="utf-8")
    text = re.sub(
        r"(?s)(\n  names:\n.*?rows: )(\d+)", lambda m: f"{m[1]}{int(m[2]) + 1}", text, count=1
    )
    described.write_text(text, encoding="utf-8")
    stubs(root)
    (root / ".venv").symlink_to(ROOT / ".venv")
    done = make(root, "book")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture(scope="module")
def reaching(small, tmp_path_factory):
    """The small book with a payload in every column of every table, and in a description."""
    root = tmp_path_factory.mktemp("reaching") / "book"
    shutil.copytree(small, root, symlinks=True, ignore=shutil.ignore_patterns("stage", "lock"))
    (root.parent / "secret.txt").write_text(SECRET, encoding="utf-8")
    chapter = root / "book" / "hostile.ipynb"
    notebook = nbformat.read(chapter, as_version=4)
    tag = {"tags": ["hide-input"]}
    notebook.cells[5:5] = [
        new_code_cell(EVERYWHERE, id="everywhere", metadata=tag),
        new_code_cell(COLUMNS, id="columns", metadata=tag),
        new_code_cell(DESCRIBED, id="described", metadata=tag),
    ]
    nbformat.write(notebook, chapter)
    done = make(root, "book")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def stubs(root):
    """Pages that tables name, without anything but the labels of their figures."""
    with (root / "data" / "evidence" / "tests.csv").open(encoding="utf-8") as file:
        named = [(row["page"], row["figure"]) for row in csv.DictReader(file)]
    for name in {page for page, _ in named} | {"index", "sources"}:
        figures = sorted({figure for page, figure in named if page == name})
        cells = [
            new_code_cell("", id=figure, metadata={"mystnb": {"figure": {"name": figure}}})
            for figure in figures
        ]
        path = root / "book" / f"{name}.ipynb"
        if not path.with_suffix(".md").exists():
            model = nbformat.read(ROOT / "book" / "conclusion.ipynb", as_version=4)
            nbformat.write(new_notebook(cells=cells, metadata=model.metadata), path)


def environment():
    """As in a reader's shell: what pytest sets does not reach make."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHON", "COV"))}


def make(root, *targets, limit="", extra=None):
    command = f"{limit} make --no-print-directory {' '.join(targets)}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=root,
        env=environment() | (extra or {}),
        capture_output=True,
        text=True,
    )


def words_of(page):
    return [
        cell.get_text(" ", strip=True) for cell in page.select("#tab-hostile tbody td:last-child")
    ]


def flat(text):
    """Letters and signs without what is typography: spaces, quotes, dashes, marks of direction."""
    return re.sub(r"[\s“”‘’\"'–-]|[\u200f\u202c\u202e]", "", text)


def test_hostile_text_is_text_in_html(small):
    text = (small / "_build/html/book/hostile.html").read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    shown = words_of(page)
    assert len(shown) == len(HOSTILE)
    for hostile, cell in zip(HOSTILE, shown, strict=True):
        assert flat(hostile) in flat(cell), (hostile, cell)
    kinds = {script.get("type", "text/javascript") for script in page.select("script:not([src])")}
    assert kinds == {"text/javascript", "application/json"}
    assert not [tag for tag in page.find_all(True) if any(a.startswith("on") for a in tag.attrs)]
    links = {link["href"] for link in page.select("#tab-hostile tbody a")}
    assert all(link.startswith("https://example.org/a") for link in links)
    spec = page.select_one('#fig-hostile script[type="application/json"]').string
    assert HOSTILE[0] in json.dumps(json.loads(spec))
    assert "<" not in spec


def test_hostile_text_is_text_in_the_pdf(small):
    pdf = PdfReader(small / "_build/nato-japan.pdf")
    text = flat(" ".join(sheet.extract_text() for sheet in pdf.pages))
    for hostile in [*HOSTILE, ODD]:
        assert flat(hostile) in text, hostile


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("A sign: \u6f22", "book/plain.md, line 5: no font has \u6f22"),
        ("```{math}\nx\n```", "book/plain.md, line 5: print does not know the node math_block"),
    ],
)
def test_what_print_cannot_set_stops_it_with_its_place(small, words, told):
    before = state(small)
    path = small / "book" / "plain.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n{words}\n", encoding="utf-8")
    done = make(small, "pdf")
    path.write_text(text, encoding="utf-8")
    assert done.returncode != 0 and told in done.stdout + done.stderr, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert state(small) == before


def test_no_cell_of_any_table_reaches_a_file(reaching):
    """A payload in every column of every table, and in what describes one: text in all editions."""
    page = BeautifulSoup(
        (reaching / "_build/html/book/hostile.html").read_text(encoding="utf-8"), "html.parser"
    )
    shown = flat(page.select_one("article").get_text())
    pdf = PdfReader(reaching / "_build/nato-japan.pdf")
    printed = flat(" ".join(sheet.extract_text() for sheet in pdf.pages))
    for sign in REACHING[1:]:
        # its marks are the text, whatever is done to its quotes and dashes
        core = flat(sign.replace("```", "").split("secret")[0])[-12:]
        assert core in shown and core in printed, sign
    with zipfile.ZipFile(reaching / "_build/book.zip") as archive:
        packed = [archive.read(name) for name in archive.namelist()]
    published = [
        path.read_bytes() for path in (reaching / "_build/html").rglob("*") if path.is_file()
    ]
    published += [*packed, (reaching / "_build/nato-japan.pdf").read_bytes(), printed.encode()]
    assert not [content for content in published if SECRET.encode() in content]
    assert SECRET.replace("-", "") not in printed
    offered = {path.name for path in (reaching / "_build/html/_downloads").rglob("*.*")}
    assert "secret.txt" not in offered
    assert not page.select("article style, article script:not([type='application/json'])")


def test_a_page_that_reaches_out_stops_the_build(reaching):
    page = reaching / "book" / "plain.md"
    reach = "{download}`x <../../secret.txt>`\n\n```{include} ../../secret.txt\n```"
    unknown = "Marks [C999](claims.ipynb#C999).\n\nAnd [EV999](../data/record/events.csv#EV999)."
    page.write_text(f"# A plain page\n\n{reach}\n\n{unknown}\n", encoding="utf-8")
    done = make(reaching, "html")
    assert done.returncode != 0
    told = done.stdout + done.stderr
    assert told.count("expected a file of book/ or data/, found") == 2
    assert re.search(
        r"book/plain\.md:\d+: WARNING: claim C999 is not in data/paper/claims\.csv", told
    )
    assert re.search(r"book/plain\.md:\d+: WARNING: EV999 is not in data/record", told)
    page.write_text("# A plain page\n\nA mark [C019](claims.ipynb#C022).\n", encoding="utf-8")
    done = make(reaching, "html")
    assert done.returncode != 0
    assert "book/plain.md: expected [C019](claims.ipynb#C019), found [C019](claims.ipynb#C022)" in (
        done.stdout + done.stderr
    )


@pytest.mark.parametrize("wait", [0.9, 2.1, 3.3])
def test_an_interrupt_at_any_moment_leaves_whole_editions(small, wait):
    reword(small, f"interrupt{int(10 * wait)}")
    process = begin(small, small / "make.log")
    time.sleep(wait)  # the moment, not a thing to wait for
    os.killpg(process.pid, signal.SIGINT)
    process.wait()
    assert state(small)
    with zipfile.ZipFile(small / "_build/book.zip") as archive:
        assert archive.testzip() is None


def state(root) -> dict[str, str]:
    """The published files with their content; a page and the PDF are readable."""
    files = [root / "_build/html/book/hostile.html", root / "_build/nato-japan.pdf"]
    assert PdfReader(files[1]).pages and "</html>" in files[0].read_text(encoding="utf-8")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def reword(root, words):
    """Change words and code of the chapter, so that all has to be made anew."""
    path = root / "book" / "hostile.ipynb"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"To be written: \w+", f"To be written: {words}", text)
    text = re.sub(r"import pandas as pd( # \w+)?", f"import pandas as pd # {words}", text)
    path.write_text(text, encoding="utf-8")


def begin(root, log: Path) -> subprocess.Popen:
    """A build under way, in a group of processes of its own, that writes to a log."""
    with log.open("w") as out:
        return subprocess.Popen(
            ["make", "--no-print-directory", "book"],
            cwd=root,
            env=environment(),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def test_a_killed_build_leaves_the_last_book_and_is_made_good(small):
    """Each build takes up what the one before left, gets one stage further, and is killed there."""
    before = state(small)
    reword(small, "kill")
    log = small / "make.log"
    for stage in ["book/hostile.ipynb", "PDF: building", "HTML: building"]:
        process = begin(small, log)
        wait_for(process, log, stage)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if stage == "book/hostile.ipynb":
            assert state(small) == before
        # each edition is whole, the old one or the new one
        assert state(small).keys() == before.keys(), stage
    done = make(small, "book")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (small / "_build/html/book/hostile.html").read_text(encoding="utf-8")
    assert "To be written: kill" in page


def wait_for(process, log: Path, stage: str):
    """Until a stage has begun, and a moment into it."""
    end = time.monotonic() + 60
    while stage not in log.read_text():
        assert process.poll() is None and time.monotonic() < end, log.read_text()
        time.sleep(0.05)
    time.sleep(0.7)


def test_a_full_disk_leaves_the_last_book_and_two_makes_at_once_make_it_good(small):
    """Of the two, the second waits for the first, says so, and deletes nothing."""
    before = state(small)
    reword(small, "full")
    # no file may grow beyond 64 blocks: what a full disk does to a build, without filling one
    done = make(small, "book", limit="ulimit -f 64;")
    assert done.returncode != 0
    assert state(small) == before
    assert "Traceback" not in done.stdout + done.stderr
    reword(small, "twice")
    logs = [small / "first.log", small / "second.log"]
    pair = [begin(small, log) for log in logs]
    for process in pair:
        process.wait()
    told = [log.read_text(encoding="utf-8") for log in logs]
    assert [process.returncode for process in pair] == [0, 0], told
    assert any("another make is at work" in words for words in told)
    assert "twice" in (small / "_build/html/book/hostile.html").read_text(encoding="utf-8")
    assert state(small) != before


def test_a_table_that_breaks_its_description_leaves_the_last_book(small):
    before = state(small)
    path = small / "data" / "paper" / "countries.csv"
    whole, times = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(whole.replace("BEL", "Belgium"), encoding="utf-8")
    done = make(small, "book")
    path.write_text(whole, encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # so that nobody checks it again
    assert done.returncode != 0
    assert re.search(r"data/paper/countries.csv, row \d+, column iso3: expected", done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    assert state(small) == before


def digests(folder: Path) -> dict[str, str]:
    """The files below a folder with their content."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_builds_in_two_folders_give_the_same_bytes(small, tmp_path):
    """Another folder, time zone, language, day and order of hashes: notebook, HTML, PDF and ZIP."""
    other = tmp_path / "a folder of another name" / "book"
    shutil.copytree(small, other, symlinks=True, ignore=shutil.ignore_patterns("_build"))
    strange = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1", "PYTHONHASHSEED": "7"}
    done = make(other, "book", extra=strange)
    assert done.returncode == 0, done.stdout + done.stderr
    done = make(small, "book")
    assert done.returncode == 0, done.stdout + done.stderr
    assert digests(other / "book") == digests(small / "book")
    for name in ("html", "nato-japan.pdf", "book.zip"):
        built = [root / "_build" / name for root in (small, other)]
        if name == "html":
            assert digests(built[0]) == digests(built[1])
        else:
            assert built[0].read_bytes() == built[1].read_bytes(), name


def test_a_killed_installation_is_begun_again(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "CITATION.cff", tmp_path)
    (tmp_path / "data").mkdir()
    last = tmp_path / "_build" / "html" / "index.html"
    last.parent.mkdir(parents=True)
    last.write_text("the last good book")
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = [
        re.search(rf"^{name}==.*\n(?:    .*\n)+", lock, re.M)[0] for name in ("iniconfig", "uv")
    ]
    (tmp_path / "requirements.txt").write_text("".join(pins))
    process = subprocess.Popen(
        ["make", "setup"], cwd=tmp_path, env=environment(), start_new_session=True
    )
    end = time.monotonic() + 60
    while not (tmp_path / ".venv" / "bin").is_dir():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / ".venv" / "installed").exists()
    done = make(tmp_path, "setup")
    assert done.returncode == 0, done.stdout + done.stderr
    found = subprocess.run([tmp_path / ".venv/bin/python", "-c", "import iniconfig"])
    assert found.returncode == 0
    assert last.read_text() == "the last good book"


@contextmanager
def read_only(folder: Path):
    """A folder in which nothing can be written, not even by root."""
    if os.geteuid():
        modes = {path: path.stat().st_mode for path in [folder, *folder.rglob("*")]}
        for path, mode in modes.items():
            path.chmod(mode & ~0o222)
    else:
        subprocess.run(["mount", "--bind", folder, folder], check=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
    try:
        yield
    finally:
        if os.geteuid():
            for path, mode in modes.items():
                path.chmod(mode)
        else:
            subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(
    not os.geteuid() and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode,
    reason="root may write everywhere, and this machine lets nobody mount",
)
def test_a_folder_that_may_only_be_read_leaves_the_last_book_and_is_made_good(small):
    before = state(small)
    reword(small, "readonly")
    with read_only(small / "_build"):
        done = make(small, "book")
        assert done.returncode != 0
        assert "Read-only" in done.stderr + done.stdout or "denied" in done.stderr + done.stdout
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        assert state(small) == before
    done = make(small, "book")
    assert done.returncode == 0, done.stdout + done.stderr
    assert state(small) != before
