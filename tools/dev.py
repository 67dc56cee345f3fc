"""Every command of the project, with nothing but Python's standard library.

    python3 tools/dev.py lab       open the course in JupyterLab
    python3 tools/dev.py demo      the talk's chat, live, for two browser tabs
    python3 tools/dev.py test      run every test, then every notebook against its stored outputs
                                   (with arguments: only pytest, e.g. `test -k layer`)
    python3 tools/dev.py learner   do every exercise, wrong and right, in JupyterLab in a headless browser
                                   (with arguments: of some lessons, e.g. `learner -k 07`)
    python3 tools/dev.py check     lint, layout and types
    python3 tools/dev.py outputs   run the notebooks and store what they show (or only those named)
    python3 tools/dev.py newest    compare the notebooks' outputs under the newest versions allowed: .venv-newest
                                   (`--python python3.13`: with another Python; `--oldest`: under the oldest)
    python3 tools/dev.py record    keep what the notebooks execute, for the browser, which has no threads
    python3 tools/dev.py rewrite   write anew what tests keep: the traces' digests, and computed tables in docs
    python3 tools/dev.py gallery   draw docs/gallery again: a picture of every view
    python3 tools/dev.py site      the course as web pages, with its outputs: build/site
    python3 tools/dev.py lite      the course in the browser, nothing installed: build/lite/site (needs npm)
                                   (`lite --check`: and run every lesson there, in a headless browser)
    python3 tools/dev.py lock      resolve the dependencies again (`lock --upgrade`: to the newest)

Each first sets up .venv from requirements.lock.txt, unless that is done already. What may live here: the
set-up, and one short function per command that starts other programs. The Makefile only calls this file,
so that the commands are the same where there is no make. It must parse under an old Python, to say so.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "chansim-is-set-up"
LOCK = ROOT / "requirements.lock.txt"
FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"


# -- the commands --------------------------------------------------------------------------------------


def lab(*arguments: str) -> int:
    """Open JupyterLab, reachable from this machine only, with the token that Jupyter makes up."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    options = ["--ServerApp.ip=127.0.0.1", "--LabApp.news_url=None"]
    options += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # the lock says which
    options += ["--allow-root"] if is_root else []  # in a container there is often nobody else
    # A clone's notebooks hold pictures, which JupyterLab shows at once only in notebooks that are trusted.
    run(PYTHON, "-m", "jupyter", "trust", *map(str, sorted((ROOT / "notebooks").glob("*.ipynb"))))
    quiet = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"  # no question about news
    quiet.parent.mkdir(parents=True, exist_ok=True)
    quiet.write_text('{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}')
    # so that the address it prints leads there too, where there is no browser to open
    first = [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}"]
    with contextlib.suppress(KeyboardInterrupt):  # the usual way to leave it
        return run(PYTHON, "-m", "jupyterlab", *options, *first, *arguments)
    return 0


def demo(*arguments: str) -> int:
    """Start the talk's chat, and say where it is; Ctrl-C ends it."""
    with contextlib.suppress(KeyboardInterrupt):
        return run(PYTHON, "-m", "chansim", "demo", *arguments)
    return 0


def test(*arguments: str) -> int:
    """Run the tests and then, unless told which tests, strict nbval; fail if either fails."""
    if arguments:
        return run(PYTHON, "-m", "pytest", *arguments)
    # Two fifths of the time is spent waiting, for real runs and browsers: so more processes than cores; but not too
    # many, for each may have a browser, and some measure real time. A file stays in one process, with the browser or
    # the runs that its tests share; tests/conftest.py says which begin.
    together = ["-n", str(2 * cores() + 1), "--dist", "loadfile", "--no-loadscope-reorder"]
    # They have commands of their own, learner and lite --check, which CI runs.
    others = ["--ignore", "tests/browser/test_lessons_in_lab.py", "--ignore", "tests/browser/test_lite.py"]
    tests = run(PYTHON, "-m", "pytest", "-p", "no:nbval", *together, *others)
    # In a run of its own: nbval and the Jupyter client under it warn of their own old habits, which are
    # not ours to mend (-W default), while a warning in our tests is an error (pyproject.toml).
    nbval = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120"]
    sanitize = ["--nbval-sanitize-with", "nbval_sanitize.cfg"]
    options = ["-p", "no:cacheprovider", "-W", "default"]
    # Never without loadscope: the cells of a notebook need one kernel, and so one process.
    options += ["-n", str(cores() + 1), "--dist", "loadscope"]
    notebooks = run(PYTHON, "-m", "pytest", *options, *nbval, *sanitize, "notebooks")
    return tests or notebooks


