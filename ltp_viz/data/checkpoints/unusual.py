"""What is unusual about a model and its tokenizer: nothing wrong, but a person should know."""

from transformers import PreTrainedTokenizerBase

from ltp_viz.core.config import LTPConfig

_CASED_SHARE = 0.02  # of a vocabulary's entries; uncased ones have their special tokens alone


def unusual(config: LTPConfig, tokenizer: PreTrainedTokenizerBase) -> tuple[str, ...]:
    """One line each."""
    found = []
    if is_cased_but_lowered(tokenizer):
        found.append(
            "The tokenizer lower-cases texts, but its vocabulary is cased: words with capitals become "
            'unknown or other words. If the model is cased, set "do_lower_case": false in '
            "tokenizer_config.json."
        )
    if tokenizer.truncation_side == "left":
        found.append(
            f"Of a longer text the last {config.max_text_tokens} tokens are read (truncation_side is left)."
        )
    if config.text_limit is not None:
        positions = config.max_position_embeddings - config.position_offset
        found.append(
            f"The tokenizer's model_max_length limits texts to {config.text_limit} tokens of {positions} "
            "positions."
        )
    if config.type_vocab_size > 1 and "token_type_ids" not in tokenizer.model_input_names:
        found.append("The tokenizer gives no segments, so both texts of a pair are of segment 0.")
    if any(name.startswith("LABEL_") for name in config.label_names):
        found.append("The labels are numbered, not named; id2label in config.json names them.")
    return tuple(found)


def is_cased_but_lowered(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the vocabulary distinguishes capitals, which the tokenizer takes away before it looks there."""
    normalizer = tokenizer.backend_tokenizer.normalizer
    if normalizer is None or normalizer.normalize_str("Warm") != "warm":
        return False
    special = set(tokenizer.all_special_tokens)
    words = [word for word in tokenizer.get_vocab() if word not in special and not word.startswith("[")]
    cased = sum(word != word.lower() for word in words)
    return cased > _CASED_SHARE * len(words)
