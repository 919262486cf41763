"""What surrounds the book: the lock, the workflows, the beginning of a chapter."""

import re
import subprocess
import sys

import nbformat
import pytest
import yaml
from nato_japan.commands import new_chapter
from packaging.requirements import Requirement

from conftest import ROOT

PINS = re.compile(
    r"^([\w.-]+)==(\S+?)(?: ;.*)? \\\n((?:    --hash=sha256:\w{64}(?: \\)?\n)+)((?:    #.*\n)*)",
    re.M,
)


def pinned():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return {name: (version, via) for name, version, _, via in PINS.findall(text)}


def wanted():
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def test_the_lock_agrees_with_the_list():
    pins = pinned()
    for line in wanted():
        requirement = Requirement(line.partition("#")[0].strip())
        assert requirement.name in pins, f"{requirement.name} is not locked: make lock"
        assert requirement.specifier.contains(pins[requirement.name][0], prereleases=True)
    direct = {name for name, (_, via) in pins.items() if "-r requirements.in" in via}
    listed = {Requirement(line.partition("#")[0].strip()).name for line in wanted()}
    assert direct == listed, "make lock"


def test_every_version_is_locked_with_hashes():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert len(PINS.findall(text)) == len(re.findall(r"^[\w.-]+==", text, re.M)) > 50


def test_every_direct_dependency_has_a_reason():
    assert all(len(line.partition("#")[2].strip()) >= 5 for line in wanted())


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("vendor.github-workflows", "workflows/*.yml"),
        ("vendor.github-issue-forms", "ISSUE_TEMPLATE/[!c]*.yml"),
        ("vendor.github-issue-forms", "ISSUE_TEMPLATE/claim.yml"),
        ("vendor.github-issue-config", "ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_what_github_reads_follows_its_schema(schema, pattern):
    files = [str(path) for path in sorted((ROOT / ".github").glob(pattern))]
    assert files
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=str)
def test_actions_are_pinned_by_commit(path):
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v[0-9.]+", action), action


@pytest.mark.parametrize("module", ["altair", "nbformat", "nbclient", "nato_japan.commands.run"])
def test_no_process_builds_grammars(module):
    """What only JupyterLab asks for costs every process seconds (rfc3987-syntax, with lark)."""
    code = (
        f"import sys, {module}; sys.exit(any(n in sys.modules for n in ('lark', 'rfc3987_syntax')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "book")
    assert done.returncode == 0
    assert not {"lark", "rfc3987-syntax"} & pinned().keys()


@pytest.mark.parametrize("target", ["setup", "lock", "lab"])
def test_make_knows_where_uv_is(target):
    """A rule that waits for uv, or calls it, stands below the line that says which one."""
    done = subprocess.run(
        ["make", "--always-make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True
    )
    calls = re.findall(r"^(.*?)(?:venv -q|pip compile|pip install -q --python)", done.stdout, re.M)
    assert done.returncode == 0 and calls
    assert all(re.search(r"\buv\s+$", call) for call in calls), calls


@pytest.mark.parametrize("name", ["requirements", "requirements-lab"])
def test_both_locks_agree(name):
    """JupyterLab's lock is made with the other as a constraint: one version of each package."""
    text = (ROOT / f"{name}.txt").read_text(encoding="utf-8")
    versions = {package: version for package, version, _, _ in PINS.findall(text)}
    both = versions.keys() & pinned().keys()
    assert len(both) > 20
    assert all(versions[package] == pinned()[package][0] for package in both)


def test_three_pythons_run_what_the_readme_says():
    jobs = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text())["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert {"run": "make test"} in jobs["test"]["steps"]


def beginning(tmp_path):
    """A folder with a table of contents and no chapter."""
    (tmp_path / "book").mkdir()
    (tmp_path / "_toc.yml").write_text((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return tmp_path


def test_a_new_chapter_has_the_house_form_and_a_place(tmp_path):
    root = beginning(tmp_path)
    path = new_chapter.create(root, "balance-of-power")
    chapter = nbformat.read(path, as_version=4)
    nbformat.validate(chapter)
    text = "\n".join(cell.source for cell in chapter.cells if cell.cell_type == "markdown")
    assert text.startswith("# Balance of power\n") and "\n> **In brief**\n" in text
    model = nbformat.read(ROOT / "book" / "conclusion.ipynb", as_version=4)
    headings = [
        re.findall(
            r"^## .*$", "\n".join(c.source for c in book.cells if c.cell_type == "markdown"), re.M
        )
        for book in (chapter, model)
    ]
    assert headings[0] == headings[1]
    chart = next(cell for cell in chapter.cells if "mystnb" in cell.metadata)
    figure = chart.metadata["mystnb"]["figure"]
    assert figure["name"] == "fig-balance-of-power-events" and "Source: " in figure["caption"]
    assert "alt.Chart(" in chart.source and "description=" in chart.source
    contents = (root / "_toc.yml").read_text(encoding="utf-8")
    old = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    assert contents.replace("      - file: book/balance-of-power\n", "") == old
    part = next(p for p in yaml.safe_load(contents)["parts"] if p["caption"] == new_chapter.PART)
    assert part["chapters"][-1]["file"] == "book/balance-of-power"


@pytest.mark.parametrize(
    "name", ["", "Balance", "balance of power", "../data", "conclusion", "nato_japan"]
)
def test_a_name_that_is_taken_or_odd_is_refused(tmp_path, name):
    root = beginning(tmp_path)
    (root / "book" / "conclusion.ipynb").write_text("{}")
    before = (root / "_toc.yml").read_bytes()
    with pytest.raises(new_chapter.ChapterError, match=f"NAME={re.escape(name)}: expected"):
        new_chapter.create(root, name)
    assert (root / "_toc.yml").read_bytes() == before
    assert (root / "book" / "conclusion.ipynb").read_text() == "{}"
