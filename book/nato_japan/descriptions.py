"""What the tables are: ``data/package.yml`` and the ``tables.yml`` beside the tables, read strictly.

Made into a Data Package descriptor, which frictionless and other validators know
(https://specs.frictionlessdata.io/data-package/); what only we know stays in it under its own key.
"""

import re
from collections.abc import Hashable
from datetime import date
from pathlib import Path

import yaml


class DataError(ValueError):
    """Data that break their description, or a description that cannot be understood.

    The message names file, place (row and column, or the keys that lead there) and expectation.
    """


number = (int, float)
#: keys of a description and the types of their values; a key that is not here is a slip
PACKAGE = {
    "name": str,
    "title": str,
    "description": str,
    "created": str,
    "version": str,
    "licenses": list,
    "sources": list,
    "folders": list,
    "licence_texts": dict,
    "types": dict,
    "fields": dict,
    "rules": list,
}
TABLE = {
    "path": str,
    "title": str,
    "description": str,
    "hash": str,
    "date": str,
    "written by": str,
    "sources": list,
    "licenses": list,
    "contributors": list,
    "citation": str,
    "release": str,
    "retrieved": str,
    "transformation": str,
    "primaryKey": list,
    "rows": int,
    "fields": dict,
    "rules": list,
    "series": dict,
    "exceptions": dict,
}
FIELD = {
    "type": str,
    "title": str,
    "description": str,
    "unit": str,
    "required": bool,
    "unique": bool,
    "pattern": str,
    "enum": list,
    "minimum": number,
    "maximum": number,
    "maxLength": int,
    "earliest": str,
    "latest": str,
    "links": str,
    "links each": str,
    "shared": bool,
}
CONSTRAINTS = ["required", "unique", "pattern", "enum", "minimum", "maximum", "maxLength"]
NEEDED = {"title": "a title", "description": "what it holds", "date": "its date"}
PATH = re.compile(r"[a-z0-9_-]+\.(csv|json)")
DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


class _Strict(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML in which no key stands twice, and a date is the text that it is written as."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _ in node.value]
        for key, (place, _) in zip(keys, node.value, strict=True):
            if not isinstance(key, Hashable) or keys.count(key) > 1:
                raise yaml.MarkedYAMLError(
                    problem=f"expected a key that stands once, found {key!r}",
                    problem_mark=place.start_mark,
                )
        return super().construct_mapping(node, deep)


_Strict.yaml_implicit_resolvers = {
    sign: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(":timestamp")]
    for sign, resolvers in _Strict.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path, root: Path) -> dict:
    """A YAML file as a dictionary. Raises DataError with file and line for one that is none."""
    name = path.relative_to(root).as_posix()
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), _Strict)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DataError(f"{name}{place}: expected YAML ({error.problem})") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise DataError(f"{name}: expected a file of YAML in UTF-8 ({reason})") from error
    if not isinstance(found, dict):
        raise DataError(f"{name}: expected keys with values, found {type(found).__name__}")
    return found


def package(data: Path) -> dict:
    """The Data Package descriptor of the tables below a folder.

    A resource has the keys of the standard, and those of ours that ``nato_japan.commands.check`` reads:
    ``rows``, ``rules``, ``series``, ``exceptions``, ``written by``, and in its fields ``unit``,
    ``earliest``, ``latest``, ``links each``. Raises DataError.
    """
    place = "data/package.yml"
    common = read_yaml(data / "package.yml", data.parent)
    _expect(common, PACKAGE, place)
    for key in PACKAGE.keys() - common.keys():
        raise DataError(f"{place}: expected the key {key}, found none")
    resources = []
    for folder in common["folders"]:
        path = data / str(folder) / "tables.yml"
        found = read_yaml(path, data.parent)
        name = path.relative_to(data.parent).as_posix()
        _expect(found, {"defaults": dict, "tables": dict}, name)
        defaults = found.get("defaults", {})
        _expect(defaults, TABLE, f"{name}, defaults")
        for table, entry in found.get("tables", {}).items():
            at = f"{name}, tables, {table}"
            _expect(entry, TABLE, at)
            resources.append(_resource(table, {**defaults, **entry}, str(folder), common, at))
    names = [entry["name"] for entry in resources]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{place}: expected each table once, found {name} twice")
    keep = ("name", "title", "description", "created", "version", "sources", "rules")
    licences = [_licence(name, common, place) for name in common["licenses"]]
    return {key: common[key] for key in keep} | {"licenses": licences, "resources": resources}


