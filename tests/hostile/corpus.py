"""Hostile inputs by name. Large ones are made, not stored."""

import base64
import itertools
import json
import zlib
from typing import Any

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"

TEXTS: dict[str, str] = {
    "nothing": "",
    "only spaces": " \t\n\u3000",
    "null character": "a warm\0 film",
    "only null characters": "\0\0",
    "lone surrogates": "a \ud800 warm \udfff film \udc00",
    "surrogate pair in two parts": "warm \ud83d\ude00 film",
    "bidirectional overrides": "\u202eevil\u202c \u2066warm\u2069 \u200f film",
    "zalgo": "w" + "\u0300\u0301\u0489" * 400 + "arm",
    "only combining marks": "\u0301" * 9,
    "joined emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 40,
    "invisible": " \u200b\ufeff\u2060 ",
    "control characters": "".join(map(chr, range(32))) + "\x7f\x85 warm",
    "line separators": "a\u2028b\u2029c\r\nd\re",
    "non-characters": "\ufffe\uffff\U0010ffff warm",
    "script": SCRIPT,
    "comment and CDATA": "<!-- <![CDATA[ ]]> --> <!--<script>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "templates": "{{7*7}} ${7*7} $data $$ {%for%} <%= 7 %> #{7} %s %(x)s {0} \\u003c",
    "markdown": "[x](javascript:alert(1)) ![x](http://x.example) $\\frac{1}{2}$ :material/home: **b**",
    "SQL": "'; DROP TABLE results; --",
    "formulas": "=1+1 +1 -1 @SUM(A1) \t=cmd|' /C calc'!A0",
    "full-width formulas": "＝1+1 ＋1 －1 ＠SUM(A1)",
    "formula and line breaks": '"\n=HYPERLINK("http://x.example")\r@x',
    "special tokens": "[CLS] [SEP] [MASK] [PAD] [UNK] <s> </s>",
    "one long word": "a" * 1_000_000,
    "a million characters": "warm funny film, " * 60_000,
    "many unknown signs": "漢" * 100_000,
    "only punctuation": "!?.," * 2_000,
    "path": "../../../etc/passwd\0.json",
}


def packed(content: bytes) -> str:
    """As a link packs a long text, whatever the content."""
    return "~" + base64.urlsafe_b64encode(content).decode().rstrip("=")


def _sent(text: str) -> str:
    """As an address can hold it: lone surrogates arrive replaced."""
    return text.encode("utf-8", "replace").decode()


def _many(name: str, value: str, count: int) -> dict[str, str]:
    return {f"{name}{number}": value for number in range(count)}


# Parameters of Explore's address.
LINKS: dict[str, dict[str, str]] = {
    "bad base64": {"text": "~not base64!"},
    "cut base64": {"text": packed(zlib.compress(b"warm film" * 50))[:20]},
    "not packed": {"text": packed(b"warm film")},
    "not UTF-8": {"text": packed(zlib.compress(b"\xff\xfe"))},
    "surrogates in UTF-8": {"text": packed(zlib.compress(b"\xed\xa0\x80"))},
    "unpacks into 50 MB": {"text": packed(zlib.compress(bytes(50_000_000), level=9))},
    "packed twice": {"text": packed(zlib.compress(zlib.compress(b"warm film")))},
    "of an older kind": {"text": "A warm film.", "v": "0", "threshold": "0.5"},
    "of a newer kind": {"text": "@9:A warm film.", "v": "99"},
    "plain and huge": {"text": "." + "a" * 2_000_001},
    "only the second text": {"pair": ".Warm."},
    "wrong types": {"text": ".Warm film.", "scale": "[]", "layers": "null", "keep": "{}", "drop": "true"},
    "numbers that are none": {"text": ".Warm film.", "scale": "nan", "layers": "inf_inf", "keep": "-1"},
    "huge numbers": {"text": ".Warm film.", "scale": "9" * 5000, "keep": "9" * 400, "drop": "1e999"},
    "numbers of other scripts": {"text": ".Warm film.", "scale": "１．５", "keep": "٣", "layers": "²"},
    "positions beyond": {"text": ".Warm film.", "keep": "99", "drop": "0"},
    "very many positions": {"text": ".Warm film.", "keep": "_".join(["1"] * 50_000)},
    "both ways": {"text": ".Warm film.", "keep": "1_2", "drop": "1_2"},
    "unknown model": {"model": "../../../etc", "text": ".Warm film."},
    "model with a null character": {"model": "a\0b", "text": ".Warm film."},
    "model as markup": {"model": SCRIPT, "text": "." + SCRIPT},
    "model with a very long name": {"model": "a/" + "b" * 9_000},
    "unknown example": {"example": SCRIPT},
    "many parameters": _many("x", "y", 500) | {"text": ".Warm film."},
    **{f"text: {name}": {"text": "." + _sent(text)} for name, text in TEXTS.items() if len(text) < 10_000},
}

