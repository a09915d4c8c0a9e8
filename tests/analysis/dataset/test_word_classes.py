import pytest
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

from ltp_viz import TextClassifier
from ltp_viz.analysis.dataset.results.word_classes import CLASSES, token_names, word_classes

WORDS = {
    "not": "negation",
    "never": "negation",
    "really": "intensifier",
    "However": "contrast",
    "the": "function word",
    "film": "content word",
    "1994": "number",
    "!": "punctuation",
}


def test_words_of_a_wordpiece_vocabulary(classifier: TextClassifier) -> None:
    tokenizer = classifier.tokenizer
    tokens = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    found = dict(zip(tokens, word_classes(tokens, set(tokenizer.all_special_tokens)), strict=True))
    assert {word: found[word.lower()] for word in WORDS} == WORDS
    assert found["[CLS]"] == found["[PAD]"] == "special"
    assert found["##ing"] == found["##not"] == "word piece"
    assert found["#"] == found["…"] == found["£"] == "punctuation"
    assert found["人"] == "content word"
    assert set(found.values()) == set(CLASSES)


def test_words_of_a_byte_level_vocabulary() -> None:
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=True)
    text = " ".join([*WORDS, "don’t café don't “quoted”"])
    trainer = BpeTrainer(
        special_tokens=["<s>", "</s>"], initial_alphabet=ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([text] * 50, trainer)
    vocabulary = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    found = dict(zip(vocabulary, word_classes(vocabulary, {"<s>", "</s>"}), strict=True))
    for word, name in WORDS.items():
        assert [found[token] for token in tokenizer.encode(word).tokens] == [name]
    assert found["<s>"] == "special" and found["a"] == "word piece"
    assert found["'t"] == "negation"
    assert found[tokenizer.encode("x”").tokens[-1]] == "punctuation", (
        "recognised by its text, not by its bytes"
    )


@pytest.mark.parametrize("token", ["", "##", "▁", "Ġ", "\ud800", "\0"])
def test_every_token_has_a_class(token: str) -> None:
    assert set(word_classes([token], ())) <= set(CLASSES)


def test_words_of_a_sentencepiece_vocabulary() -> None:
    vocabulary = ["▁not", "not", "▁film", "s", "▁", "▁12", "!"]
    expected = [
        "negation",
        "word piece",
        "content word",
        "word piece",
        "content word",
        "number",
        "punctuation",
    ]
    assert word_classes(vocabulary, ()) == tuple(expected)


def test_a_join_mark_may_be_a_token_where_another_mark_joins() -> None:
    assert word_classes(["film", "##s", "##ing", "▁", "not"], ())[0::4] == ("content word", "negation")
    assert word_classes(["▁film", "▁not", "##"], ()) == ("content word", "negation", "punctuation")


def test_names_have_one_join_mark_in_every_kind_of_vocabulary(classifier: TextClassifier) -> None:
    tokens = classifier.tokenizer.convert_ids_to_tokens(list(range(len(classifier.tokenizer))))
    names = dict(zip(tokens, token_names(tokens, classifier.tokenizer.all_special_tokens), strict=True))
    assert [names[token] for token in ("film", "##ing", "!", "[CLS]")] == ["film", "‐ing", "!", "[CLS]"]
    assert token_names(["▁film", "ing", "▁", ".", "'s", "<s>"], ["<s>"]) == (
        *("film", "‐ing", "▁", ".", "'s"),
        "<s>",
    )
    assert token_names(["Ġfilm", "ing", "Ġ!", "Ġcaf\u00c3\u00a9"], []) == ("film", "‐ing", "!", "café")
