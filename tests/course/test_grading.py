"""Grading: what is right is found right, and a copy that misbehaves fails alone, in words."""

import contextlib
import csv
import io
import json
import os
import time
from pathlib import Path

import pytest

from chansim.cli import main
from chansim.course.grading import wire
from chansim.course.grading.grader import Grade, copies_in, grade, lesson_of, summaries, write_table

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = "from chansim.course import check, learner\nfrom chansim import deployments, simulate, execute"
RIGHT = [
    IMPORTS,
    "def W(lam, S):\n    return 1 / (1 / S - lam) if lam * S < 1 else float('inf')\ncheck('01-sojourn', W)",
    "check('01-little', 0.98)",
    "check('01-workers', 7)",
]
MEGABYTES = 1024


def notebook(*cells):
    code = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def graded(tmp_path):
    """The grades, by exercise, of a copy with these cells."""

    def graded(*cells, lesson="01", seconds=60.0):
        path = tmp_path / f"{lesson}_copy.ipynb"
        path.write_text(notebook(*cells))
        return {each.exercise: each for each in grade(path, tmp_path, seconds, MEGABYTES)}

    return graded


def test_what_is_right_is_found_right_apart_from_the_learners_code(graded):
    found = graded(*RIGHT)
    assert {name: each.good for name, each in found.items()} == dict.fromkeys(found, True)
    assert list(found) == ["01-sojourn", "01-little", "01-workers"]
    assert {each.judged for each in found.values()} == {"apart"}
    assert found["01-workers"].feedback.startswith("the least c: 7 workers.")


def test_what_is_wrong_gets_its_hint_and_what_is_missing_is_named(graded):
    found = graded(IMPORTS, "check('01-sojourn', lambda lam, S: S)", "check('01-little', None)", "check(7)")
    assert found["01-sojourn"].feedback == "That is the service alone. A request also waits for others."
    assert "a number is asked for, and this is None" in found["01-little"].feedback
    assert 'the copy must call check("01-workers", …)' in found["01-workers"].feedback
    assert not any(each.good for each in found.values())


def test_the_last_answer_counts_and_an_error_costs_only_its_cell(graded):
    found = graded(
        IMPORTS, "check('01-workers', 3)", "1 / 0", "import no_such_module", "check('01-workers', 7)"
    )
    assert found["01-workers"].good
    assert "Errors: cell 3: ZeroDivisionError: division by zero; cell 4" in found["01-little"].feedback


def test_what_a_function_raises_is_a_hint(graded):
    found = graded(IMPORTS, "check('01-sojourn', lambda lam, S: lam / 0)")
    assert "raised ZeroDivisionError" in found["01-sojourn"].feedback


@pytest.mark.parametrize(
    "value",
    [None, True, 7, 1.5, float("inf"), "x", b"\xff", [1, (2, {3}), {"a": [None], 4: frozenset({5})}], 10**60],
)
def test_data_crosses_as_what_it_was(value):
    crossed = wire.unpacked(json.loads(json.dumps(wire.packed(value))))
    assert crossed == value
    assert type(crossed) is type(value)


def test_what_is_no_data_does_not_cross():
    class Number(int): ...

    for value in (object(), Number(7), print, bytearray(b"x"), 1j):
        with pytest.raises(wire.NotData):
            wire.packed(value)
    for told in (
        {"eval": "1"},
        {"list": 7},
        {"bytes": "?"},
        {"reference": {"lent": 0}},
        {"dict": [1]},
        {},
        {"a": [], "b": []},
    ):
        with pytest.raises(wire.NotData):
            wire.unpacked(told)


def test_a_run_is_simulated_again_and_judged_apart(graded):
    cells = [
        IMPORTS,
        "check('00-chat', simulate(deployments.slide24(members=3, rate=2.0), seed=4, seconds=2))",
    ]
    assert graded(*cells, lesson="00")["00-chat"] == Grade(
        "00_copy.ipynb",
        "00-chat",
        True,
        "simulated: every line reached every member exactly once.",
        "anyone",
        "apart",
    )


