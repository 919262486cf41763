"""Sphinx extension: the light frame of a page, in place of the theme's scripts and styles.

``_templates/layout.html`` is the frame; this module gives it what it shows: the styles (in the
page itself), a description, reading time, how to cite. After the build it drops what the theme
has copied and no page asks for, and writes the index of the search.
"""

import hashlib
import html
import json
import math
import re
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

from book_charts import vl_convert
from bs4 import BeautifulSoup
from docutils import nodes
from pygments.formatters import HtmlFormatter
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parents[1] / "_static"
WIDE = {"book/claims", "book/atlas"}  # pages with tables that need the room
JOINT = (
    r'</details>\s*</div>\s*<div class="cell tag_hide-input docutils container">\s*'
    r'<details class="admonition hide above-input">\s*<summary.*?</summary>\s*'
)
LAZY = ["vega.js", "tables.js", "ledger.js", "search.js"]
NOTICES = "licenses.txt"
WORDS_A_MINUTE = 220
PICTURE = 1000  # pixels across
DESCRIPTION = 155  # characters that search engines show

# before anything is shown; without it a page follows the system by its styles
EARLY = (
    "{let t,d=document.documentElement;try{t=localStorage.getItem('theme')}catch{}"
    "d.dataset.mode=t||'auto';d.dataset.theme=t||"
    "(matchMedia('(prefers-color-scheme:dark)').matches?'dark':'light')}"
)

# scripts: ours by file and the one above by its hash, none in the text; nothing from elsewhere.
# styles: charts carry theirs in attributes
POLICY = "; ".join(
    [
        "default-src 'none'",
        f"script-src 'self' 'sha256-{b64encode(hashlib.sha256(EARLY.encode()).digest()).decode()}'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",  # nothing asks; those who measure a page read robots.txt
        "base-uri 'none'",
        "form-action 'self'",
    ]
)

# the address of the folder leads to the front page
DOOR = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<meta http-equiv="refresh" content="0; url={page}">
<title>{title}</title>
</head>
<body><p><a href="{page}">{title}</a></p></body>
</html>
"""

# drawn for this book on a grid of 24
ICONS = {
    "list": "M4 6h16v2H4zm0 5h16v2H4zm0 5h16v2H4z",
    "search": "M10 3a7 7 0 1 0 4.2 12.6l4.6 4.6 1.4-1.4-4.6-4.6A7 7 0 0 0 10 3zm0 2a5 5 0 1 1 0 10 "
    "5 5 0 0 1 0-10z",
    "page": "M6 2h8l5 5v15H6zm2 2v16h9V8h-4V4zm2 7h5v1.6h-5zm0 3h5v1.6h-5z",
    "mode": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2v14a7 7 0 0 1 0-14z",
}


def style() -> str:
    """All styles of a page: ours, and the colours of code in both modes, without white space.

    Those of the dark page are for screens: paper is light.
    """
    light = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")
    dark = HtmlFormatter(style="a11y-high-contrast-dark").get_style_defs(".highlight")
    dark = re.sub(r"^(?=\.)", "html[data-theme=dark] ", dark, flags=re.M)
    rules = "\n".join(
        line for line in f"{light}\n{dark}".splitlines() if ".highlight" in line and "{" in line
    )
    text = (STATIC / "book.css").read_text(encoding="utf-8") + rules
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    rule = r"html\[data-theme=\"?dark\"?\][^{}]*\{[^{}]*\}"
    turned = "".join(re.findall(rule, text))
    unscripted = re.sub(r"html\[data-theme=\"?dark\"?\]", "html:not([data-theme])", turned)
    text = re.sub(rule, "", text)
    text += f"@media screen {{{turned}}}"
    text += f"@media screen and (prefers-color-scheme: dark) {{{unscripted}}}"
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", text)).strip()


def first_sentences(doctree: nodes.document) -> str:
    """What the page is about: the first sentences of In brief, or of the text."""
    box = next(
        (n for n in doctree.findall(nodes.admonition) if "in-brief" in n["classes"]), doctree
    )
    paragraph = next(iter(box.findall(nodes.paragraph)), None)
    text = re.sub(r"\s+", " ", paragraph.astext()) if paragraph else ""
    text = re.sub(r"(?<=\w)[CT]\d{2,3}(?: [CT]\d{2,3})*", "", text)  # marks of statements
    short = ""
    for sentence in re.split(r"(?<=[.;:]) ", text):
        if short and len(short) + len(sentence) > DESCRIPTION:
            break
        short = f"{short} {sentence}".strip()
    return short if len(short) <= DESCRIPTION + 40 else short[:DESCRIPTION].rsplit(" ", 1)[0] + " …"


def minutes(body: str) -> int:
    """Time to read the prose of a page, without code, tables and charts."""
    prose = re.sub(r"<(svg|script|table|details|style)\b.*?</\1>", " ", body, flags=re.S)
    return max(1, math.ceil(len(re.sub(r"<[^>]+>", " ", prose).split()) / WORDS_A_MINUTE))


def last_change(source: Path) -> str:
    """The day of the commit that last changed a file; empty outside a repository."""
    found = subprocess.run(
        ["git", "log", "-1", "--format=%cs", "--", source.name],
        cwd=source.parent,
        capture_output=True,
        text=True,
    )
    return found.stdout.strip() if found.returncode == 0 else ""


def mended(body: str) -> str:
    """Sphinx's HTML without what trips a screen reader or a keyboard."""
    for old, new in {
        ' aria-label="Toggle hidden content"': "",  # the words of the toggle name it, and better
        ' role="doc-biblioentry"': "",  # deprecated
        ' role="list" class="citation-list"': ' class="citation-list"',  # its children are no items
        # these may scroll
        "<pre>": '<pre tabindex="0">',
        'class="pst-scrollable-table-container"': 'class="pst-scrollable-table-container" tabindex="0"',
    }.items():
        body = body.replace(old, new)
    # what would start a kernel elsewhere
    body = re.sub(
        r'<script type="text/x-thebe-config">.*?</script>\s*<script>.*?</script>',
        "",
        body,
        flags=re.S,
    )
    # one toggle for the code before a chart, not one for each cell
    body = re.sub(JOINT, "", body, flags=re.S)
    # a note beside the text is part of it, no landmark of the page
    body = re.sub(
        r'<aside class="margin(.*?)</aside>',
        r'<div role="note" class="margin\1</div>',
        body,
        flags=re.S,
    )
    return re.sub(r"<td([^>]*)><p>(\d{4}(?:-\d\d){1,2})</p>", r'<td\1><p class="date">\2</p>', body)


