"""Text from outside in widgets that read Markdown."""

import string

from ltp_viz.ui.shell.markdown import escaped, quoted


def test_every_sign_of_markdown_and_nothing_else_is_escaped() -> None:
    assert escaped(string.punctuation) == "".join(f"\\{sign}" for sign in string.punctuation)
    for plain in ("déjà vu", "فيلم رائع", "“quoted” – 5 €", "🙂", "two words\n", "LABEL_0"):
        assert escaped(plain) == plain
    assert escaped("**é** [x](y)") == r"\*\*é\*\* \[x\]\(y\)"
    assert escaped("_a_ __b__ c_") == r"\_a\_ \_\_b\_\_ c\_"


def test_a_quotation_never_ends_the_sentence_around_it() -> None:
    assert quoted("a\n\n    b\x0bc\u2028# d") == r"“a      b c \# d”"
    assert len(quoted("x" * 5000)) == 202
