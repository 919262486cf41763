"""What our code takes for granted of the insides of libraries: each fails when it no longer holds.

MyST-NB and Sphinx are asked by a book of two pages, with our extensions for charts and references.
"""

import hashlib
import io
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import altair as alt
import nbformat
import pandas as pd
import pytest
import sphinx_multitoc_numbering
import yaml
from bs4 import BeautifulSoup
from nato_japan import render
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx import addnodes
from sphinx.environment.collectors.toctree import TocTreeCollector

from conftest import BOOK, ROOT, chapters, page

sys.path.append(str(BOOK / "_ext"))
import book_charts  # noqa: E402

WORDS = "A line of two points, drawn to see what becomes of it in a page"
INDEX = "# Words\n\n```{toctree}\n:numbered:\npage\n```\n\nSee {numref}`fig-line`.\n"
TEXT = "# Page\n\nIt is {glue:text}`how-many`: see {numref}`fig-line`.\n"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]


@pytest.fixture(scope="module")
def spec():
    """A chart with all that vl-convert numbers: a gradient and areas to clip."""
    frame = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
    drawn = alt.Chart(frame, description=WORDS).mark_line(clip=True)
    return drawn.encode(x="x", y="y", color=alt.Color("x:Q")).to_dict()


def displayed(module, name, show):
    """Data and metadata of what a function displays in a notebook, by the name it calls."""
    sent = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, lambda data, raw, metadata: sent.append((data, metadata)))
        show()
    ((data, metadata),) = sent
    return data, metadata


def glued():
    return displayed(render, "display", lambda: render.glue(how_many=2))


@pytest.fixture(scope="module")
def app(spec, tmp_path_factory):
    """The book of two pages as HTML."""
    from sphinx.application import Sphinx

    root = tmp_path_factory.mktemp("contracts")
    data, metadata = glued()
    figure = {"mystnb": {"figure": {"name": "fig-line", "caption": "A line."}}}
    outputs = [
        new_output("display_data", data, metadata=metadata),
        new_output("display_data", *render.mimebundle(spec)[:1]),
    ]
    cells = [
        new_markdown_cell(TEXT),
        new_code_cell("glue()", execution_count=1, outputs=outputs[:1]),
        new_code_cell("chart", execution_count=2, outputs=outputs[1:], metadata=figure),
    ]
    kernel = nbformat.read(BOOK / "conclusion.ipynb", as_version=4).metadata
    nbformat.write(new_notebook(cells=cells, metadata=kernel), root / "page.ipynb")
    (root / "index.md").write_text(INDEX, encoding="utf-8")
    app = Sphinx(
        root,
        None,
        root / "_build" / "html",
        root / "_build" / "doctrees",
        "html",
        confoverrides={
            "extensions": ["myst_nb", "book_charts", "book_numbers"],
            "nb_execution_mode": "off",
            "numfig": CONFIG["numfig"],
            "numfig_format": {"figure": "Fig. %s"},
            "suppress_warnings": CONFIG["suppress_warnings"],
        },
        status=None,
        warning=io.StringIO(),
    )
    app.builder.search = False  # as book_frame does
    app.build()
    assert app._warning.getvalue() == ""
    return app


def test_myst_nb_names_the_picture_of_a_chart_by_the_hash_of_its_lines(app, spec):
    """By which book_charts finds the specification that belongs to it."""
    ((_, image),) = book_charts.mime_bundles(app.env.get_doctree("page"))
    lines = "\n".join(render.static_svg(spec).splitlines())
    assert Path(image["uri"]).stem == hashlib.sha256(lines.encode()).hexdigest()
    assert image["chart"]["svg"] == render.static_svg(spec) and image["alt"] == WORDS


def test_our_transform_comes_before_myst_nb_chooses_an_output(app):
    text = (Path(app.outdir) / "page.html").read_text(encoding="utf-8")
    (figure,) = BeautifulSoup(text, "html.parser").select("figure")
    assert len(figure.select(".chart > svg")) == len(figure.select(".chart > script")) == 1
    assert not figure.select("img")


def test_glue_is_what_myst_nb_stores_and_reads(app):
    from myst_nb.ext import glue

    theirs = displayed(glue, "ipy_display", lambda: glue.glue("how-many", "two", display=False))
    assert glued() == theirs
    assert "It is two:" in app.env.get_doctree("page").astext()


