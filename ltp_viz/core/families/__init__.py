"""Layouts of Hugging Face model families, one file each.

A layout answers a `Layout`: how ids become states, what a layer is, what the head reads, and how a plain
checkpoint's configuration and weights are carried over. `convert.py` applies it to a loaded model.
"""

import reprlib

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families import albert, deberta, modernbert, mpnet, post_norm, pre_norm
from ltp_viz.core.families.layout import Layout

# Model type of Hugging Face -> its layout.
LAYOUTS: dict[str, Layout] = {
    **dict.fromkeys(post_norm.FAMILIES, post_norm.LAYOUT),
    **dict.fromkeys(pre_norm.FAMILIES, pre_norm.LAYOUT),
    **dict.fromkeys(albert.FAMILIES, albert.LAYOUT),
    **dict.fromkeys(mpnet.FAMILIES, mpnet.LAYOUT),
    **dict.fromkeys(deberta.FAMILIES, deberta.LAYOUT),
    **dict.fromkeys(modernbert.FAMILIES, modernbert.LAYOUT),
}


# Families that people ask for, why there is no layout for them, and what to use.
_DECODER = ("it generates text, and its tokens see only those before them", "modernbert or deberta-v2")
_SPARSE = ("its attention is sparse in a way of its own", "modernbert, which reads 8,192 tokens")
WITHOUT_LAYOUT: dict[str, tuple[str, str]] = {
    "deberta": ("the first DeBERTa keeps its relative terms in another form", "deberta-v2 or v3"),
    **dict.fromkeys(
        ("gpt2", "gpt_neo", "gptj", "opt", "llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "phi3"),
        _DECODER,
    ),
    **dict.fromkeys(("longformer", "big_bird"), _SPARSE),
    **dict.fromkeys(("t5", "bart", "mbart"), ("it is an encoder and a decoder", "roberta or deberta-v2")),
    "xlnet": ("it reads words in permuted orders", "roberta or deberta-v2"),
    "funnel": ("it pools tokens between its layers already", "bert or electra"),
    "mobilebert": ("its layers have bottlenecks of their own", "distilbert or albert"),
    "squeezebert": ("its layers are convolutions", "distilbert or albert"),
    "fnet": ("it has no attention to score tokens by", "bert or distilbert"),
    "nomic_bert": ("it has rotary positions in a layout of its own", "modernbert"),
    "roformer": ("it has rotary positions in a layout of its own", "modernbert"),
}


def layout_of(model_type: str) -> Layout:
    """The layout of a model family. Raises ValueError for a family that has none here."""
    if model_type not in LAYOUTS:
        raise ValueError(unsupported(model_type))
    return LAYOUTS[model_type]


def windows(config: LTPConfig) -> tuple[int | None, ...]:
    """Farthest distance at which each layer reads a token, (L,); None: any."""
    cost = layout_of(config.base_family).cost
    return tuple(cost(config, layer).window for layer in range(config.num_hidden_layers))


def unsupported(model_type: object) -> str:
    """Why a family without a layout is refused, and what to use in its place."""
    why, substitute = WITHOUT_LAYOUT.get(str(model_type), ("", ""))
    start = f"Model family {reprlib.repr(model_type)} is not supported"
    if why:
        return f"{start}: {why}; use {substitute}."
    return f"{start}; use one of {', '.join(LAYOUTS)}."