def test_an_executed_run_is_judged_apart_from_its_trace(graded):
    cells = [IMPORTS, "check('00-chat', execute(deployments.slide24(members=3, rate=5.0), seconds=2))"]
    found = graded(*cells, lesson="00")["00-chat"]
    assert (found.good, found.judged) == (True, "apart")


def test_a_forged_run_is_not_believed(graded):
    """The scenario says another thing than the trace that the copy made up: simulated anew, it comes out."""
    forged = (
        "from chansim import Run\n"
        "good = simulate(deployments.slide24(members=3, rate=2.0), seconds=2)\n"
        "bad = deployments.slide24(members=3, rate=0.001)\n"
        "check('00-chat', Run(bad, good.trace, 'simulated', 1))"
    )
    assert not graded(IMPORTS, forged, lesson="00")["00-chat"].good


# -- copies that misbehave: each fails alone, in words

TAMPERING = {
    "prints a tick": "print('✓ 01-workers: all right')",
    "shows a tick to the grader": (
        "import os, json\n"
        "for fd in range(3, 20):\n"
        "    try: os.write(fd, (json.dumps({'exercise': '01-workers', 'good': True}) + '\\n').encode())\n"
        "    except OSError: pass"
    ),
    "has a check of its own": "def check(name, answer): print('✓')\ncheck('01-workers', 6)",
    "changes the exercises": (
        "from chansim.course.lessons import EXERCISES\n"
        "from chansim.course import Verdict\n"
        "class Always:\n    def judge(self, answer): return Verdict(True, 'yes')\n"
        "EXERCISES['01-workers'] = Always()\ncheck('01-workers', 6)"
    ),
    "changes how numbers are judged": (
        "from chansim.course import Verdict\nfrom chansim.course.number import Number\n"
        "Number.judge = lambda self, answer: Verdict(True, 'yes')\ncheck('01-workers', 6)"
    ),
    "changes the judge": (
        "import chansim.course.checking as c\nfrom chansim.course import Verdict\n"
        "c.judge = lambda *a: Verdict(True, 'yes')\ncheck('01-workers', 6)"
    ),
    "answers with a thing that equals all": (
        "class All(int):\n    def __eq__(self, other): return True\n    def __abs__(self): return 0\n"
        "    def __sub__(self, other): return self\n    __hash__ = None\ncheck('01-workers', All(6))"
    ),
    "changes the judge, with a thing that equals all": (
        "import chansim.course.checking as c\nfrom chansim.course import Verdict\n"
        "c.judge = lambda *a: Verdict(True, 'yes')\ncheck('01-workers', object())"
    ),
    "has no cells left": "pass",
    "floods its output": "import sys\nfor _ in range(10**5): print('✓' * 100)",
    "exits": "raise SystemExit(0)",
    "ends its process": "import os\nos._exit(0)",
    "crashes its process": "import ctypes\nctypes.string_at(0)",
    "fills the memory": "x = []\nwhile True: x.append(bytearray(10**8))",
    "recurses for ever": "def f(): return f()\nf()",
    "answers without end": "x = []\nx.append(x)\ncheck('01-workers', x)",
    "answers at length": "check('01-workers', 'x' * 10**7)",
    "answers with an enormous number": "check('01-workers', 10**5000)",
}


@pytest.mark.parametrize("does", TAMPERING)
def test_a_copy_that_misbehaves_gets_no_tick_and_a_sentence(does, graded):
    found = graded(IMPORTS, TAMPERING[does])
    assert not any(each.good for each in found.values()), found
    assert all(len(each.feedback) > 10 and each.feedback.count("\n") == 0 for each in found.values())


def test_whoever_tampers_and_is_right_all_the_same_has_a_tick(graded):
    assert graded(IMPORTS, TAMPERING["changes the judge"], "check('01-workers', 7)")["01-workers"].good


HANGS = {
    "a loop": "import time\nwhile True: time.sleep(0.01)",
    "a loop that takes no signal": "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nwhile True: time.sleep(1)",
    "a child that stays": (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'])\ntime.sleep(3600)"
    ),
}


