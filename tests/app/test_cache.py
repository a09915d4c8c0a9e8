"""Caches keep what was used most recently, and only that."""

from concurrent.futures import ThreadPoolExecutor

from ltp_viz.ui.shell.cache import Cache, SharedCache


def test_a_value_is_made_once_per_key() -> None:
    cache, made = Cache(), []

    def make() -> str:
        made.append(len(made))
        return f"value {len(made)}"

    assert [cache.get(key, make) for key in ("a", "a", "b", "a")] == [
        "value 1",
        "value 1",
        "value 2",
        "value 3",
    ]
    assert cache.last_used() == ("a", "value 3")


def test_the_value_used_longest_ago_is_dropped_first() -> None:
    cache = Cache(most=2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.find("a") == 1  # used after b
    cache.put("c", 3)
    assert (cache.find("a"), cache.find("b"), cache.find("c")) == (1, None, 3)
    cache.put("a", 4)  # in its own place
    assert list(cache.values()) == [3, 4]


def test_none_is_not_kept() -> None:
    cache = Cache()
    cache.put("a", 1)
    cache.put("a", None)
    assert cache.find("a") is None and cache.last_used() == (None, None)
    assert cache.get("a", lambda: None) is None and not cache.values()


def test_a_cleared_cache_is_empty() -> None:
    cache = Cache()
    cache.put("a", 1)
    cache.clear()
    assert cache.find("a") is None


def test_values_of_all_sessions_are_kept_by_key_and_not_without_limit() -> None:
    timings, one = SharedCache(most=2), object()
    for key in "abc":
        timings.put(key, one)
    assert timings.find("a") is None and timings.find("b") is timings.find("c") is one


def test_threads_share_a_cache() -> None:
    cache = SharedCache(most=3)

    def use(number: int) -> bool:
        cache.put(number % 7, number % 7)
        return cache.find(number % 7) in (number % 7, None)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(use, range(4000)))