def learner(*arguments: str) -> int:
    """Do every exercise of every lesson, wrong and right, in a real JupyterLab: two to ten minutes."""
    os.environ["CHANSIM_LEARNER"] = "1"
    together = ["-n", str(cores())] if not arguments else []
    return run(PYTHON, "-m", "pytest", *together, "tests/browser/test_lessons_in_lab.py", *arguments)


def cores() -> int:
    """How many processors to keep busy: what there is, from two to four."""
    return min(max(os.cpu_count() or 2, 2), 4)


def check() -> int:
    """Run all three, whatever the first one says."""
    lint = run(PYTHON, "-m", "ruff", "check")
    layout = run(PYTHON, "-m", "ruff", "format", "--check")
    types = run(PYTHON, "-m", "mypy")
    return lint or layout or types


def outputs(*notebooks: str) -> int:
    """The notebooks, and then the course's index, whose pictures are theirs."""
    return run(PYTHON, "tools/run_notebooks.py", *notebooks) or run(PYTHON, "tools/index.py")


def newest(*arguments: str) -> int:
    """An environment from pyproject.toml's bounds, without the lock, and the notebooks compared there."""
    asked = argparse.ArgumentParser(prog="newest", description=newest.__doc__)
    asked.add_argument("notebooks", nargs="*", help="which ones; all, if none is named")
    asked.add_argument(
        "--python", default=str(PYTHON), help="another Python: some packages have newer versions there"
    )
    asked.add_argument("--oldest", action="store_true", help="the oldest versions that pyproject.toml allows")
    options = asked.parse_args(arguments)
    place = ROOT / ".venv-newest"
    python = place / PYTHON.relative_to(VENV)
    uv: list[str | Path] = [PYTHON, "-m", "uv"]
    which = ["--resolution", "lowest-direct" if options.oldest else "highest"]
    packages = [*which, "--upgrade", "--group", "test", "-e", ".[live,redis,png]"]
    return (
        run(*uv, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", options.python, place)
        or run(*uv, "pip", "install", "--quiet", "--python", python, *packages)
        or run(python, "tools/newest.py", *options.notebooks)
    )


def record(*notebooks: str) -> int:
    """What a lesson executes is kept for the browser, which has no threads. The notebooks are not changed."""
    return run(PYTHON, "tools/run_notebooks.py", "--record", *notebooks)


def rewrite() -> int:
    """The tests that keep something write it instead of comparing; read the difference before you keep it."""
    keeping = ["tests/laws", "tests/test_golden.py", "tests/test_loadtest_page.py"]
    return run(PYTHON, "tools/index.py") or run(PYTHON, "-m", "pytest", "--rewrite", *keeping)


def site() -> int:
    """The course as web pages, with its outputs: build/site."""
    return run(PYTHON, "tools/pages.py")


def lite(*arguments: str) -> int:
    """The course as JupyterLite, which runs in a browser with nothing installed: build/lite/site. Needs npm."""
    if arguments == ("--check",):
        os.environ.setdefault("CHANSIM_LITE", "all")  # or "few"; the test builds the site itself
        return run(PYTHON, "-m", "pytest", "tests/browser/test_lite.py")
    if arguments:
        sys.exit("lite takes nothing, or --check")
    return run(PYTHON, "tools/lite/build.py")


def gallery() -> int:
    return run(PYTHON, "tools/gallery.py")


def lock(*arguments: str) -> int:
    """One file for every system and Python, with hashes, naming no package index. JupyterLite's likewise."""
    scope = ["--universal", "--python-version", "3.11", "--fork-strategy", "fewest", "--generate-hashes"]
    silent = ["--quiet", "--no-emit-index-url", "--no-emit-find-links"]
    header = ["--custom-compile-command", "python3 tools/dev.py lock"]
    groups = ["--all-extras", "--group", "test", "--group", "lint", "--group", "build"]
    compiler: list[str | Path] = [PYTHON, "-m", "uv", "pip", "compile", *silent, *header, *arguments]
    course = run(*compiler, *scope, *groups, "pyproject.toml", "--output-file", LOCK.name)
    place = "tools/lite/requirements"
    lite = run(*compiler, *scope, f"{place}.in", "--output-file", f"{place}.lock.txt")
    pure = ["--no-deps", "--generate-hashes", "--python-version", "3.14"]  # the Python within Pyodide
    wheels = run(*compiler, *pure, "tools/lite/wheels.in", "--output-file", "tools/lite/wheels.lock.txt")
    return course or lite or wheels


COMMANDS = {
    command.__name__: command
    for command in (
        lab,
        demo,
        test,
        learner,
        check,
        outputs,
        newest,
        record,
        rewrite,
        gallery,
        site,
        lite,
        lock,
    )
}


# -- the set-up ----------------------------------------------------------------------------------------


def set_up() -> None:
    """Make .venv what the lock says. The stamp is taken away first and written last, so that a set-up
    that was interrupted counts as none."""
    wanted, found = fingerprint(), STAMP.read_text() if STAMP.exists() else ""
    if found == wanted:
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        stop(f"{sys.executable} has no venv module. On Debian and Ubuntu: apt install python3-venv")
    print("Setting up .venv: half a minute, or two with a slow network. Only this once.", flush=True)
    STAMP.unlink(missing_ok=True)
    if found.split()[:1] != wanted.split()[:1] and run(sys.executable, "-m", "venv", "--clear", VENV):
        stop(f"{sys.executable} could not make {VENV}: see above. Is it in use, or the disk full?")
    if not (install_with_uv() or install_with("pip", "--disable-pip-version-check")):
        stop("The packages could not be installed: see above. Then run the same command again.")
    STAMP.write_text(wanted)


def fingerprint() -> str:
    """What the environment was made from: the Python, and the files that say what goes in."""
    inputs = LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return f"{sys.version_info[0]}.{sys.version_info[1]} {hashlib.sha256(inputs).hexdigest()}"


def install_with_uv() -> bool:
    """Get uv itself, as locked, by pip; it then does the rest several times faster than pip would."""
    only_uv = VENV / "uv.txt"
    entries = LOCK.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    only_uv.write_text("".join(f"{entry}\n" for entry in entries if entry.startswith("uv==")))
    pip = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if run(PYTHON, *pip, "--require-hashes", "-r", only_uv) == 0 and install_with("uv", "pip"):
        return True
    print("uv did not manage that; trying with pip, which takes a minute or two.", flush=True)
    return False


def install_with(installer: str, option: str) -> bool:
    """Install the locked packages, then chansim itself in place (its build tools are locked as well)."""
    install = ["-m", installer, option, "install", "--quiet"]
    locked, in_place = ["--require-hashes", "-r", LOCK.name], ["--no-deps", "--no-build-isolation", "-e", "."]
    return run(PYTHON, *install, *locked) == 0 and run(PYTHON, *install, *in_place) == 0


# -- starting programs ---------------------------------------------------------------------------------


def run(*command: str | Path) -> int:
    """Run a program inside the environment and give its exit code. Ctrl-C is the program's to answer:
    wait until it has closed what it opened, then stop too."""
    interrupted = False
    with subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environment()) as program:
        while program.returncode is None:
            try:
                program.wait()
            except KeyboardInterrupt:
                interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    return program.returncode


