"""Draw the README's picture again: docs/picture.svg.

    .venv/bin/python tools/picture.py

What may live here: what that one picture shows.
"""

from pathlib import Path

from chansim.bench import lab_picture

PLACE = Path(__file__).resolve().parent.parent / "docs" / "picture.svg"


def picture() -> str:
    """Slide 16 with four workers, as SVG."""
    return lab_picture("slide16", workers=4).svg + "\n"


if __name__ == "__main__":
    PLACE.write_text(picture(), encoding="utf-8")
