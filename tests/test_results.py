"""Tables that notebooks write: written whole or not at all, and read by others after that."""

import re
import shutil
import subprocess
import sys

import nbformat
import pandas as pd
import pytest
from nato_japan import data, evidence

from conftest import BOOK, ROOT, faults_of

TABLE = "shared_values_results"
WRITES = """
from nato_japan import data

troops = data.load("us_troops")["troops"].iloc[0]
made = data.load("tests").query("page == 'shared-values'")
made = made.assign(statistic=made["test_id"], estimate=troops / 10, n=5, result=made["measure"])
data.write("shared_values_results", made.assign(interval_low=None, interval_high=None))
""".strip()
READS = """
from nato_japan import data

data.load("shared_values_results")["estimate"].iloc[0]
""".strip()


def notebook(root, name, source):
    model = nbformat.read(BOOK / "conclusion.ipynb", as_version=4)
    cell = nbformat.v4.new_code_cell(source, id="only")
    book = nbformat.v4.new_notebook(cells=[cell], metadata=model.metadata)
    nbformat.write(book, root / "book" / f"{name}.ipynb")


def run(root):
    done = subprocess.run(
        [sys.executable, "-m", "nato_japan.commands.run"],
        cwd=root / "book",
        capture_output=True,
        text=True,
    )
    ran = re.findall(r"book/([a-z-]+)\.ipynb: (\d|failed|left)", done.stdout)
    return done, [name for name, outcome in ran if outcome.isdigit()]


def told(root, name):
    """What the notebook shows."""
    (cell,) = nbformat.read(root / "book" / f"{name}.ipynb", as_version=4).cells
    return float(re.search(r"[\d.]+\)?$", cell.outputs[0].data["text/plain"])[0].rstrip(")"))


@pytest.fixture
def tree(tmp_path):
    """A book of two notebooks: the one that is later by name writes what the other reads."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copytree(BOOK / "nato_japan", tmp_path / "book" / "nato_japan")
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    notebook(tmp_path, "shared-values", WRITES)
    notebook(tmp_path, "reader", READS)
    return tmp_path


def set_troops(root, number):
    path = root / "data" / data.resource("us_troops")["path"]
    head, first, *rest = path.read_text(encoding="utf-8").splitlines()
    first = ",".join([*first.split(",")[:-1], str(number)])
    path.write_text("\n".join([head, first, *rest, ""]), encoding="utf-8")


def test_what_reads_a_table_runs_after_what_writes_it(tree):
    set_troops(tree, 98000)
    done, ran = run(tree)  # it is not known yet who reads what: the reader may run twice
    assert done.returncode == 0, done.stdout + done.stderr
    assert {*ran} == {"reader", "shared-values"}
    assert told(tree, "reader") == 9800
    assert run(tree)[1] == []

    set_troops(tree, 97000)
    assert run(tree)[1] == ["shared-values", "reader"]
    assert told(tree, "reader") == 9700

    # the table stays as it is: nobody who reads it need run
    notebook(tree, "shared-values", WRITES + "\nNone")
    assert run(tree)[1] == ["shared-values"]

    # typed by hand: it is computed anew
    path = tree / "data" / data.resource(TABLE)["path"]
    before = path.read_bytes()
    path.write_bytes(before.replace(b"9700", b"9600"))
    assert run(tree)[1][0] == "shared-values"
    assert path.read_bytes() == before
    assert told(tree, "reader") == 9700


def test_what_reads_of_a_failed_notebook_stays_as_it_is(tree):
    assert run(tree)[0].returncode == 0
    before = (tree / "book" / "reader.ipynb").read_bytes()
    notebook(tree, "shared-values", "1 / 0\n" + WRITES)
    notebook(tree, "reader", READS + " + 0")
    changed = (tree / "book" / "reader.ipynb").read_bytes()
    done, ran = run(tree)
    assert done.returncode == 1
    assert ran == []
    assert "book/reader.ipynb: left as it is" in done.stdout
    assert (tree / "book" / "reader.ipynb").read_bytes() == changed != before


def test_notebooks_that_wait_for_each_other_are_named(tree):
    (tree / "book" / "reader.ipynb").unlink()
    other = WRITES.replace("shared-values", "burden-and-reach")
    other = other.replace(TABLE, "burden_and_reach_results")
    other = other.replace("interval_low=None, interval_high=None", "p_value=None")
    notebook(tree, "burden-and-reach", f'{other}\ndata.load("{TABLE}")["n"].sum()')
    assert run(tree)[0].returncode == 0
    notebook(tree, "shared-values", f'{WRITES}\ndata.load("burden_and_reach_results")["n"].sum()')
    done, _ = run(tree)
    assert done.returncode == 1
    assert "each reads what the next one writes" in done.stderr
    assert "shared-values.ipynb" in done.stderr and "burden-and-reach.ipynb" in done.stderr


def test_a_notebook_writes_only_its_own_tables(tree):
    notebook(tree, "another", WRITES)
    (tree / "book" / "shared-values.ipynb").unlink()
    done, _ = run(tree)
    assert done.returncode == 1
    assert "tables.yml says that shared-values writes it" in done.stdout


def test_the_check_leaves_a_table_to_the_notebook_that_is_about_to_write_it(tree):
    for part in ["_toc.yml", "_config.yml"]:
        shutil.copy(ROOT / part, tree)
    for path in BOOK.glob("*.*"):
        shutil.copy(path, tree / "book")

    def check():
        return subprocess.run(
            [sys.executable, "-m", "nato_japan.commands.check"],
            cwd=tree / "book",
            capture_output=True,
            text=True,
        )

    path = tree / "data" / data.resource(TABLE)["path"]
    whole = path.read_text(encoding="utf-8")
    path.write_text("".join(whole.splitlines(keepends=True)[:-1]), encoding="utf-8")
    done = check()  # as after a test was added
    assert done.returncode == 0, done.stderr
    assert f"{TABLE}.csv: not as described; shared-values writes it anew" in done.stdout
    claims = tree / "data" / "paper" / "claims.csv"
    claims.write_text(claims.read_text(encoding="utf-8") + "C999,\n", encoding="utf-8")
    done = check()
    assert done.returncode == 1
    assert "data/paper/claims.csv" in done.stderr


# the writer


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the tables, and a process that has read and written none."""
    shutil.copytree(data.DATA, tmp_path / "data")
    monkeypatch.setattr(data, "DATA", tmp_path / "data")
    monkeypatch.setattr(data, "tables_read", {})
    monkeypatch.setattr(data, "tables_written", {})
    return tmp_path / "data" / data.resource(TABLE)["path"]


