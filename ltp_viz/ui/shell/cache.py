"""Caches of computed values, of one session or of all, so that no work is repeated."""

from collections.abc import Callable, Hashable, ValuesView
from threading import Lock
from typing import Any, TypeVar

import streamlit as st

_Value = TypeVar("_Value")


class Cache:
    """At most `most` values by key; the least recently used is dropped first. None is not a value.

    Keys contain the objects that a value depends on, such as models, as two folders may have the same name.
    """

    def __init__(self, most: int = 1):
        self._most = most
        self._values: dict[Hashable, Any] = {}  # the most recently used is last

    def find(self, key: Hashable) -> Any:
        """The value, or None."""
        if key in self._values:
            self._values[key] = self._values.pop(key)
        return self._values.get(key)

    def put(self, key: Hashable, value: object) -> None:
        """Store a value, replacing an older one."""
        self._values.pop(key, None)
        if value is None:
            return
        while len(self._values) >= self._most:
            self._values.pop(next(iter(self._values)))
        self._values[key] = value

    def get(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        """The value; computed by `make` if it is missing."""
        value: _Value | None = self.find(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def last_used(self) -> tuple[Any, Any]:
        """The most recently used key and value; None and None if the cache is empty."""
        return next(reversed(self._values.items()), (None, None))

    def values(self) -> ValuesView[Any]:
        """All values, the most recently used last."""
        return self._values.values()

    def clear(self) -> None:
        """Drop everything."""
        self._values.clear()


class SharedCache:
    """A cache that many threads use, such as those of all sessions."""

    def __init__(self, most: int):
        self._cache, self._lock = Cache(most), Lock()

    def find(self, key: Hashable) -> Any:
        """The value, or None."""
        with self._lock:
            return self._cache.find(key)

    def put(self, key: Hashable, value: object) -> None:
        """Store a value, replacing an older one."""
        with self._lock:
            self._cache.put(key, value)


def session_cache(name: str, most: int = 1) -> Cache:
    """The session's cache of that name, which is also its session key."""
    if name not in st.session_state:
        st.session_state[name] = Cache(most)
    cache: Cache = st.session_state[name]
    return cache
