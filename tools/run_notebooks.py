"""Run the notebooks, a fresh kernel for each, and store what they show: python3 tools/dev.py outputs [name]

What is stored holds nothing of the machine or the moment, so two runs give the same bytes and a changed
byte is a changed lesson. What may live here: running, and taking out what no reader should see. What a
notebook must look like is said in tests/test_notebooks.py.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
LEFT_BY_EDITORS = ("execution", "collapsed", "scrolled", "trusted", "ExecuteTime")
WIDGET = "application/vnd.jupyter.widget-view+json"
# The name that a warning gives to a cell; nbval_sanitize.cfg has the same.
CELL_FILE = re.compile(r"\S*ipykernel_\d+[/\\]+\d+\.py")


def find(names: list[str]) -> list[Path]:
    """The notebooks of these names ("03_groups", or a path); every one of the course, if none is given."""
    course = sorted(NOTEBOOKS.glob("*.ipynb"))
    named = {path.stem: path for path in course}
    found = [named.get(name.removesuffix(".ipynb"), Path(name)) for name in names]
    missing = [str(path) for path in found if not path.is_file()]
    if missing or not course + found:
        sys.exit(f"no notebook called {', '.join(missing) or '*'}; there are: {', '.join(named) or 'none'}")
    return found or course


def execute(notebook: Any, folder: Path) -> None:
    """Fill in the outputs. CellExecutionError at an error."""
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=300,
        coalesce_streams=True,  # prints in one piece, however the kernel happened to send them
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def normalise(notebook: Any, name: str) -> None:
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat_minor = 5
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{name[:56]}-{number}"
        for key in LEFT_BY_EDITORS:
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            normalise_output(output, f"{name}-{number}")


def normalise_output(output: Any, place: str) -> None:
    if output.output_type == "stream":
        output.text = CELL_FILE.sub("<cell>", output.text)
    elif WIDGET in output.data:
        output.data[WIDGET]["model_id"] = place


def store(path: Path) -> None:
    """Run one notebook and write it, in one step and only if it ran to its end."""
    notebook = nbformat.read(path, as_version=4)
    try:
        execute(notebook, path.parent)
    except (
        RuntimeError
    ):  # a kernel that did not start: its ports were free when they were chosen, and then taken
        notebook = nbformat.read(path, as_version=4)
        execute(notebook, path.parent)
    normalise(notebook, path.stem)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8", newline="\n")
    unfinished.replace(path)


def main(names: list[str]) -> int:
    recording = "--record" in names  # then only what is executed is kept, see chansim.course.recording
    names = [name for name in names if name != "--record"]
    if recording:
        os.environ["CHANSIM_RECORD"] = "1"
    # Outputs must not hang on the order of a set: let every run have another one, whatever the shell says.
    os.environ["PYTHONHASHSEED"] = "random"
    failed = []
    for path in find(names):
        print(f"{path.name} ...", flush=True)
        try:
            if recording:
                execute(nbformat.read(path, as_version=4), path.parent)
            else:
                store(path)
        except CellExecutionError as error:
            print(f"{path.name} FAILED, and is left as it was:\n{error}", file=sys.stderr)
            failed.append(path.name)
    if failed:
        print(f"\nnot stored: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
