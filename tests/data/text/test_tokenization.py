"""Tokens know where they stand in the text, whatever the text."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.text.tokenization import clean_text, tokenize


@pytest.fixture(scope="module")
def tokenizer(encoder_folder: Path) -> PreTrainedTokenizerBase:
    tokenizer = AutoTokenizer.from_pretrained(encoder_folder)
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    return tokenizer


def test_spans_and_words(tokenizer: PreTrainedTokenizerBase) -> None:
    source = tokenize(tokenizer, "Unputdownable, Brilliant!", None, 512)
    assert source.tokens[0] == "[CLS]" and source.tokens[-1] == "[SEP]"
    assert source.spans[0] is None and source.word_ids[-1] is None
    for token, span in zip(source.tokens[1:-1], source.spans[1:-1], strict=True):
        assert span is not None
        assert source.text[slice(*span)].lower() == token.removeprefix("##")
    assert len({word for word in source.word_ids if word is not None}) == 4
    assert not source.truncated


def test_pairs_have_segments(tokenizer: PreTrainedTokenizerBase) -> None:
    source = tokenize(tokenizer, "one two", "three", 512)
    assert source.tokens == ("[CLS]", "one", "two", "[SEP]", "three", "[SEP]")
    assert source.segments == (0, 0, 0, 0, 1, 1)
    assert source.spans[4] == (0, 5)
    reference = tokenizer("one two", "three")
    assert list(source.input_ids) == reference["input_ids"]
    assert list(source.segments) == reference["token_type_ids"]


def test_truncation_is_recorded(tokenizer: PreTrainedTokenizerBase) -> None:
    source = tokenize(tokenizer, "good " * 4000, None, 512)
    assert len(source.tokens) == 512 and source.total_tokens == 4002 and source.truncated
    assert source.tokens[-1] == "[SEP]"


@pytest.mark.parametrize("text", ["", "   \n", "\x00", "\u200b"])
def test_nothing_but_specials(tokenizer: PreTrainedTokenizerBase, text: str) -> None:
    assert tokenize(tokenizer, text, None, 512).tokens == ("[CLS]", "[SEP]")


def test_lone_surrogates_are_replaced_one_for_one() -> None:
    assert clean_text("a\ud800b\udfffc😀") == "a\ufffdb\ufffdc😀"


ANY_TEXT = st.text(st.characters(), max_size=200)  # surrogates included


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=ANY_TEXT, pair=st.none() | ANY_TEXT, limit=st.integers(8, 64))
def test_any_text(tokenizer: PreTrainedTokenizerBase, text: str, pair: str | None, limit: int) -> None:
    source = tokenize(tokenizer, text, pair, limit)
    count = len(source.tokens)
    assert 2 <= count <= limit <= 64 and source.total_tokens >= count
    assert {len(source.input_ids), len(source.spans), len(source.word_ids), len(source.segments)} == {count}
    owners = (source.text, source.text_pair or "")
    for span, segment in zip(source.spans, source.segments, strict=True):
        if span is not None:
            assert 0 <= span[0] <= span[1] <= len(owners[segment])
    assert len(source.text) == len(text)


def test_threads_do_not_cut_each_others_texts(classifier: TextClassifier) -> None:
    """A fast tokenizer keeps the truncation of its last call."""
    long, short = "good film " * 450, "a good film"
    whole = classifier.tokenize(short).tokens
    with ThreadPoolExecutor(4) as pool:
        for text, source in pool.map(lambda text: (text, classifier.tokenize(text)), [long, short] * 100):
            assert source.total_tokens == (902 if text == long else 5)
            assert len(source.tokens) == 512 if text == long else source.tokens == whole
