"""Imports point one way (DESIGN.md): read from the source, without importing it."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "chansim"

TOOLS = {"quantities", "streams", "duration", "figure", "svg", "palette", "progress", "selection"}
"""Small things that anyone may use, and that know nothing of the rest."""

CORE = {"trace", "layer", "channels", "model", "scenario"}

MAY_IMPORT = {
    "streams": set(),
    "quantities": set(),
    "duration": {"quantities"},
    "palette": set(),
    "progress": set(),
    "selection": set(),
    "svg": TOOLS,
    "figure": TOOLS,
    "trace": set(),
    "layer": {"trace"},
    "calls": {"layer", "trace", *TOOLS},
    "channels": {"layer", "trace", *TOOLS},
    "model": {"channels", "layer", "trace", *TOOLS},
    "scenario": {"model", "channels", "layer", "trace", *TOOLS},
    "run": {"scenario", "trace", "figure"},
    "engine": {*CORE, *TOOLS, "run"},
    "plain": {*CORE, *TOOLS, "engine"},  # the one part beside it that names components
    "live": {*CORE, *TOOLS, "run", "engine", "applications"},  # the demo runs one
    "contrib": {*CORE, "run"},
    "applications": {"channels", "duration"},
    "files": {*CORE, *TOOLS, "applications"},
    "deployments": {*CORE, *TOOLS, "applications"},
    "editing": {*CORE, *TOOLS, "files"},
    "export": {*CORE, "applications", "editing"},
    "expected": {*CORE, *TOOLS, "theory", "editing"},
    "settings": {*CORE, *TOOLS, "applications", "deployments"},
    "theory": {"trace"},
    "measures": {"trace"},
    "summary": {"trace", "measures", "figure"},
    "access_log": {"streams"},
    "views": {"trace", "scenario", "measures", "theory", *TOOLS},
}
"""Top-level folders and files, and what each may import of the others.
Not listed: those at the top, which may use all."""

AT_THE_TOP = {
    "lecture",
    "__init__",
    "__main__",
    "cli",
    "commands",
    "widgets",
    "sweep",
    "compare",
    "bench",
    "course",
    "overlay",
    "replay",
}

LATE = {
    ("engine", "plain"),  # simulate() chooses
    ("run", "summary"),  # Run.summary()
    ("run", "views"),  # a Run in a notebook
    ("scenario", "views"),  # Scenario.picture()
    ("scenario", "figure"),
    ("scenario", "settings"),  # Scenario.from_settings()
    ("scenario", "files"),  # Scenario.save and load
    ("scenario", "editing"),  # Scenario.add_worker and the other verbs
}
"""What is imported within a function, against the direction, so that an object can show itself."""

FILES = sorted(SOURCE.rglob("*.py"))


def part(path: Path) -> str:
    """The top-level folder or file that a source file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, bool]]:
    """What a file imports, dotted, and whether it does so within a
    function. Imports for type checkers do not count."""
    found: list[tuple[str, bool]] = []

    def look(node: ast.AST, late: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for other in child.orelse:
                    look(other, late)
            elif isinstance(child, ast.Import):
                found.extend((alias.name, late) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}: a relative import"
                module = child.module or ""
                # "from chansim import theory" means chansim.theory
                names = [f"chansim.{a.name}" for a in child.names] if module == "chansim" else [module]
                found.extend((name, late) for name in names)
            else:
                look(child, late or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))

    look(ast.parse(path.read_text()), False)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_imports_only_what_is_below_it(path: Path) -> None:
    own = part(path)
    if own in AT_THE_TOP:
        return
    assert own in MAY_IMPORT, f"{own} is new: say in this test what it may import"
    for name, late in imports(path):
        if name.split(".")[0] != "chansim":
            continue
        assert "." in name, f"{own} imports the whole of chansim"
        other = name.split(".")[1]
        allowed = other == own or other in MAY_IMPORT[own] or (late and (own, other) in LATE)
        assert allowed, (
            f"{path.relative_to(SOURCE)} imports {name}: {own} may import {sorted(MAY_IMPORT[own])}"
        )


@pytest.mark.parametrize("path", [path for path in FILES if part(path) in ("layer", "channels", "trace")])
def test_the_rules_know_no_clock_and_no_simulation(path: Path) -> None:
    forbidden = {"simpy", "socket", "time", "asyncio", "selectors"}
    if part(path) == "layer":
        forbidden |= {"threading", "queue", "datetime", "multiprocessing"}
    names = {name.split(".")[0] for name, _ in imports(path)}
    assert not names & forbidden


def test_only_the_engine_knows_simpy() -> None:
    knowing = {
        part(path) for path in FILES if any(name.split(".")[0] == "simpy" for name, _ in imports(path))
    }
    assert knowing - AT_THE_TOP == {"engine"}


def test_only_the_widgets_know_ipywidgets() -> None:
    for path in FILES:
        if any(name.split(".")[0] in ("ipywidgets", "anywidget") for name, _ in imports(path)):
            assert part(path) in ("widgets", "course"), path


HEAVY = {"numpy", "matplotlib", "networkx", "pandas", "ipywidgets", "anywidget", "IPython"}


@pytest.mark.parametrize(
    "path", [p for p in FILES if part(p) not in ("widgets", "course")], ids=lambda p: str(p.name)
)
def test_what_is_heavy_is_imported_by_the_functions_that_need_it(path: Path) -> None:
    at_the_top = {name.split(".")[0] for name, late in imports(path) if not late}
    assert not at_the_top & HEAVY


def test_neither_engine_names_a_component() -> None:
    """Of the model they use the World, what ScenarioError and Machine's
    shared cores are, and no noun of the talk."""
    nouns = {
        "client",
        "chatters",
        "interface_server",
        "wsgi_server",
        "worker",
        "channel_layer",
        "application",
    }
    for path in (SOURCE / "engine.py", SOURCE / "live" / "engine.py"):
        used = {
            name.removeprefix("chansim.model.")
            for name, _ in imports(path)
            if name.startswith("chansim.model.")
        }
        assert not used & nouns


def test_no_file_is_too_long_to_read_in_one_sitting() -> None:
    """Of the nouns of the model; style.md, 3.1, asks for 150 lines,
    and the layer is the one that is longer."""
    lines = {path.name: len(path.read_text().splitlines()) for path in (SOURCE / "model").glob("*.py")}
    assert [name for name, count in lines.items() if count > 340] == []


def test_the_randomness_is_never_the_global_one() -> None:
    """Nor is it hash(), which differs from process to process (but in a __hash__, where it stays)."""
    for path in FILES:
        tree = ast.parse(path.read_text())
        own = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "__hash__"
        ]
        fine = {id(inner) for function in own for inner in ast.walk(function)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and id(node) not in fine:
                assert node.func.id != "hash", f"{path}: hash()"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                assert owner != "random" or node.func.attr == "Random", f"{path}: random.{node.func.attr}()"
