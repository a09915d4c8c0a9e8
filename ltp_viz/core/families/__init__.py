"""Layouts of Hugging Face model families, one file each.

A layout answers a `Layout`: how ids become states, what a layer is, what the head reads, and how a plain
checkpoint's configuration and weights are carried over. `convert.py` applies it to a loaded model.
"""

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


def layout_of(model_type: str) -> Layout:
    """The layout of a model family. Raises ValueError for a family that has none here."""
    if model_type not in LAYOUTS:
        raise ValueError(f"Model family {model_type!r} is not supported; use one of {', '.join(LAYOUTS)}.")
    return LAYOUTS[model_type]
