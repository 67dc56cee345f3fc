"""A widget in a page of its own, without JupyterLab: quick to open, and whatever it asks of Python is seen."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from chansim.widgets.embedded import code


def page_with(widget: Any, dark: bool = False) -> str:
    """HTML with a widget in it, such as a stepper; `window.model` is what it talks to."""
    kind = type(widget).__name__
    state = json.dumps(widget.kept()).replace("<", "\\u003c")
    module = (widget._esm + code("alone.js")).replace("export default", "const widget =")
    theme = "dark" if dark else "light"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{kind}</title><style>
  :root {{ color-scheme: {theme}; }} body {{ margin: 8px; background: {"#161616" if dark else "#ffffff"}; }}
  {widget._css}</style></head>
<body data-jp-theme-light="{str(not dark).lower()}"><main><h1 hidden>{kind}</h1></main><script type="module">
{module}
window.model = alone({state});
widget.render({{ model, el: document.querySelector("main") }});
</script></body></html>"""


def page_of(*widgets: Any, dark: bool = False) -> str:
    """HTML with each player under the other. `window.models` are what they talk to."""
    states = json.dumps([widget.kept() for widget in widgets]).replace("<", "\\u003c")
    module = (widgets[0]._esm + code("alone.js")).replace("export default", "const widget =")
    theme = "dark" if dark else "light"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Player</title><style>
  :root {{ color-scheme: {theme}; }} body {{ margin: 8px; background: {"#161616" if dark else "#ffffff"}; }}
  {widgets[0]._css}</style></head>
<body data-jp-theme-light="{str(not dark).lower()}"><main><h1 hidden>Player</h1></main><script type="module">
{module}
window.flow = {{ read, advance, beginning, placeAt, said, along, dots, queues, busy, losses }};
window.models = {states}.map(alone);
window.cleanups = window.models.map((model) => {{
  const el = document.createElement("div");
  document.querySelector("main").append(el);
  return widget.render({{ model, el }});
}});
</script></body></html>"""


def serious_faults(page: Any) -> list[str]:
    """What axe-core finds in the page that is serious or critical, in words."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:120] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
