"""Build the JupyterLite site: the whole course in a browser, with nothing installed and no network at the venue.

    python3 tools/dev.py lite        writes build/lite/site; any web server can serve it

Pyodide's core comes from npm, by its name, and is held against the digest below. The wheels that its kernel and
chansim need are pure Python and pinned, with hashes, in wheels.lock.txt; JupyterLite itself lives in an
environment of its own (requirements.lock.txt), for beside JupyterLab its federated modules are in each other's
way. NumPy and matplotlib have no wheels for the browser in an index, and are left out: chansim says their
charts in words there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
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


def own_environment() -> Path:
    """JupyterLite's Python, made anew when its lock changes."""
    place, lock = BUILD / "venv", HERE / "requirements.lock.txt"
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = place / "made-from"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(place, clear=True, with_pip=False)
        options: list[str | Path] = ["--quiet", "--require-hashes", "--python", python, "-r", lock]
        run(sys.executable, "-m", "uv", "pip", "install", *options)
        stamp.write_text(wanted)
    return python


def wheels() -> dict[str, Path]:
    """The pinned wheels and chansim's own, by name."""
    place = BUILD / "wheels"
    shutil.rmtree(place, ignore_errors=True)
    target = ["--python-version", "3.14", "--implementation", "py", "--abi", "none", "--platform", "any"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    exact: list[str | Path] = [
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "-r",
        HERE / "wheels.lock.txt",
    ]
    run(*pip, "download", "--quiet", *target, *exact, "-d", place)
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", place, ROOT)
    return {path.name.split("-")[0].lower().replace("_", "-"): path for path in place.glob("*.whl")}


def pyodide() -> Path:
    """Pyodide's core, from npm, or from the folder where it was put before. SystemExit if it is another one."""
    tarball = BUILD / f"pyodide-{PYODIDE}.tgz"
    if not tarball.exists():
        npm = shutil.which("npm") or sys.exit("make lite needs npm, which brings Pyodide")
        run(npm, "pack", "--silent", f"pyodide@{PYODIDE}", cwd=BUILD)
    if base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode() != PYODIDE_SHA512:
        tarball.unlink()
        sys.exit(f"{tarball.name} is not the Pyodide that this project knows; it was removed")
    place = BUILD / "pyodide"
    shutil.rmtree(place, ignore_errors=True)
    with tarfile.open(tarball) as archive:
        archive.extractall(place, filter="data")
    return place / "package"


def kernel(place: Path) -> None:
    """Pyodide with its lock cut down to what is there, and chansim in it: a plain import then finds it."""
    place.mkdir(parents=True)
    source = pyodide()
    for name in CORE:
        shutil.copy(source / name, place)
    lock = json.loads((source / "pyodide-lock.json").read_text(encoding="utf-8"))
    known: dict[str, Any] = {
        name.lower().replace("_", "-"): about for name, about in lock["packages"].items()
    }
    packages = {}
    for name, wheel in wheels().items():
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
    for folder, pattern in (("notebooks", "*.ipynb"), ("src/chansim", "*.py"), ("tests", "conformance.py")):
        for path in (ROOT / folder).rglob(pattern):
            if "__pycache__" not in path.parts and not any(part.startswith(".") for part in path.parts[-2:]):
                target = place / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)


def settings() -> None:
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
        (BUILD / "lite" / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def main() -> int:
    """Build it all. Returns the exit status."""
    BUILD.mkdir(parents=True, exist_ok=True)
    python = own_environment()
    shutil.rmtree(BUILD / "lite", ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    kernel(BUILD / "lite" / "static" / "pyodide")
    contents(BUILD / "lite" / "files")
    settings()
    lite: list[str | Path] = [
        python,
        "-m",
        "jupyterlite_core.app",
        "build",
        "--lite-dir",
        ".",
        "--output-dir",
        SITE,
    ]
    run(*lite, cwd=BUILD / "lite")
    print(
        f"\nThe site is in {SITE.relative_to(ROOT)}; to look at it: python3 -m http.server -d {SITE.relative_to(ROOT)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
