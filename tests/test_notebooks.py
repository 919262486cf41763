"""The notebooks: outputs stored, cells small, charts described, no number typed in prose."""

import re
import shutil
import statistics
import subprocess
import sys

import nbformat
import pytest
from nato_japan import data, prose, render

from conftest import BOOK, ROOT, chapters

NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))
IDS = [path.stem for path in NOTEBOOKS]
CHAPTERS = data.load("sections").query("part == 'body'")["section"].tolist()

# names that hold a figure; a number of the paper comes from data
NAMES = re.compile(r"\b(P-3C|SS-20|G7|Group of Seven|CC BY 4\.0|Project 2049|Table 1)\b")
# what is not prose: links (works bear the year in their names), code, numbers of a list
MARKUP = re.compile(
    r"^\d+\. |```.*?```|`[^`]*`|\[[^\]]*\]\((?:references|paper)\.bib[^)]*\)"
    r"|\[(?:[CT]|EV|OP|SC)[\d.]+\]\([^)]*\)|\]\([^)]*\)",
    re.S | re.M,
)
NUMBER_WORDS = re.compile(
    r"\b(two-thirds|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|twenty|hundred|thousand)\b",
    re.I,
)
# a mark of Altair, or a step of pandas that shapes the rows of a chart
SHAPING = re.compile(
    r"\balt\.|\.(assign|cumcount|explode|groupby|isin|loc|map|melt|merge|nlargest|query|reindex"
    r"|rename|set_index|sort_values|stack|unstack|value_counts)\b"
)


def cells(path, kind):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def charts(path):
    for cell in cells(path, "code"):
        for output in cell.outputs:
            if render.VEGALITE in output.get("data", {}):
                yield cell, output.data


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_every_code_cell_has_run(path):
    # nbval passes over cells without a count
    counts = [cell.execution_count for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_no_cell_warns(path):
    kinds = {output.output_type for cell in cells(path, "code") for output in cell.outputs}
    assert kinds <= {"display_data", "execute_result"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_cells_are_small_and_have_stable_ids(path):
    drawn = {cell.id for cell, _ in charts(path)}
    sizes = {cell.id: len(cell.source.splitlines()) for cell in cells(path, "code")}
    # a chart's own cell shows its rows and its marks
    assert not [name for name, size in sizes.items() if size > (40 if name in drawn else 15)]
    assert statistics.median(sizes.values()) <= 8
    ids = [cell.id for cell in nbformat.read(path, as_version=4).cells]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in ids)


def test_most_cells_are_short():
    sizes = [len(cell.source.splitlines()) for path in NOTEBOOKS for cell in cells(path, "code")]
    assert statistics.median(sizes) <= 6


def test_a_chart_shows_in_its_cell_how_it_is_made():
    drawn = [cell.source for path in NOTEBOOKS for cell, _ in charts(path)]
    assert sum(bool(SHAPING.search(source)) for source in drawn) >= 2 / 3 * len(drawn)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_notebook_names_no_machine(path):
    metadata = nbformat.read(path, as_version=4).metadata
    assert set(metadata) == {"kernelspec", "language_info"}
    assert "version" not in metadata.language_info
    assert metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_every_chart_has_description_caption_and_label(path):
    for cell, output in charts(path):
        description = output[render.VEGALITE]["description"]
        assert render.SHORTEST <= len(description) <= render.LONGEST, cell.id
        figure = cell.metadata["mystnb"]["figure"]
        assert figure["name"].startswith("fig-")
        assert "Source: " in figure["caption"]
        assert description != figure["caption"]
        assert "title" not in output[render.VEGALITE]
        assert 'role="img"' in output["image/svg+xml"]


def test_enough_charts_and_tables():
    found = [cell.id for path in NOTEBOOKS for cell, _ in charts(path)]
    assert len(found) >= 20
    tables = {
        output.data["text/markdown"].split(":name: ")[1].split("\n")[0]
        for path in NOTEBOOKS
        for cell in cells(path, "code")
        for output in cell.outputs
        if ":::{table}" in output.get("data", {}).get("text/markdown", "")
    }
    assert len(tables) >= 12


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_no_number_is_typed_in_prose(path):
    texts = [cell.source for cell in cells(path, "markdown")]
    texts += [cell.metadata["mystnb"]["figure"]["caption"] for cell, _ in charts(path)]
    for text in texts:
        # "Article nine" and its like are names
        typed = MARKUP.sub("", prose.without_values(text))
        typed = re.sub(r"Article (nine|five)", "", NAMES.sub("", typed))
        assert not re.findall(r"\d", typed), typed
        assert not NUMBER_WORDS.findall(typed), typed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_prose_is_plain_markdown(path):
    """What any viewer shows as meant: no role, no fence, no directive."""
    for _, text in prose.texts(nbformat.read(path, as_version=4)):
        for markup in (r"\{[a-z:]+\}`", r"^(:::+|```)", r"^\([a-z-]+\)=$", r"\{[.#]"):
            assert not re.search(markup, prose.CODE.sub("", text), re.M), text


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_has_the_house_form(name):
    text = "\n".join(cell.source for cell in cells(BOOK / f"{name}.ipynb", "markdown"))
    title = data.load("sections").set_index("section").loc[name, "title"]
    assert text.startswith(f"# {title}\n")
    headings = re.findall(r"^## (.*)$", text, re.M)
    assert headings == [
        "What the paper argues",
        "The evidence it gives",
        "Against the record",
        "Against open data",
        "What holds",
        "Data and code",
    ]
    assert "\n> **In brief**\n" in text


def test_every_notebook_is_in_the_table_of_contents():
    assert set(IDS) <= set(chapters())


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import warnings\nwarnings.warn('odd')", "UserWarning: odd"),
    ],
)
def test_a_failing_notebook_is_named_and_stays_as_it_was(tmp_path, source, cause):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copytree(BOOK / "nato_japan", tmp_path / "book" / "nato_japan")
    path = tmp_path / "book" / "conclusion.ipynb"
    notebook = nbformat.read(BOOK / "conclusion.ipynb", as_version=4)
    broken = next(cell for cell in notebook.cells if cell.id == "numbers")
    broken.source = source
    nbformat.write(notebook, path)
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "nato_japan.commands.run"],
        cwd=tmp_path / "book",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "book/conclusion.ipynb: failed" in done.stdout
    assert "(id numbers)" in done.stdout
    assert cause in done.stdout
    assert path.read_bytes() == before


