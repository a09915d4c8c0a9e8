"""The stage: the live view's data on a text and a model that no setting changes."""

import hashlib
import json
from typing import Any

from ltp_viz.analysis.words import text_pieces, token_labels
from ltp_viz.core.trace import TokenizedText, Trace
from ltp_viz.data.checkpoints.facts import score_words
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.ui.explore.outcomes import dense_answer, regression_name
from ltp_viz.ui.explore.settings import MAX_LAYER_SCALE, MAX_SCALE, STEP, Limits
from ltp_viz.ui.inputs.texts import SEGMENT_TITLES
from ltp_viz.ui.shell.link import pack_text


def model_signature(classifier: TextClassifier) -> str:
    """Equal for models on which the same scales have the same effect."""
    return _digest(classifier.name, classifier.config.thresholds)


def stage_signature(classifier: TextClassifier, dense: Trace) -> str:
    """Identifies text, model and labels, independently of the process."""
    # The unpruned answer distinguishes models of the same name.
    answer = [round(value, 2) for value in dense.logits.tolist()]
    model = model_signature(classifier)
    return _digest(model, dense.text, dense.text_pair, dense.tokens, dense.labels, answer)


def _digest(*parts: object) -> str:
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=12).hexdigest()


def limits(classifier: TextClassifier, source: TokenizedText) -> Limits:
    """The limits of settings on this stage."""
    protected = _protected(classifier, source)
    return Limits(
        classifier.config.num_hidden_layers, len(source.tokens), protected, default_scale(classifier)
    )


def default_scale(classifier: TextClassifier) -> float:
    """The pruning strength to start with: as trained, and off without learned thresholds."""
    return 1.0 if classifier.config.thresholds_learned else 0.0


def _protected(classifier: TextClassifier, source: TokenizedText) -> list[int]:
    return [position for position in classifier.config.always_kept if position < len(source.tokens)]


def stage_data(classifier: TextClassifier, dense: Trace) -> dict[str, Any]:
    """Tokens, words, model and the unpruned answer."""
    source = dense.source
    unknown = _unknown_positions(source, classifier.tokenizer.unk_token)
    return {
        "signature": stage_signature(classifier, dense),
        "model": classifier.name,
        "thresholds_learned": dense.thresholds_learned,
        "default_scale": default_scale(classifier),
        "tokens": list(token_labels(source)),
        "special": [position for position, span in enumerate(source.spans) if span is None],
        "protected": _protected(classifier, source),
        "unknown": {
            "token": classifier.tokenizer.unk_token,
            "positions": sorted(unknown),
            "note": _unknown_note(len(unknown), len(source.tokens)),
        },
        "segments": _segments(source, unknown),
        "num_layers": dense.num_layers,
        "labels": list(dense.labels),
        "is_multi_label": dense.answer_kind == "labels",
        "regression": regression_name(dense),
        "learned": list(dense.learned_thresholds),
        "max_scale": MAX_SCALE,
        "step": STEP,
        "max_layer_scale": MAX_LAYER_SCALE,
        "dense": dense_answer(dense),
        "score_note": score_words(classifier.config),
        "link": _link(source),
    }


def _unknown_positions(source: TokenizedText, unknown_token: str | None) -> set[int]:
    # Without a span it is a special token; some tokenizers use the same token for unknown words.
    return {
        position
        for position, (token, span) in enumerate(zip(source.tokens, source.spans, strict=True))
        if token == unknown_token and span is not None
    }


def _unknown_note(unknown: int, total: int) -> str:
    if not unknown:
        return ""
    return f"{unknown} of {total} tokens {'is' if unknown == 1 else 'are'} unknown to the model."


def _segments(source: TokenizedText, unknown: set[int]) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "first": source.segments.index(segment),
            "length": source.segments.count(segment),
            "words": _words(source, segment, unknown),
        }
        for segment, title in enumerate(("",) if source.text_pair is None else SEGMENT_TITLES)
    ]


def _words(source: TokenizedText, segment: int, unknown: set[int]) -> list[dict[str, Any]]:
    """The pieces of the text; `positions` are left out if there are none, and so is a `kind` other than
    "unknown" or "unread"."""
    words: list[dict[str, Any]] = [
        {
            "text": piece.text,
            "positions": list(piece.positions),
            "kind": "unknown" if unknown.intersection(piece.positions) else "",
        }
        for piece in text_pieces(source, segment)
    ]
    # Text after the last word of a truncated text was not read, unless it is only white space.
    if source.truncated and words and not words[-1]["positions"]:
        cut = any(character.isprintable() and not character.isspace() for character in words[-1]["text"])
        words[-1]["kind"] = "unread" if cut else ""
    # Every second piece is a blank: what is empty is left out, which halves the message of a long text.
    return [{key: value for key, value in word.items() if value or key == "text"} for word in words]


def _link(source: TokenizedText) -> dict[str, str | None]:
    texts = [pack_text(text) for text in (source.text, source.text_pair) if text is not None]
    if None in texts:  # half a pair would be misleading
        return {
            "text": None,
            "pair": None,
            "note": "This text is too long for a link; the link restores everything else.",
        }
    return {"text": texts[0], "pair": texts[1] if texts[1:] else None, "note": ""}
