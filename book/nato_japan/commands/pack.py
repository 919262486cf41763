"""Files in one ZIP: the HTML edition to read without a network, and the sources to run the book."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

# the same files give the same bytes, whenever they are packed
MOMENT = (1980, 1, 1, 0, 0, 0)
#: what runs, checks and builds the book, seen from its root
SOURCES = [
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "CITATION.cff"),
    *("Makefile", "pyproject.toml", "conftest.py", "_config.yml", "_toc.yml"),
    *("requirements.in", "requirements.txt", "requirements-lab.in", "requirements-lab.txt"),
    "book/**/*",
    "data/**/*",
    "tests/**/*",
]
#: made from the others, or by tools
LEFT_OUT = {"__pycache__", "datapackage.json"}


def pack(root: Path, files: Iterable[Path], target: Path, folder: str) -> None:
    """Write files below ``root`` to a ZIP file, below ``folder`` there.

    The file appears when it is whole. Raises FileNotFoundError where there is nothing to pack.
    """
    found = sorted(path for path in files if path.is_file())
    if not found:
        raise FileNotFoundError(f"{root}: no book here; build it first with `make html`")
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in found:
            entry = zipfile.ZipInfo(f"{folder}/{file.relative_to(root).as_posix()}", MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    part.replace(target)


def sources(root: Path) -> list[Path]:
    """The files of the project, without those that begin with a dot."""
    found = {path for pattern in SOURCES for path in root.glob(pattern)}
    return sorted(
        path
        for path in found
        if path.is_file()
        and not any(
            part in LEFT_OUT or part.startswith(".") for part in path.relative_to(root).parts
        )
    )
