"""Look for archived copies of the sources: ``make copies`` (needs a network).

Asks the Internet Archive for each cited address without a known copy, and writes what it answers
to ``data/record/copies.csv``. Nothing is guessed: an address without an answer gets no row.
"""

import csv
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from nato_japan import data

SERVICE = "https://archive.org/wayback/available"
TABLE = Path(__file__).with_name("copies.csv")
PAUSE = 1.0  # seconds between two questions
COLUMNS = ["original_url", "copy_url", "copied"]


def ask(address: str) -> dict:
    """What the Internet Archive answers on an address, as a dictionary. Raises URLError."""
    with urlopen(f"{SERVICE}?{urlencode({'url': address})}", timeout=30) as answer:
        return json.load(answer)


def copy_of(address: str, answer: dict) -> list[str] | None:
    """The row of the copy that an answer names: address, copy, ISO date; None without one."""
    closest = answer.get("archived_snapshots", {}).get("closest", {})
    if not closest.get("available") or closest.get("status") != "200":
        return None
    day = closest["timestamp"]
    link = closest["url"].replace("http://web.archive.org", "https://web.archive.org", 1)
    return [address, link, f"{day[:4]}-{day[4:6]}-{day[6:8]}"]


def find(addresses: list[str], rows: list[list[str]], ask: Callable[[str], dict] = ask) -> int:
    """Add rows for addresses without a copy in ``rows``; the number of those added.

    Stops, with what it has, when the service cannot be reached.
    """
    known = {cell for row in rows for cell in row[:2]}
    before = len(rows)
    for address in addresses:
        if address in known:
            continue
        try:
            row = copy_of(address, ask(address))
        except (URLError, TimeoutError, ValueError) as error:
            print(f"copies: {address}: {error}; stopped here", file=sys.stderr)
            break
        rows += [row] if row else []
        time.sleep(PAUSE)
    return len(rows) - before


def main() -> None:
    """Extend the table and say by how much."""
    with open(TABLE, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    added = find(data.addresses(), rows)
    with open(TABLE, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *sorted(rows)])
    print(f"copies: {added} found; add them to {TABLE.name} with a new date in tables.yml")


if __name__ == "__main__":
    main()
