"""Sphinx extension: DataTables for live tables, from the installed ITables, without a network."""

import re
from importlib.resources import files
from pathlib import Path

from sphinx.application import Sphinx

BUNDLE = files("itables") / "html"
EXPORT = re.compile(r"export\{([^{}]*)\};?")


def plain_script(module: str) -> str:
    """The bundle as a script that sets ``window.DataTable``: browsers load no module from a file."""
    (names,) = EXPORT.findall(module)
    (default,) = re.findall(r"([\w$]+) as default", names)
    return f"(function(){{{EXPORT.sub('', module)}\n;window.DataTable={default};}})();\n"


def write_datatables(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    script = (BUNDLE / "dt_bundle.js").read_text(encoding="utf-8")
    style = (BUNDLE / "dt_bundle.css").read_text(encoding="utf-8")
    (static / "datatables.js").write_text(plain_script(script), encoding="utf-8")
    (static / "datatables.css").write_text(style, encoding="utf-8")


def setup(app: Sphinx) -> dict:
    app.connect("build-finished", write_datatables)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
