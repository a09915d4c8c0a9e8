"""What a session has computed: the values used last, by key, so that a rerun of a page repeats nothing."""

from collections.abc import Callable, Hashable, ValuesView
from typing import Any, TypeVar

import streamlit as st

_Value = TypeVar("_Value")


class Cache:
    """At most `most` values, each under its key; the one used longest ago is dropped first. None is no value.

    Keys hold the objects that a value depends on, models among them: two folders may have the same name.
    """

    def __init__(self, most: int = 1):
        self._most = most
        self._values: dict[Hashable, Any] = {}  # the one used last is last

    def find(self, key: Hashable) -> Any:
        """The value, or None."""
        if key in self._values:
            self._values[key] = self._values.pop(key)
        return self._values.get(key)

    def put(self, key: Hashable, value: object) -> None:
        """Keep a value in place of an older one."""
        self._values.pop(key, None)
        if value is None:
            return
        while len(self._values) >= self._most:
            self._values.pop(next(iter(self._values)))
        self._values[key] = value

    def get(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        """The value, made where there is none."""
        value: _Value | None = self.find(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def last_used(self) -> tuple[Any, Any]:
        """The newest key and its value; twice None where there is nothing."""
        return next(reversed(self._values.items()), (None, None))

    def values(self) -> ValuesView[Any]:
        """All values, the one used last at the end."""
        return self._values.values()

    def clear(self) -> None:
        """Drop everything."""
        self._values.clear()


def session_cache(name: str, most: int = 1) -> Cache:
    """The session's cache of that name, which is its key in the session too."""
    if name not in st.session_state:
        st.session_state[name] = Cache(most)
    cache: Cache = st.session_state[name]
    return cache
