"""Verdict: what came of a check, in one line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """*good*: whether the answer stands. *words*: one sentence that says why, or one hint."""

    good: bool
    words: str

    def __str__(self) -> str:
        return f"{'✓' if self.good else '→'} {self.words}"

    __repr__ = __str__
