"""Plain Markdown: values in sentences, and what MyST makes of links and quotes."""

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nato_japan import prose, render
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output


def notebook(text, **values):
    outputs = [
        new_output(
            "display_data",
            {"application/papermill.record/text/plain": repr(value)},
            metadata={"scrapbook": {"name": name}},
        )
        for name, value in values.items()
    ]
    return new_notebook(
        cells=[new_code_cell(id="numbers", outputs=outputs), new_markdown_cell(text, id="text-1")]
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It has three<!-- n --> rungs.", "three"),
        ("(three<!-- n -->)", "three"),
        ("**1,200<!-- n -->**", "1,200"),
        ("from 6 May 2014<!-- n, 3 words --> on", "6 May 2014"),
        ("from (6 May\n2014<!-- n, 3 words -->)", "6 May\n2014"),
        ("<!-- n --> is new", ""),
        ("of one<!-- m -->/two<!-- n -->", "two"),
    ],
)
def test_a_value_is_what_stands_before_its_comment(text, words):
    *_, value = prose.values(text)
    assert value.words == words
    assert text[value.start :].startswith(f"{words}<!-- n")


plain = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9,.%:;'’ –-]{0,40}[a-z0-9]", fullmatch=True).map(
    lambda words: " ".join(words.split())
)


@given(plain, plain, st.sampled_from(["", "(", "**", "“", "some words "]))
def test_any_value_takes_the_place_of_any_other(old, new, before):
    assert render.PLAIN.fullmatch(new)
    line = f"Words {before}{prose.written('n', old)}, and the rest [x](y.csv)."
    book = notebook(f"# Title\n\n{line}\n", n=new)
    assert (prose.faults(book) == []) == (old == new)
    prose.fill(book)
    assert (
        book.cells[1].source
        == f"# Title\n\n{line.replace(prose.written('n', old), prose.written('n', new))}\n"
    )
    assert prose.faults(book) == []
    once = book.cells[1].source
    prose.fill(book)
    assert book.cells[1].source == once


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("three<!-- rings -->", "cell text-1: expected the name of a glued value, found 'rings'"),
        ("no value", "expected a sentence for each glued value, found none for ['rungs']"),
    ],
)
def test_a_name_on_one_side_only_stops(text, told):
    book = notebook(text, rungs="three")
    with pytest.raises(prose.ProseError) as stopped:
        prose.fill(book)
    assert str(stopped.value) == told
    assert prose.faults(book) == [told]


def test_a_caption_holds_values_too():
    book = notebook("Words.", rungs="four")
    book.cells[0].metadata["mystnb"] = {"figure": {"caption": "Of three<!-- rungs --> rungs."}}
    assert prose.faults(book) == [
        "cell numbers, value rungs: expected 'four', found 'three' in “Of three rungs.”"
    ]
    prose.fill(book)
    assert book.cells[0].metadata.mystnb.figure.caption == "Of four<!-- rungs --> rungs."


@pytest.mark.parametrize("value", ["", "a *b*", "[x](y)", "<b>", "two\nlines", "`x`", " x"])
def test_what_would_be_markup_is_no_value(value):
    with pytest.raises(ValueError, match="value n: expected words without markup"):
        render.glue(n=value)


@pytest.mark.parametrize(
    ("markdown", "myst"),
    [
        ("It says [C136](claims.ipynb#C136), and", "It says{claim}`C136`, and"),
        (
            "so [C1](claims.ipynb#C1) [T01.02](claims.ipynb#T01.02).",
            "so{claim}`C1 T01.02`.",
        ),
        (
            "and [EV085](../data/record/events.csv#EV085) [OP12](../data/record/operations.csv#OP12)",
            "and{record}`EV085 OP12`",
        ),
        ("as known ([Hwang 2005](paper.bib#hwang2005)).", "as known {cite:p}`hwang2005`."),
        (
            "([A 1960](references.bib#a1960); [B 2018](references.bib#b2018))",
            "{cite:p}`a1960,b2018`",
        ),
        ("[The ladder](#fig-ladder) shows", "{numref}`fig-ladder` shows"),
        ("([table](history.ipynb#tab-x))", "({numref}`tab-x`)"),
        ("see [the history](history.ipynb) and", "see {doc}`the history <history>` and"),
        ("see [run it](rerun.md).", "see {doc}`run it <rerun>`."),
        (
            "Words.\n\n[Votes](../data/x/README.md)\n\nMore.",
            "Words.\n\n```{include} ../data/x/README.md\n```\n\nMore.",
        ),
        ("Words.\n\n[All works](references.bib)", "Words.\n\n:::{bibliography}\n:all:\n:::"),
        (
            "> **In brief**\n>\n> One.\n> Two.\n\nMore.",
            ":::{admonition} In brief\n:class: in-brief\nOne.\nTwo.\n:::\n\nMore.",
        ),
        ("Words.\n\n> *On screen:* Drag.\n", "Words.\n\n::::{only} html\nDrag.\n::::\n"),
        ("> *In the margin:* Rest.", "::::{only} html\n:::{margin}\nRest.\n:::\n::::"),
        # what is left alone
        ("`[C136](claims.ipynb#C136)`", "`[C136](claims.ipynb#C136)`"),
        ("[NATO](https://www.nato.int/x.md)", "[NATO](https://www.nato.int/x.md)"),
        ("[paper.bib](paper.bib)", "[paper.bib](paper.bib)"),
        ("> A quotation.\n> Two lines.", "> A quotation.\n> Two lines."),
        ("three<!-- rungs --> rungs", "three rungs"),
        ("`three<!-- rungs -->` rungs", "`three<!-- rungs -->` rungs"),
    ],
)
def test_markdown_reads_as_myst(markdown, myst):
    assert prose.to_myst(markdown) == myst


@pytest.mark.parametrize(
    "mark",
    ["[C136](claims.ipynb#C137)", "[OP01](../data/record/events.csv#OP01)", "[EV085](events.csv)"],
)
def test_a_mark_that_leads_elsewhere_stops(mark):
    with pytest.raises(prose.ProseError, match=r"expected \[(C136|OP01|EV085)\]\(.*, found \["):
        prose.to_myst(f"Words {mark}.")


def test_a_comment_that_names_no_value_is_nothing():
    assert list(prose.values("Words <!-- TODO: more --> and `three<!-- n -->`, <!-- -->")) == []
    assert nbformat.validate(notebook("Words.")) is None
