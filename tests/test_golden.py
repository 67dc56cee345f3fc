"""The traces as they were: every deployment's digest is kept, so that no change of one goes unnoticed.

A digest says nothing of what is right; the other tests do. It says that something moved which was perhaps not
meant to.
"""

import tomllib
from pathlib import Path

import pytest

from chansim import deployments, simulate
from pages import COMMAND

KEPT = Path(__file__).with_name("golden.toml")
SEED, SECONDS = 1, 5.0
HEAD = f"""\
# The digest of each deployment's trace, as it comes with its defaults: seed {SEED}, {SECONDS:g} seconds.
# Written by `{COMMAND}`. Whoever changes one says in CHANGELOG.md what moved, and why.

"""


def kept() -> dict[str, str]:
    return tomllib.loads(KEPT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rewriting(request: pytest.FixtureRequest) -> bool:
    """Whether the digests were written anew, just now."""
    rewrite: bool = request.config.getoption("rewrite")
    if rewrite:
        lines = [f'{name} = "{digest(name)}"\n' for name in deployments.__all__]
        KEPT.write_text(HEAD + "".join(lines), encoding="utf-8")
    return rewrite


def digest(name: str) -> str:
    return simulate(getattr(deployments, name)(), SEED, SECONDS).trace.digest()


@pytest.mark.parametrize("name", deployments.__all__)
def test_a_deployment_gives_the_trace_it_gave(name: str, rewriting: bool) -> None:
    if rewriting:
        return
    known = kept()
    assert name in known, f"{name} is new here: `{COMMAND}` writes down the digest of its trace"
    assert digest(name) == known[name], (
        f"the trace of {name} is not what it was. If that was not meant, something that should not have moved "
        f"did: compare the rows with those of the last commit. If it was, `{COMMAND}` writes down the new digest, "
        "and CHANGELOG.md has to say what changed in it, and why."
    )


def test_nothing_is_kept_that_is_no_more(rewriting: bool) -> None:
    gone = set(kept()) - set(deployments.__all__)
    assert not gone, f"golden.toml knows {sorted(gone)}, and there is no such deployment: `{COMMAND}`"
