"""Sphinx extension: the bibliography by authors, family name first, without labels.

Sentences cite author and year; a list in their order needs no keys of its own.
"""

from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style
from pybtex.style.sorting.author_year_title import SortingStyle
from sphinx.application import Sphinx


class ByAuthor(Style):
    """The plain style of BibTeX with names as the list is sorted."""

    default_name_style = "lastfirst"
    default_sorting_style = "by_author"


class Sorting(SortingStyle):
    """Authors, year, title; the braces that keep an organisation in one piece do not count."""

    def persons_key(self, persons: list) -> str:
        return super().persons_key(persons).strip("{}")


def setup(app: Sphinx) -> dict:
    register_plugin("pybtex.style.formatting", "by_author", ByAuthor)
    register_plugin("pybtex.style.sorting", "by_author", Sorting)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