@pytest.mark.parametrize("does", HANGS)
def test_a_copy_that_hangs_is_stopped_and_what_it_answered_before_counts(does, graded):
    found = graded(IMPORTS, "check('01-workers', 7)\ncheck('01-sojourn', max)", HANGS[does], seconds=12.0)
    assert found["01-workers"].good
    assert "stopped after 12 s, in cell 3" in found["01-sojourn"].feedback
    assert "stopped after 12 s, in cell 3" in found["01-little"].feedback


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_nothing_of_it_runs_on(graded):
    mark = f"chansim-left-behind-{os.getpid()}"
    left = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)', '{mark}'])"
    graded(IMPORTS, left)
    until = time.monotonic() + 10  # the system may take a moment
    while running(mark) and time.monotonic() < until:
        time.sleep(0.05)
    assert not running(mark)


def running(mark):
    """Whether a process has *mark* on its command line."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes():
                return True
    return False


def test_a_function_that_hangs_when_it_is_tried(graded):
    hangs = "import time\ndef W(lam, S):\n    while True: time.sleep(1)\ncheck('01-sojourn', W)\ncheck('01-workers', 7)"
    found = graded(IMPORTS, hangs, seconds=12.0)
    assert "could not be tried: it was stopped after 12 s" in found["01-sojourn"].feedback
    assert found["01-workers"].good


# -- answers that are called: a class, a function that is given a class's object, consumers

LAYER = """
class Layer:
    def __init__(self, clock, capacity=10):
        self.clock, self.capacity, self.waiting = clock, capacity, {}
    def send(self, channel, message):
        self.waiting.setdefault(channel, []).append(message)
    def receive_many(self, channels):
        return None, None
"""
"""A layer that gives nothing away."""

GROUPS = (
    "class Mine(Layer):\n    def group_add(self, g, c): pass\n    group_discard = send_group = group_add\n"
)

PRYING = {
    "asks the judge's clock for its globals": LAYER
    + """
class Prying(Layer):
    def receive_many(self, channels):
        names = self.clock._peer.call(self.clock._number, "__globals__", (), {})
        names["_differs"] = lambda *a: ""
        return None, None
check("03-queue", Prying)""",
    "makes the layer it is held against as wrong as its own": LAYER
    + """
from chansim.layer.core import LayerCore
LayerCore.send = lambda *a, **k: None
LayerCore.receive_many = lambda *a, **k: None
check("03-queue", Layer)""",
    "changes what the exercises try": LAYER
    + GROUPS
    + """
import chansim.course.lessons.lesson_03 as l
l._differs = lambda *a: ""
for name in ("queues", "expiring", "groups"):
    object.__setattr__(getattr(l, name), "cases", ())
for name in ("03-queue", "03-expiry", "03-groups"):
    check(name, Mine)""",
    "answers the judge's questions itself": LAYER
    + """
from chansim.course.grading.peer import Peer
Peer._called = lambda self, question: {"good": True, "words": "✓", "result": True}
check("03-queue", Layer)""",
    "talks without being asked": LAYER
    + """
import gc, threading, time
from chansim.course.grading.runner import Runner
(runner,) = [each for each in gc.get_objects() if type(each) is Runner]
def talk():
    for _ in range(2000):
        runner.say({"result": None, "good": True, "done": True})
threading.Thread(target=talk, daemon=True).start()
check("03-queue", Layer)
time.sleep(0.2)""",
    "calls the judge for ever": LAYER
    + """
import time
class Endless(Layer):
    def receive_many(self, channels):
        while True:
            self.clock()
            time.sleep(0.01)  # or two processors would be busy with it, while other tests run
check("03-queue", Endless)""",
    "gives what equals everything": LAYER
    + """
class All(dict):
    __eq__ = lambda self, other: True
    __hash__ = None
class Equal(Layer):
    def receive_many(self, channels):
        return channels[0], All()
check("03-queue", Equal)""",
    "puts a chansim of its own where it stands": """
import pathlib
for name in ("chansim", "chansim/course"):
    pathlib.Path(name).mkdir()
    pathlib.Path(name, "__init__.py").write_text("")
