"""Text from outside in widgets that read Markdown."""

import string

from ltp_viz.ui.markdown import escaped


def test_every_sign_of_markdown_and_nothing_else_is_escaped() -> None:
    assert escaped(string.punctuation) == "".join(f"\\{sign}" for sign in string.punctuation)
    for plain in ("déjà vu", "فيلم رائع", "“quoted” – 5 €", "🙂", "two words\n", "under1"):
        assert escaped(plain) == plain
    assert escaped("**é** [x](y)") == r"\*\*é\*\* \[x\]\(y\)"
