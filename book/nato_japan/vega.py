"""Vega-Lite: its MIME type, and vl-convert with the fonts that it brings along.

``from nato_japan.vega import vl_convert`` instead of ``import vl_convert``: the same name may
stand for another version of a font on another machine, and the same chart for other bytes.
"""

import os
from pathlib import Path

import vl_convert

__all__ = ["VEGALITE", "vl_convert"]

#: what JupyterLab and VS Code draw alive; they do not know Altair's newer one yet, and draw it alike
VEGALITE = "application/vnd.vegalite.v5+json"

CONFIG = Path(__file__).with_name("fonts.conf")
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


def _load() -> None:
    """Let vl-convert look for fonts, which it does once, where there are none."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(CONFIG)
    try:
        vl_convert.svg_to_png(DOT)
    finally:  # the browser needs its own
        os.environ.pop("FONTCONFIG_FILE")
        if before is not None:
            os.environ["FONTCONFIG_FILE"] = before


_load()