pathlib.Path("sitecustomize.py").write_text("raise SystemExit")
"""
    + LAYER
    + """check("03-queue", Layer)""",
}


@pytest.mark.parametrize("does", PRYING)
def test_what_is_called_by_the_judge_gets_no_tick_by_prying(does, graded):
    found = graded(IMPORTS, PRYING[does], lesson="03", seconds=15.0)
    assert not any(each.good for each in found.values()), found
    assert all(len(each.feedback) > 10 and each.feedback.count("\n") == 0 for each in found.values())


def test_a_consumer_cannot_reach_into_the_run_it_is_tried_in(graded):
    """It has the four calls of a layer, as in 2016, and no way to what is behind them."""
    cell = """
from chansim.channels import Group
def connect(message): Group("chat").add(message.reply_channel)
def receive(message):
    message.channel_layer.flush()
    Group("chat").send({"text": message["text"]})
def disconnect(message): Group("chat").discard(message.reply_channel)
check("05-chat", (connect, receive, disconnect))"""
    found = graded(IMPORTS, cell, lesson="05")["05-chat"]
    assert not found.good
    assert "has no attribute 'flush'" in found.feedback


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the judge in /proc")
def test_whoever_ends_the_judge_has_no_verdict(graded):
    ends = """
import os, pathlib, signal
for path in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        words = (path / "cmdline").read_bytes().split(b"\\0")
        home = os.readlink(path / "cwd")
    except OSError:
        continue
    if b"chansim.course.grading.judge" in words and home == os.getcwd():
        os.kill(int(path.name), signal.SIGKILL)
