"""Build the JupyterLite site: the whole course in a browser, with nothing installed and no network at the venue.

    python3 tools/dev.py lite        writes build/lite/site; any web server can serve it

Pyodide's core comes from npm, by its name, and is held against the digest below. The wheels that its kernel and
chansim need are pure Python and pinned, with hashes, in wheels.lock.txt; JupyterLite itself lives in an
environment of its own (requirements.lock.txt), for beside JupyterLab its federated modules are in each other's
way. NumPy and matplotlib have no wheels for the browser in an index, and are left out: chansim says their
charts in words there.

A build is made in a folder of its own and put in place when it is whole, one at a time; where the site was made
from what is there now, nothing is done.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build" / "lite"
SITE = BUILD / "site"

PYODIDE = "314.0.6"  # the version that jupyterlite-pyodide-kernel names
PYODIDE_SHA512 = "BKDTJyIqFxC4BExLqeRS3f5xvXZIjOt8C3zGLN/Cc7tFxSwvKVhVkchQQ2AGLOtR4YrVOIFxbV8poyDOOmWwxQ=="
CORE = (
    "pyodide.mjs",
    "pyodide.js",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "package.json",
)

NEEDS = {
    "chansim": ["simpy", "networkx", "anywidget", "ipywidgets", "tqdm"],
    "simpy": [],
    "psygnal": [],
    "comm": ["traitlets"],
    "jupyterlab-widgets": [],
    "ipywidgets": ["comm", "ipython", "jupyterlab-widgets", "traitlets"],
    "anywidget": ["ipywidgets", "psygnal", "typing-extensions"],
}
"""What Pyodide does not know of, and what each needs."""


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One build at a time: a second one waits here for the first."""
    # The lock of an SQLite file is one that every system has, and that is gone with whoever held it.
    with contextlib.closing(sqlite3.connect(BUILD / "lock", timeout=600, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def digest(*paths: Path) -> str:
    """Of the names and the contents of these files."""
    found = hashlib.sha256()
    for path in paths:
        found.update(f"{path.relative_to(ROOT).as_posix()} {path.stat().st_size}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def inputs() -> list[Path]:
    """The files that a site is made from."""
    made_here = ("pyproject.toml", "README.md", "LICENSE", "tests/conformance.py", "tools/lite/*")
    patterns = (*made_here, "notebooks/*.ipynb", "src/chansim/**/*")
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if "__pycache__" not in path.parts)


def kept(place: Path, lock: Path, make: Callable[[Path, Path], None]) -> Path:
    """The folder *place* as *make* fills it from *lock*: made anew when that changed, or was never finished."""
    stamp, wanted = place / "made-from", digest(lock)
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(place, ignore_errors=True)
        make(place, lock)
        stamp.write_text(wanted)
    return place


def own_python(place: Path) -> Path:
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def own_environment(place: Path, lock: Path) -> None:
    """JupyterLite's Python, by uv."""
    venv.create(place, with_pip=False)
    options: list[str | Path] = ["--quiet", "--require-hashes", "--python", own_python(place), "-r", lock]
    run(sys.executable, "-m", "uv", "pip", "install", *options)


PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def downloaded(place: Path, lock: Path) -> None:
    """The pinned wheels."""
    target = ["--python-version", "3.14", "--implementation", "py", "--abi", "none", "--platform", "any"]
    exact: list[str | Path] = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", lock]
    run(*PIP, "download", "--quiet", *target, *exact, "-d", place)


def wheels(place: Path) -> dict[str, Path]:
    """The pinned wheels and chansim's own, which is made in *place*, by name."""
    pinned = kept(BUILD / "wheels", HERE / "wheels.lock.txt", downloaded)
    run(*PIP, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", place, ROOT)
    found = [*pinned.glob("*.whl"), *place.glob("*.whl")]
    return {path.name.split("-")[0].lower().replace("_", "-"): path for path in found}


def pyodide(place: Path) -> Path:
    """Pyodide's core, laid out in *place*: from npm, or as it was kept. SystemExit if it is another one."""
    tarball = BUILD / f"pyodide-{PYODIDE}.tgz"
    if not tarball.exists():
        npm = shutil.which("npm") or sys.exit("make lite needs npm, which brings Pyodide")
        place.mkdir()
        run(npm, "pack", "--silent", f"pyodide@{PYODIDE}", cwd=place)
        (place / tarball.name).replace(tarball)
    if base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode() != PYODIDE_SHA512:
        tarball.unlink()
        sys.exit(f"{tarball.name} is not the Pyodide that this project knows; it was removed")
    with tarfile.open(tarball) as archive:
        archive.extractall(place, filter="data")
    return place / "package"


def kernel(place: Path, making: Path) -> None:
    """Pyodide with its lock cut down to what is there, and chansim in it: a plain import then finds it."""
    place.mkdir(parents=True)
    source = pyodide(making / "pyodide")
    for name in CORE:
        shutil.copy(source / name, place)
    lock = json.loads((source / "pyodide-lock.json").read_text(encoding="utf-8"))
    known: dict[str, Any] = {
        name.lower().replace("_", "-"): about for name, about in lock["packages"].items()
    }
    packages = {}
    for name, wheel in wheels(making / "wheel").items():
        shutil.copy(wheel, place)
        about = known.get(name) or {"name": name, "install_dir": "site", "package_type": "package"}
        about |= {"version": wheel.name.split("-")[1], "file_name": wheel.name, "unvendored_tests": False}
        about |= {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
        if name in NEEDS:
            about |= {"imports": [name.replace("-", "_")], "depends": NEEDS[name]}
        packages[name] = about
    packages["networkx"]["depends"] = []  # its layouts want NumPy, which chansim does not use
    lock["packages"] = packages
    (place / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def contents(place: Path) -> None:
    """The notebooks, and the sources that they link to."""
    for path in inputs():
        own = path.relative_to(ROOT)
        if own.parts[0] in ("notebooks", "src", "tests") and path.suffix in (".ipynb", ".py"):
            (place / own).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place / own)


def settings(place: Path) -> None:
    build = {"contents": ["files"], "apps": ["lab", "notebooks", "tree"], "no_sourcemaps": True}
    build["no_unused_shared_packages"] = True
    offline = {"@jupyterlite/pyodide-kernel-extension:kernel": {"disablePyPIFallback": True}}
    drawn = {
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}
    }  # the cells below the fold too
    page: dict[str, Any] = {"appName": "chansim", "exposeAppInBrowser": True, "litePluginSettings": offline}
    page["settingsOverrides"] = drawn
    files = {
        "jupyter_lite_config.json": {"LiteBuildConfig": build},
        "jupyter-lite.json": {"jupyter-lite-schema-version": 0, "jupyter-config-data": page},
    }
    for name, content in files.items():
        (place / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def site(place: Path, making: Path) -> None:
    """All of it, to the folder *place*; *making* is for what is left over."""
    environment = kept(BUILD / "venv", HERE / "requirements.lock.txt", own_environment)
    lite = making / "lite"
    kernel(lite / "static" / "pyodide", making)
    contents(lite / "files")
    settings(lite)
    where: list[str | Path] = ["--lite-dir", ".", "--output-dir", place]
    run(own_python(environment), "-m", "jupyterlite_core.app", "build", *where, cwd=lite)


def main() -> int:
    """Build it, unless that is done. Returns the exit status."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with alone():
        stamp, wanted = SITE / "made-from", digest(*inputs())
        if not stamp.exists() or stamp.read_text() != wanted:
            for interrupted in BUILD.glob("making-*"):
                shutil.rmtree(interrupted, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix="making-", dir=BUILD) as making:
                made = Path(making, "site")
                site(made, Path(making))
                (made / stamp.name).write_text(wanted)
                shutil.rmtree(SITE, ignore_errors=True)
                made.rename(SITE)
    where = SITE.relative_to(ROOT)
    print(f"\nThe site is in {where}; to look at it: python3 -m http.server -d {where}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
