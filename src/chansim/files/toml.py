"""TOML: values written as text, and the line of a text in which something stands.

The standard library reads TOML and does not write it. What is written here is the part of TOML that
descriptions need: text, numbers, true and false, lists, and tables.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

WIDTH = 100
"""Characters of a line; a longer list is broken, a longer table gets a heading of its own."""

Path = tuple[str, ...]
"""Where something stands: ("components", "worker-1", "threads"). "[2]" is a place in a list, from 0."""


def table(path: Path, values: Mapping[str, Any]) -> str:
    """A table under its heading, and after it the tables within it that are too long for one line."""
    lines = [f"[{'.'.join(map(key, path))}]"]
    long = {}
    for name, value in values.items():
        line = f"{key(name)} = {written(value)}"
        if isinstance(value, Mapping) and len(line) > WIDTH:
            long[name] = value
        else:
            lines.append(line)
    return "\n".join(lines) + "\n" + "".join(f"\n{table((*path, name), long[name])}" for name in long)


def key(name: str) -> str:
    """A name to the left of a "="."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else written(name)


def written(value: Any) -> str:
    """A value. Floats are written so that the same float is read."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace(
                "\x7f", "\\u007f"
            )  # JSON's escapes are TOML's
        case float():
            return float.__repr__(value)  # inf and nan, too
        case Mapping():
            pairs = (f"{key(name)} = {written(inner)}" for name, inner in value.items())
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        case list():
            return _list(
                [written(inner) for inner in value], any(isinstance(v, (Mapping, list)) for v in value)
            )
        case _:
            return int.__repr__(value)


def _list(values: list[str], each_on_its_line: bool) -> str:
    line = f"[{', '.join(values)}]"
    if len(line) <= WIDTH:
        return line
    lines = [""]
    for value in values:
        if lines[-1] and (each_on_its_line or len(lines[-1]) + len(value) + 6 > WIDTH):
            lines.append("")
        lines[-1] += f" {value},"
    return "\n   ".join(["[", *lines]) + "\n]"


def line_of(text: str, path: Sequence[str]) -> int:
    """The line, from 1, in which the value at *path* stands, or what is nearest to it; 0 for nothing."""
    best, nearest = 0, 0
    for line, found in statements(text):
        common = 0
        while common < min(len(path), len(found)) and path[common] == found[common]:
            common += 1
        if common > best:
            best, nearest = common, line
    return nearest


def twice(text: str) -> tuple[Path, int, int] | None:
    """What stands in *text* twice, and in which two lines; None for nothing."""
    first: dict[Path, int] = {}
    for line, path in statements(text):
        if path in first:
            return path, first[path], line
        first[path] = line
    return None


def statements(text: str) -> Iterator[tuple[int, Path]]:
    """The headings and the keys of *text*, up to what is no TOML: the line each begins in, and its path.

    The standard library's reader tells no lines. So it is given a line, and more of them until it
    understands.
    """
    heading: Path = ()
    counts: dict[Path, int] = {}  # of the tables of a list, [[so]]
    lines = text.replace("\r\n", "\n").split("\n")
    begin = 0
    while begin < len(lines):
        for end in range(begin + 1, len(lines) + 1):
            part = "\n".join(lines[begin:end]) if not lines[end - 1].endswith((",", "[")) else "="
            try:
                found = tomllib.loads(part)
            except (ValueError, RecursionError):
                continue
            break
        else:
            return
        if found:
            path = _path(found)
            if part.lstrip().startswith("[["):
                counts[path] = counts.get(path, -1) + 1
                heading = (*path, f"[{counts[path]}]")
                yield begin + 1, heading
            elif part.lstrip().startswith("["):
                heading = path
                yield begin + 1, heading
            else:
                yield begin + 1, (*heading, *path)
        begin = end


def _path(found: Any) -> Path:
    path: list[str] = []
    while isinstance(found, dict) and len(found) == 1:
        (name,) = found
        path.append(name)
        found = found[name]
    return tuple(path)
