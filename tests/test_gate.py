"""nbval as a gate: what would change the book makes it fail, the letters of a machine do not."""

import shutil
import subprocess
import sys

import nbformat
import pytest
from conftest import BOOK, ROOT

NAME = "conclusion"
CHART = "application/vnd.vegalite.v6+json"


@pytest.fixture
def copy(tmp_path):
    """Tables, package and one notebook, to change and to put to nbval."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copytree(BOOK / "nato_japan", tmp_path / "book" / "nato_japan")
    shutil.copy(BOOK / f"{NAME}.ipynb", tmp_path / "book")
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("*.py"))
    shutil.copy(ROOT / "pytest.ini", tmp_path)
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
