"""The HTML edition in one file, to read where there is no network: ``python -m nato_japan.pack``."""

import sys
import zipfile
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "_build"
# the same files give the same bytes, whenever they are packed
MOMENT = (1980, 1, 1, 0, 0, 0)


def pack(folder: Path, target: Path) -> None:
    """Write all files of a folder to a ZIP file, below ``book/``.

    Args:
        folder: the built HTML edition.
        target: the file to write; it appears when it is whole.

    Raises:
        FileNotFoundError: no HTML edition was built.
    """
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(f"{folder}: no book here; build it first with `make html`")
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"book/{file.relative_to(folder).as_posix()}", MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    part.replace(target)


if __name__ == "__main__":
    try:
        pack(BUILD / "html", BUILD / "book.zip")
    except OSError as error:
        sys.exit(f"ZIP: {error}")
