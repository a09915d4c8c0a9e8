"""Classes of words, looked up in closed lists of English words rather than tagged.

The lookup ignores context: "like" is a function word in "I like it" too. Words of other languages count as
content words. Byte-level and SentencePiece vocabularies mark where a word begins, so every token without the
mark counts as a piece, including the first word of a text if the tokenizer does not mark it.
"""

import unicodedata
from collections.abc import Collection, Sequence

from tokenizers.decoders import ByteLevel

from ltp_viz.analysis.words import JOIN

# WordPiece marks continuations; byte-level and SentencePiece vocabularies mark beginnings.
_MARKS = _PIECE, _BYTES_START, _SENTENCE_START = "##", "Ġ", "▁"
_BYTES_TO_TEXT = ByteLevel()

# Tokenizers split "don't" into don, ' and t, or into don and 't; the rest of "not" counts as a negation.
_NEGATIONS = """no not never none nobody nothing nowhere neither nor cannot without hardly barely scarcely
t 't n't"""
_INTENSIFIERS = """very really so too extremely absolutely totally completely utterly quite pretty highly
deeply truly incredibly remarkably especially particularly more most much less least far almost nearly just
only even such entirely fully genuinely somewhat slightly wholly thoroughly terribly awfully"""
_CONTRASTS = """but however although though yet still despite whereas nevertheless nonetheless instead unlike
except albeit otherwise while unless rather conversely notwithstanding"""
_FUNCTION_WORDS = """a an the this that these those some any each every either both all another other
i you he she it we they me him her us them my your his its our their mine yours hers ours theirs
myself yourself himself herself itself ourselves themselves who whom whose which what where when why how
am is are was were be been being have has had having do does did doing done will would shall should can could
may might must ought
of in on at by for with about against between among into onto through during before after above below to from
up down out off over under again further then once here there as than like per via upon within toward towards
across behind beyond along around near since until till because if whether and or also
s d m ll re ve 's 'd 'm 'll 're 've"""

_LISTS = {
    "negation": frozenset(_NEGATIONS.split()),
    "contrast": frozenset(_CONTRASTS.split()),
    "intensifier": frozenset(_INTENSIFIERS.split()),
    "function word": frozenset(_FUNCTION_WORDS.split()),
}
CLASSES = ("special", *_LISTS, "punctuation", "number", "word piece", "content word")


def word_classes(vocabulary: Sequence[str], specials: Collection[str]) -> tuple[str, ...]:
    """One of CLASSES for each token of a WordPiece, byte-level or SentencePiece vocabulary.

    Pass the whole vocabulary, or enough of it to contain the marks that it uses.
    """
    mark = _mark_of(vocabulary)
    return tuple("special" if token in specials else _word_class(token, mark) for token in vocabulary)


def token_names(vocabulary: Sequence[str], specials: Collection[str]) -> tuple[str, ...]:
    """Each token in readable form, with `JOIN` in front if it continues a word."""
    mark = _mark_of(vocabulary)
    return tuple(token if token in specials else _name(token, mark) for token in vocabulary)


def _name(token: str, mark: str) -> str:
    spelling, begins = _spelled(token, mark)
    is_piece = not begins and not spelling.startswith("'") and not _is_punctuation(spelling)
    return f"{JOIN if is_piece else ''}{spelling.strip()}" if spelling.strip() else token


def _mark_of(vocabulary: Sequence[str]) -> str:
    """The mark that the vocabulary uses; it may contain other marks as plain tokens."""
    uses = {mark: sum(token.startswith(mark) for token in vocabulary) for mark in _MARKS}
    return max(uses, key=uses.__getitem__)


def _spelled(token: str, mark: str) -> tuple[str, bool]:
    """A token without its mark, and whether it begins a word."""
    has_mark = token.startswith(mark) and token != _PIECE  # "##" by itself is not a mark
    spelling = (
        _BYTES_TO_TEXT.decode([token])
        if mark == _BYTES_START
        else token.removeprefix(mark if has_mark else "")
    )
    return spelling, has_mark != (mark == _PIECE)


def _is_punctuation(word: str) -> bool:
    return bool(word) and all(unicodedata.category(letter)[0] in "PS" for letter in word)


def _word_class(token: str, mark: str) -> str:
    spelling, begins = _spelled(token, mark)
    word = spelling.strip().lower().replace("’", "'")
    if _is_punctuation(word):
        return "punctuation"
    if not begins and not word.startswith("'"):
        return "number" if mark != _PIECE and word.isnumeric() else "word piece"
    named = next((name for name, words in _LISTS.items() if word in words), None)
    if named is not None:
        return named
    return "number" if any(map(str.isdigit, word)) else "content word"