@pytest.fixture
def results():
    return pd.read_csv(data.DATA / data.resource(TABLE)["path"])


def test_a_table_is_written_once_and_read_by_others_only(results, copy):
    before = copy.stat().st_mtime_ns
    data.write(TABLE, results.sample(frac=1, axis="columns", random_state=1))
    assert copy.stat().st_mtime_ns == before  # the same content
    data.write(TABLE, results.assign(estimate=0.00002))
    assert ",0.00002," in copy.read_text(encoding="utf-8")
    with pytest.raises(data.DataError, match="which it writes itself"):
        data.load(TABLE)


def test_a_table_that_was_read_is_not_written(results, copy):
    data.load(TABLE)
    with pytest.raises(data.DataError, match="which it has read"):
        data.write(TABLE, results)


def test_no_other_table_is_written(results, copy):
    with pytest.raises(data.DataError, match="that a notebook may write, found 'claims'"):
        data.write("claims", results)


def test_a_frame_that_breaks_the_description_is_refused(results, copy):
    before = copy.read_bytes()
    wrong = results.assign(n=results["n"].where(results.index != 1, 1))
    with pytest.raises(
        data.DataError, match=f"data/results/{TABLE}.csv, row 3, column n: expected"
    ):
        data.write(TABLE, wrong)
    with pytest.raises(KeyError, match="estimate"):
        data.write(TABLE, results.drop(columns="estimate"))
    assert copy.read_bytes() == before
    assert [*copy.parent.glob(".*")] == []


def test_a_result_of_another_page_and_a_missing_one_are_named(copy):
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text.replace("\nlike-minded,", "\nrivalry,"), encoding="utf-8")
    messages = "\n".join(faults_of(f"results/{TABLE}.csv"))
    assert "expected a test of the page shared-values, found 'rivalry'" in messages
    assert "expected a row on the test 'like-minded', found none" in messages
    with pytest.raises(data.DataError, match="found none of like-minded"):
        evidence.hypothesis_tests("security-policy")