"""
    found = graded(IMPORTS, ends, "check('01-workers', 7)")["01-workers"]
    assert (found.good, found.judged) == (False, "not at all")
    assert found.feedback == "its judge was ended, or took too long."


GOOD_DESIGN = "Design(machines=3, anything=5, sweep=20.0, heartbeat=5.0)"
CHEATING = {
    "a budget of its own": (
        "Design.processes = property(lambda self: 1)\nmine = Design(machines=20, anything=10)",
        "220 processes, over the budget of 24",
    ),
    "a class that costs nothing": (
        "class Free(Design):\n    processes = 1\nmine = Free(machines=20, anything=10)",
        "a Design(...) is asked for, and this is an object of type Free",
    ),
    "fewer than no workers": (
        f"mine = {GOOD_DESIGN}\nobject.__setattr__(mine, 'chat', -5)",
        "its answer cannot be read: design: chat=-5",
    ),
    "workloads without people": (
        "c.WORKLOADS = ()\nc.MEMBERS = 1\nc.tried = lambda *a: 1 / 0\nmine = Design(machines=2, anything=3)",
        "How many workers serve pages",
    ),
    "everybody thrown out, so that nobody is a ghost": (
        "mine = Design(machines=3, anything=5, sweep=1.0)",
        "of the living are in no room",
    ),
}


@pytest.mark.parametrize("with_", CHEATING)
def test_a_design_is_built_and_tried_anew_by_the_judge(with_, graded):
    cell, feedback = CHEATING[with_]
    start = "import chansim.course.capstone as c\nfrom chansim.course.capstone import Design"
    found = graded(IMPORTS, start, cell, "check('12-design', mine)", lesson="12")["12-design"]
    assert (found.good, found.judged) == (False, "apart")
    assert feedback in found.feedback


def test_a_good_design_is_found_good_apart(graded):
    cell = f"from chansim.course.capstone import Design\ncheck('12-design', {GOOD_DESIGN})"
    found = graded(IMPORTS, cell, lesson="12")["12-design"]
    assert (found.good, found.judged) == (True, "apart")


def test_a_run_of_functions_of_ones_own_cannot_be_simulated_again(graded):
    cell = (
        "def mine(environ, start): return []\n"
        "check('00-chat', simulate(deployments.slide16(wsgi=mine), seed=1, seconds=1))"
    )
    found = graded(IMPORTS, cell, lesson="00")["00-chat"]
    assert not found.good
    assert "cannot be read: a run of a deployment that cannot be told in words" in found.feedback


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"cells": 7}', b"\xff\xfe", b"[" * 10**6, b'{"cells": [1]}']
)
def test_what_is_no_notebook_is_told(content, tmp_path):
    path = tmp_path / "01.ipynb"
    path.write_bytes(content)
    assert {
        each.feedback.startswith("it is no notebook") for each in grade(path, tmp_path, 5, MEGABYTES)
    } == {True}


def test_a_copy_sees_nothing_of_the_lecturers_environment(graded, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "7")
    cell = "import os\ncheck('01-workers', int(os.environ.get('SECRET_TOKEN', 3)))"
    assert not graded(IMPORTS, cell)["01-workers"].good


# -- the folder and the table


def test_a_lesson_is_known_by_its_name_or_by_what_the_copy_says(tmp_path):
    assert lesson_of(Path("01_one_request.ipynb")) == "01"
    assert lesson_of(Path("ada-01.ipynb")) == "01"
    assert lesson_of(Path("ada-2026.ipynb")) == ""
    path = tmp_path / "mine.ipynb"
    path.write_text(
        json.dumps({"cells": [], "metadata": {"chansim": {"lesson": "01_one_request_one_worker"}}})
    )
    assert lesson_of(path) == "01"
    (unknown,) = grade(_written(tmp_path / "other.ipynb", notebook()), tmp_path, 5, MEGABYTES)
    assert "which lesson is this?" in unknown.feedback


def _written(path, text):
    path.write_text(text)
    return path


def test_the_folder_is_searched_and_what_editors_keep_is_not(tmp_path):
    for name in ("ada/01.ipynb", "grace/.ipynb_checkpoints/01.ipynb", "notes.txt", "grace/00.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert [path.relative_to(tmp_path).as_posix() for path in copies_in(tmp_path)] == [
        "ada/01.ipynb",
        "grace/00.ipynb",
    ]


def test_the_table_runs_no_formula_of_a_learners():
    out = io.StringIO()
    write_table([Grade("=1+1.ipynb", "01-little", False, "=HYPERLINK(1)\nnext", "@ada", "apart")], out)
    header, row = csv.reader(io.StringIO(out.getvalue()))
    assert header == ["copy", "exercise", "good", "feedback", "learner", "judged"]
    assert row == ["'=1+1.ipynb", "01-little", "no", "'=HYPERLINK(1) next", "'@ada", "apart"]


def test_a_summary_counts_and_says_what_is_wrong():
    grades = [
        Grade("a", "01-x", True, "so"),
        Grade("a", "01-y", False, "too low."),
        Grade("b", "", False, "which?"),
    ]
    assert list(summaries(grades)) == ["a: 1 of 2 ✓", "  01-y: too low.", "b: 0 of 1 ✓", "  ?: which?"]


def test_the_command_grades_many_and_one_bad_copy_spoils_no_other(tmp_path, capsys):
    for learner, cells in {"ada": RIGHT, "eve": [IMPORTS, TAMPERING["ends its process"]]}.items():
        (tmp_path / learner).mkdir()
        (tmp_path / learner / "01.ipynb").write_text(notebook(*cells))
    table = tmp_path / "grades.csv"
    assert (
        main(["course", "grade", str(tmp_path), "--csv", str(table), "--seconds", "60", "--jobs", "2"]) == 0
    )
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [(row["copy"], row["good"]) for row in rows] == [("ada/01.ipynb", "yes")] * 3 + [
        ("eve/01.ipynb", "no")
    ] * 3
    assert "ada/01.ipynb: 3 of 3 ✓" in capsys.readouterr().out


@pytest.mark.parametrize(("folder", "hint"), [("nowhere", "no notebooks in"), (".", "no notebooks in")])
def test_a_folder_without_copies_is_told(folder, hint, tmp_path, capsys):
    assert main(["course", "grade", str(tmp_path / folder)]) == 2
    assert hint in capsys.readouterr().err


def test_help_says_whose_rights_the_learners_code_has(capsys):
    assert main(["course", "grade", "--help"]) == 0
    assert "WITH YOUR RIGHTS" in capsys.readouterr().out