def test_only_notebooks_with_changed_inputs_run_again(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copytree(BOOK / "nato_japan", tmp_path / "book" / "nato_japan")
    for name in ["conclusion", "scenario"]:
        shutil.copy(BOOK / f"{name}.ipynb", tmp_path / "book")

    def run():
        done = subprocess.run(
            [sys.executable, "-m", "nato_japan.commands.run"],
            cwd=tmp_path / "book",
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    first = run()
    assert "book/conclusion.ipynb" in first and "book/scenario.ipynb" in first
    assert "2 are newer than their inputs" in run()
    package = tmp_path / "book" / "nato_japan"
    (tmp_path / "data" / "paper" / "routes.csv").touch()  # content counts, not time
    (package / "charts.py").touch()
    for unused in ["commands/pack.py", "commands/new_chapter.py"]:
        with (package / unused).open("a") as file:
            file.write("# a comment\n")
    chapter = tmp_path / "book" / "conclusion.ipynb"
    reworded = chapter.read_text(encoding="utf-8").replace("# Conclusion", "# Conclusions", 1)
    chapter.write_text(reworded, encoding="utf-8")  # no cell reads the prose
    assert "2 are newer than their inputs" in run()
    chapter.write_text(reworded.replace("# Conclusions", "# Conclusion", 1), encoding="utf-8")
    routes = tmp_path / "data" / "paper" / "routes.csv"
    table = routes.read_text(encoding="utf-8")
    routes.write_text("\n".join([*table.splitlines()[:1], *table.splitlines()[:0:-1], ""]))
    second = run()
    assert "book/scenario.ipynb" in second and "book/conclusion.ipynb" not in second
    routes.write_text(table)
    with (package / "charts.py").open("a") as file:
        file.write("# a comment\n")
    third = run()
    assert "book/scenario.ipynb" in third and "book/conclusion.ipynb" in third
    for name in ["conclusion", "scenario"]:
        # the same input gives the same bytes, but for the widths of the machine's letters
        old, new = (
            re.sub(r"<svg.*?</svg>", "", (root / "book" / f"{name}.ipynb").read_text(), flags=re.S)
            for root in (ROOT, tmp_path)
        )
        assert old == new
