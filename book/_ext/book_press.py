"""From ``book.typ`` to the PDF, in a process of its own: Typst takes 1.7 GB beside Sphinx.

``python book_press.py FOLDER SECOND``: the folder that book_print has written, and the second that
dates the PDF. Writes ``book.pdf`` there; or says what Typst has against it, and ends with 1.
"""

import io
import json
import re
import sys
from pathlib import Path

import pikepdf
import typst


def press(folder: Path, second: int) -> list[str]:
    """Write the PDF; what Typst has against it, a line for each fault."""
    # nothing outside the folder can be read
    options = {"root": folder, "font_paths": [folder / "fonts"], "ignore_system_fonts": True}
    options |= {"pdf_standards": ["ua-1", "a-2a"], "timestamp": second}
    try:
        made, told = typst.compile_with_warnings(folder / "book.typ", **options)
    except typst.TypstError as error:
        made, told = b"", [error]
    if not told:
        # Typst writes each object by itself; packed into streams they take a third of the room
        streams = pikepdf.ObjectStreamMode.generate
        with pikepdf.open(io.BytesIO(made)) as packed:
            packed.save(folder / "book.pdf", object_stream_mode=streams, deterministic_id=True)
    places = json.loads((folder / "places.json").read_text(encoding="utf-8"))
    return [fault for one in told for fault in placed(one, places)]


def placed(told: typst.TypstError | typst.TypstWarning, blocks: list[list[str]]) -> list[str]:
    """What Typst says, with chapter and place instead of a line of ``book.typ``."""
    words = told.diagnostic + "".join(map(str, told.trace))
    lines = [int(line) - 2 for line in re.findall(r"book\.typ:(\d+)", words)]
    found = [f"{blocks[line][0]}: {told.message}" for line in lines[:1]]
    # of a sign that no font has it does not say where
    for sign in dict.fromkeys(re.findall(r'the text `"(.)', words)):
        found += [f"{place}: no font has {sign}" for place, signs in blocks if sign in signs]
    return found or [f"print.typ: {words}"]


if __name__ == "__main__":
    if faults := press(Path(sys.argv[1]), int(sys.argv[2])):
        print("the printed edition is not made:", *faults, sep="\n")
        sys.exit(1)
