"""The time of one attribution at a given length."""

import statistics

from ltp_viz.analysis.why.explanation import Method, explain, rule_of
from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError

REPEATS = 5
# Cut to length: the time does not depend on the words.
_TIMED_TEXT = "A warm, funny little film that never wastes a minute, though the second half is a bore. "


def median_seconds(classifier: TextClassifier, source: TokenizedText, scale: float, method: Method) -> float:
    """Median seconds for one text, both predictions together, after one round to warm up."""
    rule = rule_of(classifier, scale)
    explain(classifier, source, rule, (method,))
    taken = [explain(classifier, source, rule, (method,)).elapsed_s for _ in range(REPEATS)]
    return statistics.median(taken)


def text_of_length(classifier: TextClassifier, length: int) -> TokenizedText:
    """A text of `length` tokens, special ones included; in two halves for a model of pairs."""
    if not 8 <= length <= classifier.config.max_text_tokens:
        most = classifier.config.max_text_tokens
        raise InputError(f"--lengths contains {length}; give 8 to {most} tokens for this model.")
    words = (_TIMED_TEXT * length).split()
    for count in range(1, length + 1):
        half = count // 2
        text, pair = " ".join(words[:count]), None
        if classifier.reads_pairs:
            text, pair = " ".join(words[: count - half]), " ".join(words[: max(1, half)])
        source = classifier.tokenize(text, pair)
        if len(source.tokens) >= length:
            break
    return source
