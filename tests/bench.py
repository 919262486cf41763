"""Time every stage of a build and weigh the result; `make bench` prints it, no test asserts it."""

import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"
STAGES = [
    ("data checked", ["check"]),
    ("notebooks run", ["run"]),
    ("PDF built", ["_build/nato-japan.pdf"]),
    ("HTML built", ["_build/html/index.html"]),
    ("nothing changed", ["book"]),
]


def size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    return path.stat().st_size if path.is_file() else sum(map(size, path.iterdir()))


def main() -> None:
    """Build from nothing (the environment stays), stage by stage."""
    shutil.rmtree(BUILD, ignore_errors=True)
    total = 0.0
    for label, targets in STAGES:
        start = time.monotonic()
        subprocess.run(["make", *targets], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - start
        total += seconds
        print(f"{label:<20}{seconds:8.1f} s")
    print(f"{'all':<20}{total:8.1f} s")
    for path in (BUILD / "nato-japan.pdf", BUILD / "html"):
        print(f"{path.name:<20}{size(path) / 1e6:8.1f} MB")
    for page in sorted((BUILD / "html" / "book").glob("*.html")):
        print(f"  {page.name:<28}{page.stat().st_size / 1e3:8.0f} kB")


if __name__ == "__main__":
    main()
