"""Grading: a folder of finished copies, to verdicts.

Three processes take part for each copy. The *runner* (``runner.py``) runs the learner's cells, and gives away
answers: numbers, texts, lists, and the right to call a function. The *judge* (``judge.py``) asks it, and holds
the answers against the shipped exercises; no line of the learner's runs there. The *grader* (``grader.py``),
whose memory neither of them sees, starts both, waits, ends both, and writes down what the judge said. What they
say to one another is in ``wire.py``.

So a verdict is never made, nor carried, where the learner's code runs, but for answers that cannot leave it
(a class, a consumer): those are judged beside it, and the table says so.
"""
