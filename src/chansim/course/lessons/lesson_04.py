"""From view to consumer: the exercises."""

from __future__ import annotations

from typing import Any

EXERCISES: dict[str, Any] = {}
