"""Sphinx extension: charts live in HTML, still in print, both from the outputs in the notebook.

A chart's output holds a Vega-Lite specification and a static SVG (see nato_japan.render).
HTML gets the SVG in the page with the specification beside it; ``_static/book.js`` makes
it interactive when it comes into view. Print gets the SVG (see book_print).
"""

import hashlib
import html
import json
import re
import shutil
from importlib.metadata import distribution
from pathlib import Path

import nbformat
from docutils import nodes
from nato_japan.vega import VEGALITE, vl_convert
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

# what a reader of the web edition can do, in brackets behind the title of an axis or a legend
HINT = re.compile(r" \((?:drag|click) [^()<]*\)")
#: what the browser code of the charts holds; its bundle comes without the notices
VEGA = """Vega, Vega-Lite and Vega-Embed: BSD 3-Clause, University of Washington Interactive Data Lab
(https://github.com/vega). With them come parts of D3: ISC, Mike Bostock (https://d3js.org).
"""
CONTROLS = {
    "interval": "a span of years",
    "point": "single marks",
    "legend": "entries of the legend",
}


def mime_bundles(document: nodes.document):
    """The notebook outputs of a page that hold an SVG, with its image node."""
    for bundle in list(document.findall(nodes.container)):
        if bundle.get("nb_element") != "mime_bundle":
            continue
        for image in bundle.findall(nodes.image):
            if image["uri"].endswith(".svg"):
                yield bundle, image


class KeepSpecifications(SphinxTransform):
    """Give each chart's node its specification and description, which MyST-NB drops."""

    default_priority = 400

    def apply(self, **kwargs) -> None:
        source = Path(self.env.doc2path(self.env.docname))
        if source.suffix != ".ipynb":
            return
        outputs = {}
        for cell in nbformat.read(source, as_version=4).cells:
            for output in cell.get("outputs", []):
                if VEGALITE in output.get("data", {}):
                    # MyST-NB names the image file by the hash of its lines
                    svg = "\n".join(output.data["image/svg+xml"].splitlines())
                    outputs[hashlib.sha256(svg.encode()).hexdigest()] = output.data
        for _, image in mime_bundles(self.document):
            data = outputs[Path(image["uri"]).stem]
            image["chart"] = {
                "svg": data["image/svg+xml"],
                "spec": json.dumps(data[VEGALITE], separators=(",", ":")),
            }
            image["alt"] = data["text/plain"]


class ChartsIntoPage(SphinxPostTransform):
    """HTML: the SVG itself and the specification, instead of a reference to an image."""

    default_priority = 3  # before MyST-NB chooses one output of each bundle
    formats = ("html",)

    def run(self, **kwargs) -> None:
        for bundle, image in mime_bundles(self.document):
            chart = image["chart"]
            label = html.escape(image["alt"])
            spec = chart["spec"].replace("<", "\\u003c")  # neither an end nor a comment
            markup = (
                f'<div class="chart" tabindex="0" role="group" aria-label="{label}">'
                f"{chart['svg']}"
                f'<script type="application/json">{spec}</script></div>'
            )
            bundle.replace_self(nodes.raw("", markup, format="html"))


def interactions(spec: object) -> list[str]:
    """What a reader of the web edition can set or pick in a chart."""
    if isinstance(spec, list):
        return [found for part in spec for found in interactions(part)]
    if not isinstance(spec, dict):
        return []
    found = []
    for param in spec.get("params", []):
        bind, select = param.get("bind"), param.get("select")
        if isinstance(bind, dict) and "input" in bind:
            found.append(f"“{bind['name'].strip()}”")
            continue
        kinds = [bind, select.get("type") if isinstance(select, dict) else select]
        found += [CONTROLS[kind] for kind in kinds if kind in CONTROLS][:1]
    for key, part in spec.items():
        if key != "params":
            found += interactions(part)
    return list(dict.fromkeys(found))


def write_vega(app: Sphinx, error: Exception | None) -> None:
    """Vega, Vega-Lite and Vega-Embed from the installed vl-convert, as one plain script."""
    if error or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "vega.js"
    if target.exists():
        return
    # a second to make, the same for one version: kept beside the stage, which failures wipe
    kept = Path(app.srcdir) / "_build" / f"vega-{vl_convert.__version__}.js"
    if not kept.is_file():
        bundle = vl_convert.javascript_bundle()
        kept.parent.mkdir(exist_ok=True)
        part = kept.with_suffix(".part")
        # wrapped: the bundle declares `_` at its top level, and so do Sphinx's own scripts
        part.write_text(
            f"/*! Licences: see licenses.txt */\n(function(){{{bundle}}})();\n", encoding="utf-8"
        )
        part.replace(kept)
    shutil.copyfile(kept, target)


def write_licences(app: Sphinx, error: Exception | None) -> None:
    """The notices of the browser code that comes from an installed package, from this package."""
    if error or app.builder.format != "html":
        return
    package = distribution("vl-convert-python")
    texts = [
        path.read_text(encoding="utf-8")
        for path in sorted(package.files or [])
        if path.name.upper().startswith("LICEN")
    ]
    head = f"vega.js: from vl-convert-python {package.version}\n\n{VEGA}"
    text = "\n".join([head, *texts])
    (Path(app.outdir) / "_static" / "licenses.txt").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict:
    app.add_transform(KeepSpecifications)
    app.add_post_transform(ChartsIntoPage)
    app.connect("build-finished", write_vega)
    app.connect("build-finished", write_licences)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
