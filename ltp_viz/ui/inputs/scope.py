"""Whether a text is far from what a model learned, so that its answer means little.

Decided by the text and its pieces, without a run: characters that the tokenizer does not know or has only one
by one; and for the bundled models, which learned English prose, code and words of another language. English
prose on any subject passes. Wrong: 1 of the 872 sentences of SST-2 `validation`, none of the first 200
reviews of IMDb `test`, 10 of the 6,735 phrases of SST-2 `holdout` (`python -m tests.bench.scope_alarms`).
"""

import re
from collections import Counter
from collections.abc import Hashable

from ltp_viz.core.trace import TokenizedText

_MAX_FOREIGN = (
    0.1  # share of characters that are unknown, or letters of another script than the Latin one by one
)
_MAX_SPELLED = 0.3  # share of pieces that are one letter of a longer word
_MAX_SPLIT = 0.25  # share of words that are in several pieces
_MIN_ENGLISH = 0.1  # share of words that are common in English, or end as English words do
_MAX_MARKS = 0.1  # marks of code per piece
_FEWEST_FOREIGN = 4  # characters; one emoji or one foreign letter says nothing about a text
_FEWEST_SPELLED = 4
_FEWEST_WORDS = 5
_FEWEST_MARKS = 3
_LAST_LATIN = "\u024f"
_MARK = re.compile(r"""[{}<>=\\|_^]|":|\w[(\[]|;\s*$|\*\*|->""", re.MULTILINE)
_LINE_BREAK = re.compile(r"<br ?/?>")  # of web pages; many reviews have it
_WORD = re.compile(r"[^\W\d_]+(?:'\w+)?")
# Most are no words of other languages; of the few that are, a text has fewer than a tenth.
_ENGLISH_WORDS = re.compile(
    r"the|of|and|to|is|it|that|this|with|you|was|are|be|not|but|as|have|has|at|by|from|they|we|he|she|i|my|your|"
    r"its|their|there|if|very|too|just|than|what|who|which|when|would|could|can|will|\w{3,}(?:ing|ly|ed|n't|'s)"
)


def scope_note(source: TokenizedText, unknown_token: str | None, learned_english: bool) -> str | None:
    """A message if the text is far from what the model learned, else None.

    `unknown_token` is the tokenizer's for letters that it does not know, None if it has none.
    `learned_english`: the model is known to have learned English prose and nothing else.
    """
    pieces = [
        (token, (source.text_pair or "" if segment else source.text)[slice(*span)], (segment, word))
        for token, span, word, segment in zip(
            source.tokens, source.spans, source.word_ids, source.segments, strict=True
        )
        if span is not None
    ]
    foreign = sum(len(part) for token, part, _ in pieces if token == unknown_token or _is_foreign(part))
    read = sum(len(part) for _, part, _ in pieces)
    if foreign >= max(_MAX_FOREIGN * read, _FEWEST_FOREIGN):
        return _note(f"{foreign} of its {read} characters are unknown to it or letters of another script")
    if learned_english:
        text = f"{source.text}\n{source.text_pair or ''}"
        marks = len(_MARK.findall(_LINE_BREAK.sub(" ", text)))
        if marks >= max(_MAX_MARKS * len(pieces), _FEWEST_MARKS):
            return _note("it looks like code, and the model learned English prose")
        if _is_split([(part, word) for _, part, word in pieces]) and _english_share(text) < _MIN_ENGLISH:
            return _note("it does not look like English, the only language that the model learned")
    sizes = Counter(word for *_, word in pieces)
    spelled = sum(len(part) == 1 and part.isalpha() and sizes[word] > 1 for _, part, word in pieces)
    if spelled >= max(_MAX_SPELLED * len(pieces), _FEWEST_SPELLED):
        return _note(f"{spelled} of its {len(pieces)} pieces are single letters, as it knows no such words")
    return None


def _note(reason: str) -> str:
    return f"This text is far from what the model learned: {reason}. The answer means little."


def _is_foreign(part: str) -> bool:
    return len(part) == 1 and part.isalpha() and part > _LAST_LATIN


def _is_split(pieces: list[tuple[str, Hashable]]) -> bool:
    """Whether many words, of at least a few, are in several pieces. A piece: its letters and its word."""
    sizes = Counter(word for _, word in pieces)
    words = {word for part, word in pieces if part.isalpha()}
    split = sum(sizes[word] > 1 for word in words)
    return len(words) >= _FEWEST_WORDS and split > _MAX_SPLIT * len(words)


def _english_share(text: str) -> float:
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    return sum(_ENGLISH_WORDS.fullmatch(word) is not None for word in words) / max(len(words), 1)