def _resource(name: str, entry: dict, folder: str, common: dict, at: str) -> dict:
    """A table, or a map file, as a resource of the standard."""
    for key, what in NEEDED.items():
        if key not in entry:
            raise DataError(f"{at}: expected {what} ({key}), found none")
    _day(entry["date"], at)
    path = entry.get("path", f"{name}.csv")
    if not PATH.fullmatch(path):
        raise DataError(f"{at}, path: expected a file beside tables.yml, found {path!r}")
    resource = {
        "name": name,
        "path": f"{folder}/{path}",
        "format": "csv" if path.endswith(".csv") else "topojson",
        "mediatype": "text/csv" if path.endswith(".csv") else "application/json",
        "encoding": "utf-8",
    }
    texts = ["title", "description", "hash", "written by", "sources", "date", "citation", "release"]
    for key in [*texts, "retrieved", "transformation", "rows", "rules", "series", "exceptions"]:
        if key in entry:
            resource[key] = entry[key]
    resource["licenses"] = [_licence(text, common, at) for text in entry.get("licenses", [])]
    makers = entry.get("contributors", [])
    resource["contributors"] = [{"title": maker, "role": "author"} for maker in makers]
    if "fields" not in entry:
        if "hash" not in entry:
            raise DataError(f"{at}: expected the fields of a table or the hash of a file")
        return resource
    fields = [
        _field(column, says or {}, common, f"{at}, fields, {column}")
        for column, says in entry["fields"].items()
    ]
    names = [field["name"] for field in fields]
    for column in entry.get("primaryKey", [None]):
        if column not in names:
            raise DataError(f"{at}, primaryKey: expected columns of the table, found {column!r}")
    links = [(field["name"], field["links"]) for field in fields if "links" in field]
    resource["schema"] = {
        "fields": fields,
        "primaryKey": entry["primaryKey"],
        "missingValues": [""],
        "foreignKeys": [
            {"fields": [column], "reference": _reference(link, name)} for column, link in links
        ],
    }
    return resource


def _field(name: str, says: dict, common: dict, at: str) -> dict:
    """A column as a field of the standard: its own words, those of its name, those of its type."""
    _expect(says, FIELD, at)
    if says.get("shared", True):
        says = common["fields"].get(name, {}) | says
    kind = says.get("type", "string")
    if kind in common["types"]:
        says = common["types"][kind] | {key: says[key] for key in says if key != "type"}
        says["kind"] = kind
    _expect({key: value for key, value in says.items() if key != "kind"}, FIELD, at)
    if says.get("type", "string") not in ("string", "integer", "number", "date"):
        known = ", ".join(["string", "integer", "number", "date", *common["types"]])
        raise DataError(f"{at}, type: expected one of {known}, found {says['type']!r}")
    if "description" not in says:
        raise DataError(f"{at}: expected what the column holds (description), found none")
    field = {"name": name, "type": says.get("type", "string")}
    for key in ("kind", "title", "unit", "earliest", "latest", "links", "links each"):
        if key in says:
            field[key] = says[key]
    field["description"] = says["description"]
    rules = {"required": True} | says  # a cell is filled unless its column says otherwise
    held = {key: rules[key] for key in CONSTRAINTS if key in rules}
    field["constraints"] = {key: value for key, value in held.items() if value is not False}
    return field


def _expect(found: object, keys: dict, at: str) -> None:
    """Whether a description has only keys that are known, with values of their types."""
    if not isinstance(found, dict):
        raise DataError(f"{at}: expected keys with values, found {found!r}")
    for key, value in found.items():
        if key not in keys:
            raise DataError(f"{at}: expected one of {', '.join(keys)}, found the key {key!r}")
        kinds = keys[key] if isinstance(keys[key], tuple) else (keys[key],)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise DataError(f"{at}, {key}: expected {wanted}, found {value!r}")
        if key == "pattern":
            try:
                re.compile(value)
            except re.error as error:
                raise DataError(
                    f"{at}, pattern: expected a regular expression ({error})"
                ) from error


def _licence(name: str, common: dict, at: str) -> dict:
    if name not in common["licence_texts"]:
        known = ", ".join(common["licence_texts"])
        raise DataError(f"{at}, licenses: expected one of {known}, found {name!r}")
    return common["licence_texts"][name]


def _reference(link: str, table: str) -> dict:
    target, _, column = link.partition(".")
    return {"resource": "" if target == table else target, "fields": [column]}


def _day(text: str, at: str) -> None:
    """A date of the calendar that has come: what lies ahead would switch checks off."""
    try:
        if not DATE.fullmatch(text):
            raise ValueError(text)
        day = date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError as error:
        raise DataError(
            f"{at}, date: expected a year, month or day of the calendar, found {text!r}"
        ) from error
    if day > date.today():
        raise DataError(f"{at}, date: expected a day that has come, found {text!r}")
