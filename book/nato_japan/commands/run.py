"""Run the notebooks that are older than their inputs, in place and in parallel.

A notebook's inputs are its own text, the tables that it read or wrote and the modules of this
package that it loaded when it last ran, and the locked versions of other packages; for the ledger
also the claims that the other notebooks mark. Content counts, not time. What it was is kept in
``_build/runs``; outputs stay in the notebook. One that reads what another writes runs after it.
The same input gives the same bytes, so a run leaves ``git status`` clean.
"""

import ast
import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from nato_japan import claims, data, prose
from nato_japan.paper import LEDGER

BOOK = data.ROOT / "book"
BUILD = data.ROOT / "_build"
RUNS = BUILD / "runs"
CELL_TIMEOUT = 120  # seconds; a cell of this book takes below two

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python"},
}

# asked of the kernel after the last cell; the answer is not stored in the notebook
ASK = "import sys as _s, json as _j; _m = _s.modules.get('nato_japan.data')"
ANSWER = (
    "_j.dumps({'tables': _m.tables_read if _m else {}, "
    "'written': _m.tables_written if _m else {}, "
    "'modules': sorted(n for n in _s.modules if n.split('.')[0] == 'nato_japan')})"
)


def fingerprint(path: Path) -> str | None:
    """SHA-256 of a file; None for one that is missing."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def code_of(notebook: Path) -> str:
    """SHA-256 of a notebook without its prose, which no cell reads."""
    book = nbformat.read(notebook, as_version=4)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    return hashlib.sha256(json.dumps([cells, book.metadata]).encode()).hexdigest()


def described(tables: Iterable[str]) -> str:
    """SHA-256 of what tables.yml says of the tables; other entries may change freely."""
    known = {entry["name"]: entry for entry in data.package()["resources"]}
    text = json.dumps([known.get(name) for name in tables], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def inputs(notebook: Path, used: dict) -> dict:
    """Everything that the outputs of a notebook depend on, by name, as it is now.

    ``used``: the names of the ``tables`` that it read, of those that it has ``written`` and of its
    ``modules``, as its kernel told them. What it wrote counts too: it may not be what is there.
    """
    known = {entry["name"]: entry["path"] for entry in data.package()["resources"]}
    files = [data.DATA / known[n] for n in [*used["tables"], *used["written"]] if n in known]
    files += [BOOK.joinpath(*name.split(".")) for name in used["modules"]]
    files = [file / "__init__.py" if file.is_dir() else file for file in files]
    files = [file if file.suffix else file.with_suffix(".py") for file in files]
    files += [data.ROOT / "requirements.txt", BOOK / "nato_japan" / "fonts.conf"]
    found = {file.relative_to(data.ROOT).as_posix(): fingerprint(file) for file in files}
    # the ledger reads of the other notebooks which claims they mark
    marks = claims.treated().to_csv() if notebook.stem == LEDGER else ""
    return {
        "files": found,
        "code": code_of(notebook),
        "described": described([*used["tables"], *used["written"]]),
        "marks": hashlib.sha256(marks.encode()).hexdigest(),
    }


def is_fresh(notebook: Path) -> bool:
    """Whether a notebook has run since its inputs last changed."""
    try:
        record = json.loads((RUNS / f"{notebook.stem}.json").read_text())
        return record["inputs"] == inputs(notebook, record["used"])
    except (OSError, ValueError, KeyError):
        return False


async def execute(notebook: Path) -> tuple[nbformat.NotebookNode, dict]:
    """A notebook with new outputs, and what it used, as its kernel told it (see ``used_by``)."""
    book = nbformat.read(notebook, as_version=4)
    client = NotebookClient(
        book,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        # the kernel's own log: that it listens on this machine only, and that it was shut down
        extra_arguments=["--log-level=CRITICAL"],
        resources={"metadata": {"path": str(notebook.parent)}},
    )
    async with client.async_setup_kernel():
        for index, cell in enumerate(book.cells):
            try:
                await client.async_execute_cell(cell, index)
            except CellExecutionError as error:
                error.add_note(f"in cell {index + 1} (id {cell.id}):\n{cell.source}")
                if error.ename == "AssertionError" and not error.evalue:
                    error.evalue = await protects(client, error)
                raise
            if warning := stderr(cell):
                raise NoisyCellError(f"in cell {index + 1} (id {cell.id}):\n{warning}")
        used = await used_by(client)
    for name in used["written"]:
        if (writer := data.resource(name)["written by"]) != notebook.stem:
            raise data.DataError(f"{name}: tables.yml says that {writer} writes it (written by)")
    # whatever editor has saved it; versions of Python and of its tools differ between machines
    book.metadata = nbformat.from_dict(METADATA)
    return book, used


async def run(notebook: Path) -> None:
    """Run one notebook, store its outputs and write its values into the sentences.

    On failure the file stays as it was.
    """
    book, used = await execute(notebook)
    prose.fill(book)
    write(notebook, nbformat.writes(book) + "\n")
    note(notebook, used)


async def compare(notebook: Path) -> None:
    """Run one notebook without storing anything; SentenceError where a sentence says otherwise."""
    book, used = await execute(notebook)
    stored = nbformat.read(notebook, as_version=4)
    if faults := prose.faults(stored, prose.glued(book)):
        raise SentenceError("\n".join([*faults, "`make run` writes what the tables give"]))
    if book == stored:
        note(notebook, used)


def note(notebook: Path, used: dict) -> None:
    """Note what the outputs of a notebook were made from."""
    RUNS.mkdir(parents=True, exist_ok=True)
    record = {"used": used, "inputs": inputs(notebook, used)}
    for name, content in {**used["tables"], **used["written"]}.items():
        # as it was when the notebook read it: another one may have written it since
        path = (data.DATA / data.resource(name)["path"]).relative_to(data.ROOT).as_posix()
        record["inputs"]["files"][path] = content
    write(RUNS / f"{notebook.stem}.json", json.dumps(record, indent=1))


async def protects(client: NotebookClient, error: CellExecutionError) -> str:
    """What a failed assertion protects, and the files of which one has changed under it."""
    known = {entry["name"]: entry["path"] for entry in data.package()["resources"]}
    paths = [f"data/{known[name]}" for name in (await used_by(client))["tables"]]
    line = re.search(r"-+> \d+ (assert .*)", re.sub(r"\x1b\[[0-9;]*m", "", error.traceback))
    return (
        f"the words of this chapter hold only while its tables say so; expected "
        f"{line[1].removeprefix('assert ') if line else 'what the cell asserts'}, found otherwise "
        f"in {', '.join(paths) or 'no table'}"
    )


async def used_by(client: NotebookClient) -> dict:
    """The tables that a kernel has read and written, with their content, and its modules."""
    reply = await client.kc.execute(ASK, silent=True, user_expressions={"used": ANSWER}, reply=True)
    answer = reply["content"]["user_expressions"]["used"]["data"]["text/plain"]
    return json.loads(ast.literal_eval(answer))


class SentenceError(RuntimeError):
    """Sentences that say otherwise than the values of their notebook."""


class NoisyCellError(RuntimeError):
    """A cell that writes to stderr: a warning would be printed in the book."""


def stderr(cell: nbformat.NotebookNode) -> str:
    """What a cell has written to stderr."""
    outputs = cell.get("outputs", [])
    return "".join(output["text"] for output in outputs if output.get("name") == "stderr")


def write(path: Path, text: str) -> None:
    """Replace a file in one step, and only if its content changes."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def explain(error: Exception) -> str:
    """The cell and the cause of a failed run, without the frames of the client."""
    if isinstance(error, CellExecutionError):
        if error.ename != "NoneType":
            cause = f"{error.ename}: {error.evalue}"
        else:  # an error while showing a result comes as text alone
            cause = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback).strip()[-600:]
        return "\n".join([*error.__notes__, cause])
    if isinstance(error, SentenceError | prose.ProseError):
        return str(error)
    return f"{type(error).__name__}: {error or 'the client gave no reason; is the disk full?'}"


