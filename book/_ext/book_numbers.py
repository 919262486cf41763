"""Sphinx extension: references to figures and tables by their numbers, without reading a page again.

Sphinx looks the target of each ``numref`` up in the page that holds it, which it loads from disk
for every single reference. The numbers themselves are known: this asks for nothing more.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class NumberedReferences(SphinxPostTransform):
    """Resolve ``numref`` to figures and tables; what is none of these is left to Sphinx."""

    default_priority = 9  # just before Sphinx resolves references

    def run(self, **kwargs) -> None:
        known = self.env.get_domain("std").anonlabels
        for reference in list(self.document.findall(addnodes.pending_xref)):
            if reference["reftype"] != "numref" or reference["refexplicit"]:
                continue
            page, place = known.get(reference["reftarget"], ("", ""))
            for kind, numbers in self.env.toc_fignumbers.get(page, {}).items():
                if place in numbers:
                    reference.replace_self(self.link(page, place, kind, numbers[place]))

    def link(self, page: str, place: str, kind: str, number: tuple) -> nodes.Node:
        form = self.config.numfig_format[kind]
        text = form % ".".join(map(str, number))
        here = self.env.docname
        # as Sphinx's own; print keeps it on one line
        link = addnodes.number_reference("", "", internal=True, title=form)
        if page == here:
            link["refid"] = place
        else:
            link["refuri"] = f"{self.app.builder.get_relative_uri(here, page)}#{place}"
        link += nodes.inline(text, text, classes=["std", "std-numref"])
        return link


def setup(app: Sphinx) -> dict:
    app.add_post_transform(NumberedReferences)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
