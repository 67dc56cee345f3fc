"""Page: the lecture as one HTML file, for a venue without a network and a laptop without a kernel.

What may live here: the file, and what keeps it to itself: its policy lets it load nothing, and run nothing but the
script that stands in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from chansim.lecture.talk import Talk, key
from chansim.widgets.embedded import code, style


def as_function(text: str, name: str) -> str:
    """A module as a function's body, so that its names stay its own: *name* is what it exports by default."""
    text = re.sub(r"^export default (.*);$", r"return \1;", text, flags=re.MULTILINE)
    text = re.sub(r"^export ", "", text, flags=re.MULTILINE)
    return f"const {name} = (() => {{\n{text}\n}})();\n"


def lecture_code() -> str:
    """The module that the browser runs: a player, what stands in for its Python, and the lecture."""
    return as_function(code(), "playerWidget") + code("elements.js", "alone.js", "lecture.js")


def lecture_style() -> str:
    """Its style sheet, and the player's."""
    return style() + style("lecture.css", ".chansim-lecture")


def document(talk: dict[str, Any], scenes: dict[str, Any], reveals: dict[str, Any], title: str) -> str:
    """The HTML of a lecture of which everything is known."""
    state = json.dumps({"talk": talk, "scenes": scenes, "reveals": reveals}, allow_nan=False)
    # in a script nothing is escaped but its own end, so no "<" may stand there
    state = state.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    module = lecture_code().replace("export default", "const lectureWidget =")
    module += """
const state = JSON.parse(document.getElementById("state").textContent);
lectureWidget.render({ model: alone(state), el: document.getElementById("lecture"), whole: true });
"""
    if re.search("</script", module, re.IGNORECASE):
        raise ValueError("the script would end itself")
    digest = b64encode(hashlib.sha256(module.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=True)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>
{lecture_style()}
html, body {{ margin: 0; height: 100%; }}
</style>
</head>
<body>
<main id="lecture"></main>
<script type="application/json" id="state">{state}</script>
<script type="module">{module}</script>
</body>
</html>
"""


def page_of(talk: Talk, path: str | Path, tell: Callable[[int], object] | None = None) -> Path:
    """Make every scene of *talk*, and write the file; *tell* is told of each one more that is made.

    Raises ValueError for a name that does not end in .html.
    """
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{path}: a lecture is saved as .html, not {path.suffix or 'without a suffix'!r}")
    outline = talk.outline()
    scenes = {}
    for number, positions in talk.all_scenes():
        step = outline["steps"][number]
        played = positions in (step["before"], step["after"], step["beside"])
        scenes[key(number, positions)] = talk.scene_told(number, positions, played)
        if tell is not None:
            tell(1)
    reveals = {
        str(number): talk.reveal(number) for number, each in enumerate(outline["steps"]) if "question" in each
    }
    path.write_text(document(outline, scenes, reveals, "chansim: the lecture"), encoding="utf-8")
    return path