async def run_all(notebooks: list[Path], work: Callable[[Path], Awaitable[None]]) -> int:
    """Do ``work`` on notebooks, each after those that it waits for; the number of those that failed.

    A line of progress for each. What waits for one that failed is left out.
    """
    slots = asyncio.Semaphore(os.cpu_count() or 1)
    before = predecessors(notebooks)
    ended = {notebook: asyncio.Event() for notebook in notebooks}
    failed: set[Path] = set()
    done = 0

    async def one(notebook: Path) -> None:
        nonlocal done
        for other in before[notebook]:
            await ended[other].wait()
        async with slots:
            start = time.monotonic()
            try:
                if failed & before[notebook]:
                    outcome = "left as it is, for it reads what one that failed writes"
                else:
                    await work(notebook)
                    outcome = f"{time.monotonic() - start:.1f} s"
            except Exception as error:  # also those that the client does not expect of a full disk
                failed.add(notebook)
                outcome = f"failed\n{explain(error)}"
            done += 1
            ended[notebook].set()
            print(f"[{done}/{len(notebooks)}] book/{notebook.name}: {outcome}", flush=True)

    # those first that others wait for
    await asyncio.gather(*map(one, TopologicalSorter(before).static_order()))
    return len(failed)


def predecessors(notebooks: list[Path]) -> dict[Path, set[Path]]:
    """For each notebook those of the same list that write a table which it read when it last ran.

    Raises CycleError for notebooks that wait for each other.
    """
    writers = {
        entry["name"]: BOOK / f"{entry['written by']}.ipynb"
        for entry in data.package()["resources"]
        if "written by" in entry
    }
    before = {}
    for notebook in notebooks:
        try:
            read = json.loads((RUNS / f"{notebook.stem}.json").read_text())["used"]["tables"]
        except (OSError, ValueError, KeyError):
            read = {}  # it has not run here: should it read what another changes, it runs again
        before[notebook] = {writers[name] for name in read if name in writers} & {*notebooks}
    return before


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Let one process at a time write in this tree; a second one says so, and waits.

    The system ends the lock with the process, however that ends, and with those that it began
    with its open files.
    """
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lock").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another make is at work in this tree: waiting for it", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Run what is not fresh (all with ``--all``); 1 if a notebook failed.

    With ``--check`` nothing is stored: 1 if a sentence says otherwise than its tables give.
    """
    if "HOME" not in os.environ:  # nor in the list of users, perhaps: Jupyter must keep its files
        os.environ["HOME"] = str(BUILD)
    try:
        with locked():
            for left in [*BOOK.glob(".*.part"), *RUNS.glob(".*.part"), *data.DATA.rglob(".*.part")]:
                left.unlink()  # of a run that was killed
            return check_sentences() if "--check" in sys.argv else run_stale()
    except CycleError as error:
        names = ", ".join(notebook.name for notebook in error.args[1])
        print(f"notebooks: each reads what the next one writes: {names}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"notebooks: {error}", file=sys.stderr)
        return 1


def run_stale() -> int:
    """Run the notebooks that are not fresh until all are, the ledger last; 1 if one failed."""
    notebooks = sorted(BOOK.glob("*.ipynb"))
    ledger = [notebook for notebook in notebooks if notebook.stem == LEDGER]
    pages = [notebook for notebook in notebooks if notebook not in ledger]
    ran = failed = 0
    for group in (pages, ledger):  # the ledger reads the outputs of the others
        stale = [n for n in group if "--all" in sys.argv or not is_fresh(n)]
        failed += sum(not settled(notebook) for notebook in group if notebook not in stale)
        for _ in group:
            if not stale or failed:
                break
            ran += len(stale)
            failed += asyncio.run(run_all(stale, run))
            # what one wrote may have made others stale
            stale = [notebook for notebook in group if not is_fresh(notebook)]
        TopologicalSorter(predecessors(group)).prepare()  # raises CycleError
        if stale and not failed:
            names = ", ".join(notebook.name for notebook in stale)
            print(f"notebooks: {names} are never done, each changes an input", file=sys.stderr)
            failed = len(stale)
    if failed:
        print(f"notebooks: {failed} failed; the last good book stays as it is", file=sys.stderr)
    elif not ran:
        print(f"notebooks: {len(notebooks)} are newer than their inputs")
    return min(failed, 1)


def settled(notebook: Path) -> bool:
    """Let the sentences of a notebook that need not run say what it stores; whether that went."""
    book = nbformat.read(notebook, as_version=4)
    try:
        if prose.faults(book):
            prose.fill(book)
            write(notebook, nbformat.writes(book) + "\n")
    except prose.ProseError as error:
        print(f"book/{notebook.name}: {error}")
        return False
    return True


def check_sentences() -> int:
    """Whether all sentences say what the tables give: 0, or 1 with the places where they do not.

    Notebooks that are not fresh run for it; nothing is stored.
    """
    notebooks = sorted(BOOK.glob("*.ipynb"))
    stale = [notebook for notebook in notebooks if not is_fresh(notebook)]
    results = {path: path.read_bytes() for path in (data.DATA / "results").glob("*.csv")}
    try:
        failed = asyncio.run(run_all(stale, compare))
    finally:
        for path, content in results.items():
            path.write_bytes(content)  # which the notebooks write on their way
    for notebook in notebooks:
        if notebook not in stale:
            faults = prose.faults(nbformat.read(notebook, as_version=4))
            print(*(f"book/{notebook.name}: {fault}\n" for fault in faults), sep="", end="")
            failed += bool(faults)
    print(
        f"sentences: {failed} notebook(s) say otherwise than their tables"
        if failed
        else f"sentences: those of {len(notebooks)} notebooks say what their tables give"
    )
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
