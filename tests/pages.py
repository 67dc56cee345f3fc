"""Tables in the pages of docs that are not written by hand: tests know the rows, and hold the page to them.

A table stands between `<!-- table: its name -->` and `<!-- end -->`. With pytest's option --rewrite it is
written anew (`python3 tools/dev.py rewrite`); else a row that is not on the page as it should be is an error.
"""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"

COMMAND = "python3 tools/dev.py rewrite"


class Table:
    """The table *name* of a page; *rewrite*: whether what it is told is to be kept, and not compared."""

    def __init__(self, page: str, name: str, rewrite: bool):
        self.page, self.name, self.rewrite = page, name, rewrite
        self.rows: list[str] = []
        begin, end = self.span()
        self.head, *self.known = self.text[begin:end].splitlines()

    def span(self) -> tuple[int, int]:
        """Where on the page it begins and ends."""
        found = re.search(rf"<!-- table: {self.name} -->\n(.*?)<!-- end -->", self.text, re.DOTALL)
        assert found, f"docs/{self.page} has no table {self.name!r}"
        return found.span(1)

    @property
    def text(self) -> str:
        """The whole page."""
        return (DOCS / self.page).read_text(encoding="utf-8")

    def row(self, *cells: str) -> None:
        """This row is on the page, or is to be."""
        line = "| " + " | ".join(cells) + " |"
        self.rows.append(line)
        assert self.rewrite or line in self.known, (
            f"docs/{self.page} does not say\n\n{line}\n\nbut that is what comes out now. "
            f"If it is right, `{COMMAND}` writes it there; read the difference before you keep it."
        )

    def close(self) -> None:
        """All rows have been told: write them."""
        if self.rewrite and self.rows:
            begin, end = self.span()
            table = "\n".join([self.head, "|---" * (self.head.count("|") - 1) + "|", *self.rows, ""])
            (DOCS / self.page).write_text(self.text[:begin] + table + self.text[end:], encoding="utf-8")
