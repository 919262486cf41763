"""Sphinx extension: pages are plain Markdown (see nato_japan.prose), which MyST reads as its own."""

import json
from pathlib import Path

from nato_japan import prose
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)


def translate(app: Sphinx, docname: str, content: list[str]) -> None:
    """Give MyST its roles and directives; lines keep their numbers as far as boxes let them."""
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".ipynb":
        content[0] = to_myst(content[0], path.name)
        return
    notebook = json.loads(content[0])
    for cell in notebook["cells"]:
        place = f"{path.name}, cell {cell['id']}"
        figure = cell["metadata"].get("mystnb", {}).get("figure", {})
        if cell["cell_type"] == "markdown":
            cell["source"] = to_myst("".join(cell["source"]), place)
        elif "caption" in figure:
            figure["caption"] = to_myst(figure["caption"], place)
    content[0] = json.dumps(notebook)


def to_myst(text: str, place: str) -> str:
    try:
        return prose.to_myst(text)
    except prose.ProseError as error:
        logger.warning("book/%s: %s", place, error)
        return text


def setup(app: Sphinx) -> dict:
    app.connect("source-read", translate)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