def environment() -> dict[str, str]:
    """This process's variables, less those that would bring in another Python's packages or kernels."""
    foreign = {"PYTHONHOME", "PYTHONPATH", "JUPYTER_PATH"}
    ours = {name: value for name, value in os.environ.items() if name not in foreign}
    if ours.pop("PYTHONDONTWRITEBYTECODE", ""):
        # meant to keep folders clean, it has every program compile JupyterLab and all else anew: twice the work
        ours.setdefault("PYTHONPYCACHEPREFIX", str(VENV / "bytecode"))
    ours["PATH"] = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    ours["VIRTUAL_ENV"] = str(VENV)
    ours["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel called python3 is this environment's, not the user's
    return ours


def stop(why: str) -> NoReturn:
    sys.exit(f"\n{why}")


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        stop(f"chansim needs Python {oldest} or newer; this is {sys.version.split()[0]} ({sys.executable}).")
    name, arguments = (sys.argv[1:] or [""])[0], sys.argv[2:]
    if name in ("", "-h", "--help", "help"):
        print(__doc__)
        return 0 if name else 1
    if name not in COMMANDS:
        stop(f"{__doc__}\n{name!r} is none of: {', '.join(COMMANDS)}.")
    if arguments and not inspect.signature(COMMANDS[name]).parameters:
        stop(f"{name} takes nothing more, and {arguments[0]!r} was given.")
    try:
        set_up()
        return COMMANDS[name](*arguments)
    except KeyboardInterrupt:
        stop("Interrupted. Nothing is broken: run the same command again.")


if __name__ == "__main__":
    sys.exit(main())
