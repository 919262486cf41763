"""nbval as a gate: what would change the book makes it fail, the letters of a machine do not."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from nato_japan import prose, render

from conftest import BOOK, ROOT

NAME = "conclusion"
CHART = render.VEGALITE


@pytest.fixture
def copy(tmp_path):
    """Tables, package and one notebook, to change and to put to nbval."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copytree(BOOK / "nato_japan", tmp_path / "book" / "nato_japan")
    shutil.copy(BOOK / f"{NAME}.ipynb", tmp_path / "book")
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("*.py"))
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def change(root, edit):
    """Edit the stored notebook."""
    path = root / "book" / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    edit(notebook)
    nbformat.write(notebook, path)


def nbval(root):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", f"book/{NAME}.ipynb"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert " passed" in done.stdout, done.stdout + done.stderr
    return done


def first_chart(notebook):
    return next(
        output.data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if CHART in output.get("data", {})
    )


def change_table(root):
    path = root / "data" / "paper" / "conclusion_actors.csv"
    text = path.read_text(encoding="utf-8")
    assert "Tokyo" in text
    path.write_text(text.replace("Tokyo", "Kyoto"), encoding="utf-8")


def change_chart(root):
    change(root, lambda notebook: first_chart(notebook)[CHART].update(title="another"))


def lose_output(root):
    def edit(notebook):
        cell = next(cell for cell in notebook.cells if cell.get("outputs"))
        cell.outputs = []

    change(root, edit)


def warn(root):
    def edit(notebook):
        cell = next(cell for cell in notebook.cells if cell.id == "numbers")
        cell.source += "\nimport warnings\nwarnings.warn('odd')"

    change(root, edit)


@pytest.mark.parametrize("fault", [change_table, change_chart, lose_output, warn])
def test_a_change_fails(copy, fault):
    fault(copy)
    done = nbval(copy)
    assert done.returncode == 1, done.stdout
    assert " failed" in done.stdout


def test_letters_of_another_width_pass(copy):
    def edit(notebook):
        drawn = first_chart(notebook)
        drawn["image/svg+xml"] = drawn["image/svg+xml"].replace('width="', 'width="1')

    change(copy, edit)
    assert nbval(copy).returncode == 0


@pytest.mark.parametrize("name", sorted(path.stem for path in BOOK.glob("*.ipynb")))
def test_sentences_say_what_the_notebook_stores(name):
    assert prose.faults(nbformat.read(BOOK / f"{name}.ipynb", as_version=4)) == []


def checked(root):
    """``make check`` on the copy, without the tables' own rules."""
    command = [sys.executable, "-m", "nato_japan.commands.run", "--check"]
    return subprocess.run(
        command,
        cwd=root / "book",
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ""},
    )


def test_a_changed_table_stops_the_check_at_the_sentence(copy):
    assert checked(copy).returncode == 0
    change_verdict(copy)
    stored = (copy / "book" / f"{NAME}.ipynb").read_bytes()
    done = checked(copy)
    assert done.returncode == 1
    assert re.search(
        r"book/conclusion.ipynb: failed\ncell text-\d+, value verdicts: expected '.*', "
        r"found '.*' in “By verdict: ",
        done.stdout,
    ), done.stdout
    assert (copy / "book" / f"{NAME}.ipynb").read_bytes() == stored


def change_verdict(root):
    path = root / "data" / "record" / "verdicts.csv"
    text = path.read_text(encoding="utf-8")
    changed = text.replace("\nC301,judgement,", "\nC301,unverified,")
    assert changed != text
    path.write_text(changed, encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (r"\S+<!-- judged -->", "99<!-- judged -->", "value judged: expected 'nine', found '99'"),
        (
            "<!-- judged -->",
            "<!-- jugded -->",
            "expected the name of a glued value, found 'jugded'",
        ),
        (
            "<!-- judged -->",
            "",
            "expected a sentence for each glued value, found none for ['judged']",
        ),
    ],
)
def test_a_sentence_that_parts_from_its_value_is_named(copy, old, new, told):
    def edit(notebook):
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = re.sub(old, new, cell.source)

    change(copy, edit)
    notebook = nbformat.read(copy / "book" / f"{NAME}.ipynb", as_version=4)
    assert told in " ".join(prose.faults(notebook))