def test_sphinx_keeps_numbers_of_figures_and_sections_by_page(app):
    """From which book_numbers and book_print number what they refer to."""
    assert app.env.toc_fignumbers["page"] == {"figure": {"fig-line": (1, 1)}}
    assert app.env.toc_secnumbers["page"][""] == (1,)
    assert app.env.get_domain("std").anonlabels["fig-line"] == ("page", "fig-line")
    assert app.env.toctree_includes == {"index": ["page"]}
    (reference,) = app.env.get_doctree("page").findall(addnodes.pending_xref)
    assert (reference["reftype"], reference["refexplicit"]) == ("numref", False)
    assert reference["reftarget"] == "fig-line"


@pytest.mark.parametrize(("name", "link"), [("page", "#fig-line"), ("index", "page.html#fig-line")])
def test_a_reference_to_a_figure_is_resolved_by_its_number(app, name, link):
    text = (Path(app.outdir) / f"{name}.html").read_text(encoding="utf-8")
    (reference,) = BeautifulSoup(text, "html.parser").select("a:has(.std-numref)")
    assert reference.text == "Fig. 1.1" and reference["href"] == link


def test_sphinx_makes_no_index_when_it_is_told_so(app):
    assert not list(Path(app.outdir).rglob("searchindex*"))


def test_numbering_by_parts_does_not_say_that_pages_can_be_read_in_parallel():
    """Else what book_frame says for it has become needless."""
    numbers = TocTreeCollector.assign_section_numbers
    try:
        said = sphinx_multitoc_numbering.setup(SimpleNamespace(connect=lambda *event: None))
        assert TocTreeCollector.assign_section_numbers is not numbers
    finally:
        TocTreeCollector.assign_section_numbers = numbers
    assert "parallel_read_safe" not in (said or {})


def test_vl_convert_numbers_ids_by_a_counter_and_we_by_content(spec):
    first, second = (render.vl_convert.vegalite_to_svg(spec) for _ in range(2))
    named = [re.findall(r'\bid="([^"]+)"', svg) for svg in (first, second)]
    assert len(named[0]) == len(named[1]) >= 3 and not set(named[0]) & set(named[1])
    ours = render.static_svg(spec)
    assert render.static_svg(spec) == ours
    ids = re.findall(r'\bid="([^"]+)"', ours)
    assert len(ids) == len(named[0]) and not set(ids) & {*named[0], *named[1]}
    # each is referred to under its new name
    assert set(re.findall(r"url\(#([^)]+)\)", ours)) == set(ids)
    another = render.static_svg(spec | {"background": "white"})
    assert not set(re.findall(r'\bid="([^"]+)"', another)) & set(ids)


def test_vl_convert_describes_marks_and_we_leave_one_description(spec):
    drawn = re.compile(r' (?:aria-[a-z]+|role)="')
    assert drawn.findall(render.vl_convert.vegalite_to_svg(spec))
    assert len(drawn.findall(render.static_svg(spec))) == 2  # role and label of the whole


def test_the_bundle_of_vl_convert_sets_what_the_pages_call():
    bundle = render.vl_convert.javascript_bundle()
    assert "window.vegaEmbed=" in bundle
    # a plain script cannot hold these
    assert not re.search(r"(?:^|[;}])(?:import|export)\b[^(]", bundle)


@pytest.mark.parametrize(
    ("selector", "holds"),
    [
        (".pst-scrollable-table-container", lambda tag: tag.get("tabindex") == "0"),
        ("article pre", lambda tag: tag.get("tabindex") == "0"),
        (".citation-list", lambda tag: "role" not in tag.attrs),
        (".margin[role=note]", lambda tag: tag.name == "div"),
        ("details.hide > summary", lambda tag: "aria-label" not in tag.attrs),
        ("td > p.date", lambda tag: re.fullmatch(r"\d{4}(-\d\d){1,2}", tag.text)),
    ],
)
def test_what_is_mended_in_pages_is_there(selector, holds):
    """The theme writes what book_frame.mended looks for, word for word."""
    tags = [tag for name in chapters() for tag in page(name).select(selector)]
    assert tags
    assert all(holds(tag) for tag in tags)
