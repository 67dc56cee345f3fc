"""What is installed is said in several places, for pip, for conda and in words: here they are compared."""

import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
DEV = runpy.run_path(str(ROOT / "tools" / "dev.py"))
LOCK = (ROOT / "requirements.lock.txt").read_text(encoding="utf-8")

# Names on PyPI that conda-forge spells otherwise. "-base" is matplotlib without a window toolkit.
CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "playwright": "playwright-python",
    "redis": "redis-py",
    "msgpack": "msgpack-python",
}


def bounds(lines):
    requirements = [Requirement(line) for line in lines]
    return {requirement.name: str(requirement.specifier) for requirement in requirements}


def declared(*groups):
    lines = list(PROJECT["project"]["dependencies"])
    for extra in PROJECT["project"]["optional-dependencies"].values():
        lines += extra
    for group in groups:
        lines += PROJECT["dependency-groups"][group]
    return bounds(lines)


def test_conda_gets_the_same_packages_and_bounds():
    (by_pip,) = (part["pip"] for part in CONDA["dependencies"] if isinstance(part, dict))
    by_pip = [line for line in by_pip if not line.startswith("-")]
    conda = bounds([line for line in CONDA["dependencies"] if isinstance(line, str)] + by_pip)
    assert conda.pop("python") == PROJECT["project"]["requires-python"]
    assert conda.pop("pip") == ""
    ours = {CONDA_NAMES.get(name, name): bound for name, bound in declared("test").items()}
    assert conda == ours


def test_conda_takes_all_else_from_this_checkout():
    assert CONDA["name"] == PROJECT["project"]["name"]
    assert CONDA["channels"] == ["conda-forge", "nodefaults"]
    (by_pip,) = (part["pip"] for part in CONDA["dependencies"] if isinstance(part, dict))
    assert by_pip[-1] == "-e ."


def test_the_lock_holds_a_fitting_version_of_everything_declared():
    locked = dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", LOCK, flags=re.MULTILINE))
    for line, bound in declared("test", "lint", "build").items():
        assert line in locked, f"{line} is declared and not locked: python3 tools/dev.py lock"
        assert Requirement(f"{line}{bound}").specifier.contains(locked[line])


def test_the_lock_has_a_hash_for_everything_and_names_no_address():
    entries = [entry for entry in LOCK.replace("\\\n", "").splitlines() if not entry.lstrip().startswith("#")]
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in LOCK
    assert "--index-url" not in LOCK


@pytest.mark.parametrize("command", ["lab", "test"])
def test_the_readme_says_both_ways_to_start(command):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"make {command}" in readme
    assert f"python3 tools/dev.py {command}" in readme


def test_make_and_dev_py_have_the_same_commands():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (targets,) = re.findall(r"^(.+):\n\t@\$\(PYTHON\) tools/dev\.py \$@$", makefile, flags=re.MULTILINE)
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    explained = re.findall(r"^(\w+): +## \w", makefile, flags=re.MULTILINE)
    commands = list(DEV["COMMANDS"])
    assert targets.split() == phony.split() == explained == commands
    assert re.findall(r"^    python3 tools/dev\.py (\w+)", DEV["__doc__"], flags=re.MULTILINE) == commands


@pytest.mark.parametrize("command", DEV["COMMANDS"])
def test_contributing_says_both_ways(command):
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert re.search(
        rf"^\|.*\| `make {command}` \| `python3 tools/dev\.py {command}\b", contributing, re.MULTILINE
    )


def test_dev_py_asks_for_the_python_that_the_project_asks_for():
    (oldest,) = re.findall(r"^OLDEST_PYTHON = \((\d+), (\d+)\)$", (ROOT / "tools/dev.py").read_text(), re.M)
    assert PROJECT["project"]["requires-python"] == ">=" + ".".join(oldest)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--help"], 0, "python3 tools/dev.py lab"),
        (["labb"], 1, "'labb' is none of: lab, demo"),
        (["site", "--fast"], 1, "site takes nothing more, and '--fast' was given"),
    ],
)
def test_a_command_that_is_none_is_answered_in_words(words, status, says):
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "dev.py", *words], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == status
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
