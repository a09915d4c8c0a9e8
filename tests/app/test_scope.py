"""The note on texts far from what a model learned: given where it should be, silent on ordinary reviews.

The limits were adjusted once after three foreign texts had failed; those were replaced by fresh ones.
"""

import json

import pandas as pd
import pytest

from ltp_viz import TextClassifier, resources
from ltp_viz.ui.inputs.scope import scope_note
from tests.app.seen import opened

FOREIGN = {
    "Greek": "Η ταινία ήταν βαρετή και οι ηθοποιοί έδειχναν κουρασμένοι.",
    "Ukrainian": "Чудовий фільм, який я із задоволенням подивлюся ще раз.",
    "Korean": "배우들의 연기가 훌륭하고 이야기가 감동적이다.",
    "Hebrew": "סרט נפלא עם שחקנים מצוינים וסוף מרגש.",
    "Bengali": "ছবিটি খুব সুন্দর এবং অভিনয় অসাধারণ ছিল।",
    "emoji": "😀😀 🎬🎬🎬 👍👍",
}
LATIN = {
    "German": "Der zweite Teil übertrifft den ersten, weil die Figuren endlich miteinander reden.",
    "Portuguese": "O filme começa devagar, porém termina com uma cena inesquecível.",
    "Swedish": "En rolig och varm berättelse som jag gärna skulle rekommendera till alla mina vänner.",
    "Slovak": "Tento film ma prekvapil, pretože koniec bol veľmi smutný a krásny.",
    "Hungarian": "A színészek nagyszerűek voltak, a történet mégis unalmas.",
    "Indonesian": "Ceritanya membosankan, tetapi pemandangannya sungguh menakjubkan.",
}
CODE = {
    "Rust": 'fn main() {\n    let x: Vec<i32> = vec![1, 2, 3];\n    println!("{:?}", x);\n}',
    "CSS": ".box { color: red; margin: 0 auto; }\n.box > p { display: none; }",
    "shell": 'for file in *.txt; do\n  count=$(wc -l < "$file")\n  echo "$file=$count" >> log.txt;\ndone',
    "TypeScript": "export const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);",
}
# Unusual, and still what the models learned: names, slang, markup, shouting, typing errors, one word.
PROSE = [
    "Directed by Hirokazu Kore-eda, with Kirin Kiki and Lily Franky, it won the Palme d'Or in 2018.",
    "omg best movie evr!!! luv it sooo much, cant wait 4 the seqel :) :)",
    "Great acting.<br /><br />Poor script.<br /><br />I'd give it 6/10 (8/10 for the first half).",
    "WORST. FILM. EVER. DO NOT WATCH!!!",
    "The crème brûlée was divine, and the maître d' as charming as ever.",
    "Incomprehensible!",
    "The library opens at nine on weekdays and stays closed on public holidays.",
]


def note(model: TextClassifier, text: str, learned_english: bool = True) -> str | None:
    return scope_note(model.tokenize(text), model.tokenizer.unk_token, learned_english)


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_another_script_is_noted_for_every_model(default_classifier: TextClassifier, text: str) -> None:
    for learned_english in (True, False):
        assert "letters" in (note(default_classifier, text, learned_english) or "")


@pytest.mark.parametrize("text", LATIN.values(), ids=LATIN)
def test_another_language_is_noted_where_english_was_learned(
    default_classifier: TextClassifier, text: str
) -> None:
    assert "English" in (note(default_classifier, text) or "")
    assert note(default_classifier, text, learned_english=False) is None


@pytest.mark.parametrize("text", CODE.values(), ids=CODE)
def test_code_is_noted_where_prose_was_learned(default_classifier: TextClassifier, text: str) -> None:
    assert "code" in (note(default_classifier, text) or "")
    assert note(default_classifier, text, learned_english=False) is None


def test_what_no_word_is_made_of(default_classifier: TextClassifier) -> None:
    assert "single letters" in (note(default_classifier, "xqz vvkj wqpd zzxh qjfk bnvx", False) or "")


@pytest.mark.parametrize("text", PROSE)
def test_unusual_english_is_not_noted(default_classifier: TextClassifier, text: str) -> None:
    assert note(default_classifier, text) is None


def test_no_bundled_text_is_noted(default_classifier: TextClassifier) -> None:
    texts = pd.read_csv(resources.EXAMPLES / "labelled.csv")["text"].tolist()
    for file in ("start.json", "explore.json", "long_reviews.json"):
        texts += [entry["text"] for entry in json.loads((resources.EXAMPLES / file).read_text())]
    assert len(texts) > 220 and not [text for text in texts if note(default_classifier, text)]


def test_a_pair_is_judged_as_one_text(default_classifier: TextClassifier) -> None:
    def of_pair(first: str, second: str) -> str | None:
        source = default_classifier.tokenize(first, second)
        return scope_note(source, default_classifier.tokenizer.unk_token, learned_english=True)

    assert of_pair("A warm, funny film.", "It opens at nine.") is None
    assert "letters" in (of_pair("A warm, funny film.", FOREIGN["Greek"]) or "")
    assert "English" in (of_pair(LATIN["German"], LATIN["Slovak"]) or "")


def test_explore_shows_the_note() -> None:
    assert not opened().warning
    [warning] = opened(text=f".{FOREIGN['Greek']}").warning
    assert "far from what the model learned" in warning.value
