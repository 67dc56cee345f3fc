"""SessionStore keeps the sessions of a run, as a database did. Session is one of them, as a consumer sees it."""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Iterator, MutableMapping
from itertools import count
from typing import Any


class SessionStore:
    """All sessions of one run, which its workers and views share.

    A session is saved whole: of two workers that change the same one at the
    same time, the later to save wins, as it was with Django's.
    """

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._numbers = count(1)

    def new_key(self) -> str:
        """An unused session key of 32 letters and digits; a run that asks again gets the same ones."""
        with self._lock:
            return hashlib.md5(f"session {next(self._numbers)}".encode(), usedforsecurity=False).hexdigest()

    def load(self, key: str) -> dict[str, Any] | None:
        """A copy of what the session under *key* holds, or None where there is none."""
        with self._lock:
            return copy.deepcopy(self._kept.get(key))

    def create(self, key: str) -> None:
        """Keep an empty session under *key*, unless there is one."""
        with self._lock:
            self._kept.setdefault(key, {})

    def save(self, key: str, content: dict[str, Any]) -> None:
        """Keep a copy of *content* under *key*, in place of what was there."""
        content = copy.deepcopy(content)
        with self._lock:
            self._kept[key] = content

    def delete(self, key: str) -> None:
        """Forget the session under *key*, if there is one."""
        with self._lock:
            self._kept.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)


class Session(MutableMapping[str, Any]):
    """What a consumer remembers of one client, as a dict: a copy, until it is saved.

    Without *key* it is a new one, whose key is found when it is first saved.
    *modified* says whether a key was set or deleted since; a list in it that
    was appended to is not seen, as in Django.
    """

    def __init__(self, store: SessionStore, key: str | None = None):
        self._store = store
        self.session_key = key
        self._content = self.load()
        self.modified = False

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._content[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self._content[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __bool__(self) -> bool:
        """A session is one, also while it holds nothing, as in Django."""
        return True

    def is_empty(self) -> bool:
        """Whether it holds nothing."""
        return not self._content

    def load(self) -> dict[str, Any]:
        """What is kept under its key now, which another worker may have changed; its own content stays."""
        return (self._store.load(self.session_key) if self.session_key else None) or {}

    def save(self) -> None:
        """Keep it, as it is now."""
        self.session_key = self.session_key or self._store.new_key()
        self._store.save(self.session_key, self._content)
        self.modified = False

    def flush(self) -> None:
        """Forget what it holds, and its key."""
        if self.session_key:
            self._store.delete(self.session_key)
        self.session_key, self._content, self.modified = None, {}, True

    def __repr__(self) -> str:
        return f"Session({self.session_key!r}, {self._content!r})"