_NUMBERS = ("-1", "0", "9" * 400, "9" * 5000, "1e999", "nan", "²", "٣")
_ODD = ("", *_NUMBERS, "[]", "\0", SCRIPT, "a" * 300, "a" * 5000)


def _each(*names: str) -> dict[str, dict[str, str]]:
    """Every odd value under all of the names at once."""
    return {f"{number}: {word[:12]!r}": dict.fromkeys(names, word) for number, word in enumerate(_ODD)}


_DEEP = "[" * 100_000
_SLICES: tuple[Any, ...] = (
    {"pattern": "(" * 900},
    {"pattern": "(a+)+$"},
    {"pattern": "\ud800"},
    {"lengths": [0, 2**31 - 1]},
    {"lengths": [2**31 - 1, 2**31 - 1]},
    {"confidence": [0.2, 7]},
    {"confidence": [3, 7]},
    {"gold": 2**31 - 1, "dense": 1, "pruned": 0},
    {"outcome": "won", "extras": [["kind", SCRIPT]]},
    {"extras": [["kind", "x"]] * 3},
    {"extras": {"kind": "x"}},
    {"unknown": 1, "pattern": None},
)
# Parameters of the other pages' addresses.
PAGE_LINKS: dict[str, dict[str, dict[str, str]]] = {
    "Compare": _each("rules", "shares", "layer", "equal", "model1", "text1", "text", "pair")
    | {
        "rules that are none": {"rules": "evil,learned,,learned", "shares": ",,-5,1000"},
        "many rules": {"rules": ",".join(["learned", "tome"] * 500), "shares": ",".join(["50"] * 1000)},
        "huge texts": {"text1": packed(zlib.compress(bytes(50_000_000), level=9)), "text2": ".a"},
    },
    "Dataset": _each("run", "at", "slice", "view"),
    "Learn": _each("step", "text", "at", "layer", "head", "form")
    | {
        f"step {step}": {"step": step, "at": "99999", "layer": "0", "head": "99999", "form": "evil"}
        for step in ("1", "5", "7", "all")
    },
    "Benchmark": _each("bench", "lengths", "batches", "dtypes", "scale", "budget")
    | {"many": {"lengths": ",".join(["8"] * 2000), "batches": "1,1,1", "scale": "1e-400", "budget": "-0"}},
    "Glossary": _each("term"),
}
# Parameters beside the id of an existing run.
RUN_LINKS: dict[str, dict[str, str]] = {
    **_each("at", "slice", "view"),
    **{f"slice {number}": {"slice": json.dumps(values)} for number, values in enumerate(_SLICES)},
    "deep": {"slice": _DEEP},
    "deep in a value": {"slice": '{"extras":' + _DEEP},
}

_NESTED = list(itertools.accumulate(range(200), lambda inner, _: [inner], initial=[]))[-1]
# What the browser's component may send instead of settings.
MESSAGES: dict[str, Any] = {
    "number": 7,
    "list": [1, 2],
    "deep": _NESTED,
    "nothing in it": {"number": 1},
    "all null": dict.fromkeys(("number", "stage", "scale", "layer_scales", "keep", "drop", "preset")),
    "NaN": {"number": 1, "scale": float("nan"), "layer_scales": [float("nan")] * 6},
    "infinite": {"number": 1, "scale": float("inf"), "layer_scales": [float("-inf")] * 6},
    "beyond": {"number": 1, "scale": 1e308, "keep": [10**400], "drop": [-1]},
    "fractions": {"number": 1.5, "keep": [1.5], "drop": ["1"]},
    "truth values": {"number": True, "scale": True, "keep": [True], "layer_scales": [False] * 6},
    "very many": {"number": 1, "keep": [1] * 100_000, "layer_scales": [1] * 100_000},
    "objects": {"number": {}, "scale": {}, "layer_scales": {}, "keep": {"0": 1}, "drop": [[]]},
    "texts": {"number": "1", "scale": "1", "layer_scales": "111111", "keep": "12"},
}
