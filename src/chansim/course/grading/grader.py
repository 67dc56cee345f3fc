"""The grader: finds the copies in a folder, has each one run and judged, and tells what came of them."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from chansim.course.grading.notebook import NotANotebook, read_notebook
from chansim.course.lessons import EXERCISES

COLUMNS = ("copy", "exercise", "good", "feedback", "learner", "judged")

JUDGING = 60.0
"""Seconds that judging may take beyond what the copy may: a choice is weighed by simulating."""


@dataclass(frozen=True)
class Grade:
    """What became of one exercise in one copy.

    *judged*: "apart" from the learner's code, or "not at all". *learner*: the name whose numbers were used.
    """

    copy: str
    exercise: str
    good: bool
    feedback: str
    learner: str = ""
    judged: str = "not at all"


def copies_in(folder: Path) -> list[Path]:
    """Every notebook in *folder* and below it, but those that editors keep for themselves."""
    found = [path for path in folder.rglob("*.ipynb") if path.is_file() and not path.is_symlink()]
    return sorted(
        path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def lesson_of(path: Path) -> str:
    """Which lesson a copy is of: the two digits that its name has, or that the copy says. "" if neither."""
    numbers = {name[:2] for name in EXERCISES}
    named = [each for each in re.findall(r"(?<!\d)(\d\d)(?!\d)", path.stem) if each in numbers]
    if named:
        return str(named[0])
    with suppress(NotANotebook, AttributeError):
        said = str(read_notebook(path).get("metadata", {}).get("chansim", {}).get("lesson", ""))
        return said[:2] if said[:2] in numbers else ""
    return ""


def grade(path: Path, folder: Path, seconds: float, megabytes: int) -> list[Grade]:
    """The grades of one copy, one for each exercise of its lesson. Never raises because of the copy."""
    copy = path.relative_to(folder).as_posix()
    lesson = lesson_of(path)
    exercises = [name for name in EXERCISES if lesson and name.startswith(f"{lesson}-")]
    if not exercises:
        return [Grade(copy, "", False, "which lesson is this? Its name should have the lesson's two digits.")]
    try:
        read_notebook(path)
    except NotANotebook as error:
        return [Grade(copy, each, False, f"{error}.") for each in exercises]
    found, last = judged(path, lesson, seconds, megabytes)
    told = "; ".join(last.get("errors", [])[:3])
    grades = []
    for each in exercises:
        came = found.get(
            each, {"good": False, "words": "its judge was ended, or took too long.", "how": "not at all"}
        )
        words = str(came["words"])
        if came["how"] == "not at all" and told:
            words = f"{words} Errors: {told}"
        grades.append(
            Grade(copy, each, came["good"] is True, words, str(came.get("learner", "")), str(came["how"]))
        )
    return grades


def judged(path: Path, lesson: str, seconds: float, megabytes: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run and judge one copy: the verdicts by exercise, and what was said at the end."""
    python = [sys.executable, "-I", "-W", "ignore", "-m"]
    answers_out, answers_in = os.pipe()
    questions_out, questions_in = os.pipe()
    with tempfile.TemporaryDirectory(prefix="chansim-grade-", ignore_cleanup_errors=True) as empty:
        options: dict[str, Any] = {"cwd": empty, "env": bare_environment(empty), "start_new_session": True}
        runner = subprocess.Popen(
            [*python, "chansim.course.grading.runner", str(path.resolve()), str(seconds), str(megabytes)],
            stdin=questions_out,
            stdout=answers_in,
            stderr=subprocess.DEVNULL,
            **options,
        )
        judge = subprocess.Popen(
            [*python, "chansim.course.grading.judge", lesson, str(seconds), str(megabytes)],
            stdin=answers_out,
            stdout=questions_in,
            stderr=subprocess.PIPE,
            **options,
        )
        for end in (answers_out, answers_in, questions_out, questions_in):
            os.close(end)
        try:
            _, said = judge.communicate(timeout=seconds + JUDGING)
        except subprocess.TimeoutExpired:
            end_all(judge)
            _, said = judge.communicate()
        finally:
            end_all(runner)
            end_all(judge)
    lines = [json.loads(line) for line in said.decode(errors="replace").splitlines() if line.startswith("{")]
    last = lines[-1] if lines and "ended" in lines[-1] else {}
    return {line["exercise"]: line for line in lines if "exercise" in line}, last


def end_all(process: subprocess.Popen[bytes]) -> None:
    """End a process and whatever it has started in its group, at once."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()
    process.wait()


def bare_environment(home: str) -> dict[str, str]:
    """What Python needs, and nothing of the lecturer's: no tokens, no settings."""
    needed = {"PATH", "SYSTEMROOT", "LANG", "LC_ALL", "LD_LIBRARY_PATH"}
    bare = {name: value for name, value in os.environ.items() if name.upper() in needed}
    quiet = {"MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "CHANSIM_FAST": "1"}
    return {**bare, **quiet, "HOME": home, "USERPROFILE": home, "TMPDIR": home, "MPLCONFIGDIR": home}


def write_table(grades: Sequence[Grade], file: TextIO) -> None:
    """The grades as CSV. Text of a learner's is never what a spreadsheet takes for a formula."""
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    for each in grades:
        row = (
            each.copy,
            each.exercise,
            "yes" if each.good else "no",
            each.feedback,
            each.learner,
            each.judged,
        )
        table.writerow([_harmless(cell) for cell in row])


def _harmless(text: str) -> str:
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def summaries(grades: Sequence[Grade]) -> Iterator[str]:
    """A line for each copy, and below it what is wrong."""
    for copy in dict.fromkeys(each.copy for each in grades):
        mine = [each for each in grades if each.copy == copy]
        yield f"{copy}: {sum(each.good for each in mine)} of {len(mine)} ✓"
        yield from (f"  {each.exercise or '?'}: {each.feedback}" for each in mine if not each.good)
