"""From ``book.typ`` to the PDF, in a process of its own: Typst takes 1.7 GB beside Sphinx."""

import io
import json
import sys
from pathlib import Path

import pikepdf
import typst


def press(folder: Path, pdf: str, second: int) -> list[tuple[str, str]]:
    """Write the PDF; or say what Typst has against it, in brief and with its places."""
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
            packed.save(folder / pdf, object_stream_mode=streams, deterministic_id=True)
    return [(one.message, one.diagnostic + "".join(map(str, one.trace))) for one in told]


if __name__ == "__main__":
    print(json.dumps(press(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
