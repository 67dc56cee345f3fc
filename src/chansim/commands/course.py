"""The command course: copies for learners, and their grades."""

from __future__ import annotations

import sys
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from chansim.commands.options import Wrong, seconds, whole

ABOUT = """\
For lecturers: write the notebooks' copies for learners, and grade what comes
back. docs/teaching.md says how a course goes.
"""

STUDENT = """\
Write the learner's copies of the notebooks to a folder: without the solutions,
and without outputs, so that a prediction is one. A stub stays where something
is to be written.
"""

GRADE = """\
Grade a folder of finished copies: notebooks in it and below it, one learner's
or many (DIR/ada/01.ipynb). A copy's name must keep the two digits of its lesson.

This runs what learners wrote, on this machine, WITH YOUR RIGHTS. Each copy has
a process, an empty folder, and limits of time and memory of its own (memory
where the system can limit it: not on Windows), and it is judged in another
process by the shipped exercises, whatever the copy did to its own. That guards
against accidents and against made-up ticks, not against malice: such code can
read your files and use your network. For copies that you do not trust, use a
container or an account that has nothing to lose.
"""

EXAMPLE = """\
example:
  python -m chansim course student ~/handout
  python -m chansim course grade ~/handed-in --csv grades.csv

what --csv writes: copy, exercise, good (yes or no), feedback, learner (whose
numbers), judged ("apart" from the learner's code, or "not at all").
"""


def add_course(commands: Any) -> None:
    """``chansim course student DIR`` and ``chansim course grade DIR``."""
    parser = commands.add_parser(
        "course",
        help="copies of the notebooks for learners, and their grades",
        description=ABOUT,
        epilog=EXAMPLE,
    )
    inner = parser.add_subparsers(metavar="WHAT", required=True, title="what")
    student = inner.add_parser("student", help="write the learners' copies", description=STUDENT)
    student.set_defaults(run=run_student, parser=student)
    student.add_argument("folder", metavar="DIR", type=Path, help="where to; made if need be")
    student.add_argument(
        "names", metavar="NN", nargs="*", default=[], help="only these lessons, such as 01 07"
    )
    student.add_argument(
        "--from", dest="source", metavar="DIR", type=Path, help="the folder of the shipped notebooks"
    )
    student.add_argument("--results", action="store_true", help="keep the outputs that answer no exercise")
    grade = inner.add_parser("grade", help="grade finished copies", description=GRADE, epilog=EXAMPLE)
    grade.set_defaults(run=run_grade, parser=grade)
    grade.add_argument("folder", metavar="DIR", type=Path, help="where the copies are")
    grade.add_argument("--csv", metavar="FILE", type=Path, help="write the grades there too")
    grade.add_argument(
        "--seconds", metavar="S", type=seconds, default=120.0, help="for one copy (default 120)"
    )
    grade.add_argument(
        "--memory", metavar="MB", type=whole(256, 1_000_000), default=2048, help="for one copy (default 2048)"
    )
    grade.add_argument(
        "--jobs", metavar="N", type=whole(1, 64), default=1, help="copies at a time (default 1)"
    )


def run_student(options: Namespace) -> None:
    """Write the copies."""
    from chansim.course.copies import SHIPPED, copy_course

    source = options.source or SHIPPED
    if not list(source.glob("*.ipynb")):
        raise Wrong(f"there are no notebooks in {str(source)!r}; say where they are with --from")
    try:
        made = copy_course(source, options.folder, options.names, options.results)
    except OSError as error:
        if not error.strerror:
            raise Wrong(str(error)) from None  # it says itself what is there already
        place = str(error.filename)
        if isinstance(error, FileExistsError):
            raise Wrong(f"{place!r} is no folder; give a new one, or one of learners' copies") from None
        raise Wrong(f"{place!r} cannot be read or written: {error.strerror or error}") from None
    if not made:
        raise Wrong(f"no notebook begins with {', '.join(options.names)}")
    for path in made:
        print(path)


def run_grade(options: Namespace) -> None:
    """Grade the copies, print what came of each, and write the table."""
    from chansim.course.grading.grader import copies_in, grade, summaries, write_table

    folder = options.folder
    copies = copies_in(folder) if folder.is_dir() else []
    if not copies:
        raise Wrong(f"there are no notebooks in {str(folder)!r}")
    if options.csv is not None:
        try:
            options.csv.open("a").close()
        except OSError as error:
            raise Wrong(f"--csv {str(options.csv)!r} cannot be written: {error.strerror}") from None
    print("This runs the learners' code with your rights; see --help.", file=sys.stderr)
    grades = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for found in pool.map(lambda copy: grade(copy, folder, options.seconds, options.memory), copies):
            print("\n".join(summaries(found)), flush=True)
            grades += found
    if options.csv is not None:
        with options.csv.open("w", encoding="utf-8", newline="") as file:
            write_table(grades, file)