def picture(app: Sphinx, name: str, body: str) -> str:
    """The first chart of a page as PNG, for those who link to it; returns the name of the file.

    A page without a chart shows that of the front page.
    """
    chart = re.search(r'<div class="chart".*?(<svg.*?</svg>)', body, flags=re.S)
    if not chart:
        return "index.png"
    drawn = re.sub(
        r"(<svg[^>]*>)", r'\1<rect width="100%" height="100%" fill="#ffffff"/>', chart[1], count=1
    )
    file = Path(app.outdir) / "_static" / f"{Path(name).name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    width = float(re.search(r'width="([\d.]+)', drawn)[1])
    file.write_bytes(vl_convert.svg_to_png(drawn, scale=PICTURE / width))
    return file.name


def page(app: Sphinx, name: str, template: str, context: dict, doctree) -> str | None:
    """Context of the frame for each page."""
    context["icons"], context["early"], context["policy"] = ICONS, EARLY, POLICY
    context["wide"] = name in WIDE
    context["style"] = app.config.book_style
    context["versions"] = app.config.book_versions
    if doctree is None:  # the page of the search alone asks for its index, which any change changes
        context["versions"] = context["versions"] | {"search.js": version(search_index(app))}
    context["description"] = "An executable edition of a paper on NATO and Japan"
    # the theme's own would come along, asked for by its blocks
    context["script_files"], context["css_files"] = [], []
    tree = context["toctree"](maxdepth=1, collapse=False, titles_only=True, includehidden=True)
    # captions of parts are no headings of the page
    context["contents"] = tree.replace(' aria-level="2"', "").replace(' role="heading"', "")
    context["body"] = mended(context.get("body", ""))
    context["here"] = ""
    context["pdf"] = app.config.pdf_edition
    if doctree is None:
        return None
    context["description"] = first_sentences(doctree) or context["description"]
    context["picture"] = picture(app, name, context["body"])
    context["reading"] = minutes(context.get("body", ""))
    day = last_change(Path(app.env.doc2path(name)))
    context["last_updated_text"] = f"changed {day} · " if day else ""
    title = re.sub(r"<[^>]+>", "", context.get("title", ""))
    context["cite"] = (
        f"{app.config.author}, “{title}”, in <cite>{context['docstitle']}</cite>"
        + (f", {day}" if day else "")
        + ". <a href='index.html#how-to-cite'>More ways to cite</a>"
    )
    sections = BeautifulSoup(context.get("toc", ""), "html.parser").select_one("ul ul")
    context["here"] = str(sections) if sections else ""
    known = known_entries(app, name)
    known.parent.mkdir(exist_ok=True)
    known.write_text(json.dumps(search_entries(name, title, context["body"])), encoding="utf-8")
    return None


