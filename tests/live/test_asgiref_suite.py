"""The official suite of asgiref 1.1.2 against our in-memory layer, in an environment of its own.

Where packages cannot be had the test is skipped and says why; under CI it fails, so that it cannot go missing unseen.
"""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent / "asgiref_suite"
ROOT = HERE.parent.parent.parent
REQUIREMENTS = HERE / "requirements.txt"

OF_2017 = {
    "test_single_process_receive",  # from "name!", of any client
    "test_single_process_receive_error",  # from "name!client": refused
    "test_new_channel_failures",  # for a name that ends in "!"
    "test_groups_process",  # all members' messages from "name!"
    "test_capacity_process",  # of all clients together
}
"""What the suite asks for that was not yet so in June 2016."""


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python of an environment with what requirements.txt says; made once and kept in build/, which git ignores."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    home = ROOT / "build" / f"asgiref-suite-{version}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = home / "requirements.txt"
    if stamp.exists() and stamp.read_text() == REQUIREMENTS.read_text():
        return python
    venv.create(home, clear=True, with_pip=False, symlinks=os.name != "nt")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "--disable-pip-version-check",
        "install",
        "--quiet",
    ]
    pip += ["--retries", "1", "--timeout", "15", "--require-hashes", "--only-binary", ":all:"]
    done = subprocess.run([*pip, "-r", str(REQUIREMENTS)], capture_output=True, text=True, timeout=300)
    if done.returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            f"cannot install asgiref 1.1.2: {done.stderr.strip()}"
        )
    stamp.write_text(REQUIREMENTS.read_text())
    return python


def outcomes(python: Path, *tests: str) -> dict[str, str]:
    """Run these tests of layers.py; what unittest says of each: "ok", "FAIL", "ERROR", "skipped ..."."""
    ours = {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(HERE)]), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-W", "error", "-m", "unittest", "-v", *(f"layers.{test}" for test in tests)]
    done = subprocess.run(command, env=os.environ | ours, capture_output=True, text=True, timeout=120)
    told = re.findall(r"^(test_\w+) \(.*\)(?:\n.*?)?? \.\.\. (.+)$", done.stderr, re.MULTILINE)
    assert f"Ran {len(told)} test" in done.stderr, done.stderr
    print(done.stderr)  # shown by pytest where the test fails
    return dict(told)


def test_a_layer_of_2017_passes_all_of_it(python: Path) -> None:
    """Its 18 tests, and the one about eviction that stood beside them."""
    told = outcomes(python, "Channels11")
    assert len(told) == 19
    assert set(told.values()) == {"ok"}


def test_a_layer_of_june_2016_fails_where_2017_is_another_era(python: Path) -> None:
    told = outcomes(python, *(f"June2016.{test}" for test in sorted(OF_2017)), "June2016.test_send_recv")
    assert {test for test, outcome in told.items() if outcome != "ok"} == OF_2017


def test_what_it_shares_with_the_lock_it_has_from_there_and_it_names_no_address() -> None:
    ours = REQUIREMENTS.read_text()
    assert ours[ours.index("simpy==") :].strip() in (ROOT / "requirements.lock.txt").read_text()
    assert "://" not in ours
