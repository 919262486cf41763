"""Sphinx extension: DataTables for live tables, from the installed ITables, without a network."""

import re
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

from sphinx.application import Sphinx

BUNDLE = files("itables") / "html"
EXPORT = re.compile(r"export\{([^{}]*)\};?")


#: what the browser code of the charts holds; its bundle comes without the notices
VEGA = """Vega, Vega-Lite and Vega-Embed: BSD 3-Clause, University of Washington Interactive Data Lab
(https://github.com/vega). With them come parts of D3: ISC, Mike Bostock (https://d3js.org).
"""
BUNDLED = re.compile(r"/\*! Bundled license information:.*?\*/", re.S)


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
    script = f"/*! Licences: see licenses.txt */\n{plain_script(script)}"
    (static / "datatables.js").write_text(script, encoding="utf-8")
    (static / "datatables.css").write_text(style, encoding="utf-8")


def write_licences(app: Sphinx, error: Exception | None) -> None:
    """The notices of the browser code that comes from installed packages, from these packages."""
    if error or app.builder.format != "html":
        return
    parts = []
    for file, name, more in [
        ("vega.js", "vl-convert-python", VEGA),
        ("datatables.js", "itables", ""),
    ]:
        package = distribution(name)
        texts = [
            path.read_text(encoding="utf-8")
            for path in sorted(package.files or [])
            if path.name.upper().startswith("LICEN")
        ]
        parts.append(f"{file}: from {name} {package.version}\n\n{more}\n" + "\n".join(texts))
    script = (BUNDLE / "dt_bundle.js").read_text(encoding="utf-8")
    (notices,) = BUNDLED.findall(script)
    text = "\n\n".join([*parts, notices.removeprefix("/*! ").removesuffix("*/")])
    (Path(app.outdir) / "_static" / "licenses.txt").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict:
    app.connect("build-finished", write_datatables)
    app.connect("build-finished", write_licences)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