def versions(app: Sphinx, config) -> None:
    """A version by content for each file that a page fetches, so that it can be kept for ever.

    As a configuration value it makes Sphinx write every page again when it changes.
    """
    sources = {
        "book.js": (STATIC / "book.js").read_bytes(),
        "vega.js": vl_convert.__version__.encode(),
        "tables.js": (STATIC / "tables.js").read_bytes(),
    }
    # made by book_claims, of these tables
    sources["ledger.js"] = Path(__file__).with_name("book_claims.py").read_bytes()
    for table in ("paper/claims.csv", "record/verdicts.csv"):
        sources["ledger.js"] += (Path(app.srcdir) / "data" / table).read_bytes()
    config.book_versions = {name: version(content) for name, content in sources.items()}
    config.book_style = style()


def version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:10]


def search_entries(name: str, title: str, body: str) -> list[list[str]]:
    """What the search knows of a page: address, title and words of its sections and long rows."""
    # before anything is parsed: pictures and data are most of a page
    body = re.sub(r"<(svg|script|details)\b.*?</\1>", "", body, flags=re.S)
    soup = BeautifulSoup(body, "html.parser")
    page = f"{Path(name).name}.html"
    entries = []
    for left in soup.select(".headerlink"):
        left.decompose()
    for row in soup.select("table.live tbody tr, table[id*=sources] tbody tr"):
        cells = [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
        anchor = row.select_one("[id]")
        place = anchor["id"] if anchor else row.find_parent("table")["id"]
        # the first words of the row, for browsers that can find text
        find = quote(max(cells, key=len)[:60].rsplit(" ", 1)[0])
        address = f"{page}#{place}" + ("" if anchor else f":~:text={find}")
        entries.append([address, f"{title}: {cells[0]}", " · ".join(cells)[:400]])
    for section in soup.select("section[id]"):
        head = section.find(["h1", "h2", "h3"]).get_text(" ", strip=True).rstrip("# ")
        parts = [
            " ".join(child.get_text(" ").split())
            for child in section.find_all(recursive=False)
            if child.name not in ("section", "table")
        ]
        heading = title if head == title else f"{head} – {title}"
        entries.append([f"{page}#{section['id']}", heading, " ".join(parts)])
    return entries


def known_entries(app: Sphinx, name: str) -> Path:
    """Where the entries of a page are kept, so that a page that did not change is not parsed."""
    return Path(app.doctreedir) / "search" / f"{Path(name).name}.json"


def search_index(app: Sphinx) -> bytes:
    """The script that gives the search what it knows of all pages."""
    entries = []
    for name in sorted(app.env.found_docs):
        entries += json.loads(known_entries(app, name).read_text(encoding="utf-8"))
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    return f"window.bookEntries={text};\n".encode()


def finish(app: Sphinx, error: Exception | None) -> None:
    """Drop what no page asks for; write the index of the search."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    pictures = {f"{Path(name).name}.png" for name in app.env.found_docs}
    ours = {"book.js", "icon.svg", NOTICES, *LAZY}
    for path in static.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in ours | pictures:
            path.unlink()
    (static / "search.js").write_bytes(search_index(app))
    title = html.escape(app.config.html_title or app.config.project)
    door = DOOR.format(title=title, page=f"{app.config.root_doc}.html")
    (Path(app.outdir) / "index.html").write_text(door, encoding="utf-8")


def read_in_parallel(app: Sphinx, *unused) -> None:
    """The one extension that does not say so: it numbers chapters, once all pages are read."""
    if numbering := app.extensions.get("sphinx_multitoc_numbering"):
        numbering.parallel_read_safe = True


def keep_within(app: Sphinx, doctree: nodes.document) -> None:
    """A page takes in and offers files of the book and its data, none from elsewhere on this machine."""
    root, page = Path(app.srcdir).resolve(), app.env.docname
    here = Path(app.env.doc2path(page)).parent
    # the last: where MyST-NB puts the pictures of outputs
    ours = [root / "book", root / "data", Path(app.outdir).resolve().parent / "jupyter_execute"]
    taken = [(root / name, None) for name in app.env.dependencies[page]]
    offered = [(here / n["reftarget"], n) for n in doctree.findall(addnodes.download_reference)]
    for path, node in [*taken, *offered]:
        if not any(path.resolve().is_relative_to(folder) for folder in ours):
            logger.warning(
                "expected a file of book/ or data/, found %s", path, location=node or page
            )


def paste_nothing(app: Sphinx) -> None:
    """The directive that pastes markup as it is: nothing in the book asks for it."""
    app.env.settings["raw_enabled"] = False


def search_by_ours(app: Sphinx) -> None:
    """Sphinx would build an index of its own, which no page asks for."""
    if app.builder.format == "html":
        app.builder.search = False


def setup(app: Sphinx) -> dict:
    app.add_config_value("book_versions", {}, "html")
    app.add_config_value("book_style", "", "html")
    app.connect("config-inited", versions)
    app.connect("builder-inited", search_by_ours)
    app.connect("builder-inited", paste_nothing)
    app.connect("doctree-read", keep_within)
    app.connect("env-before-read-docs", read_in_parallel)
    # after the theme's own
    app.connect("html-page-context", page, priority=900)
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
