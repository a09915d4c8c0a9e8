"""The textbook for pruning: Hugging Face's own classes, all tokens in place, with dropped keys hidden."""

import inspect
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor

from tests.core.family_cases import dense_model


def layers_of(dense: Any) -> list[Any]:
    """Modules of the layers, those that share weights once."""
    base = getattr(dense, dense.base_model_prefix)
    if hasattr(base, "layers"):
        return list(base.layers)
    stack = getattr(base, "encoder", None) or base.transformer
    if hasattr(stack, "albert_layer_groups"):
        return [layer for group in stack.albert_layer_groups for layer in group.albert_layers]
    return list(stack.layer)


@torch.inference_mode()
def masked_run(
    case: str, ids: Tensor, segments: Tensor | None, alive: Sequence[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """Logits (C,) of ids (n,), and the attention (H, n, n) of each layer, where layer l reads the keys that
    `alive[l]` (n,) says. `alive[L]` are the tokens that a mean is taken over."""
    dense = dense_model(case)
    entered = iter(alive)

    def hide(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        names = list(inspect.signature(module.forward).parameters)
        given = dict(zip(names, args, strict=False)) | kwargs
        mask, keys = given.get("attention_mask"), next(entered)
        if "relative_pos" in names:  # DeBERTa multiplies by ones and zeros
            given["attention_mask"] = mask * keys
        else:
            mask = torch.zeros(1, 1, len(ids), len(ids)) if mask is None else mask
            given["attention_mask"] = mask.masked_fill(~keys, torch.finfo(torch.float32).min)
        return (given.pop(names[0]),), given

    extra = {} if segments is None else {"token_type_ids": segments[None]}
    with ExitStack() as stack:
        for layer in layers_of(dense):
            stack.enter_context(layer.register_forward_pre_hook(hide, with_kwargs=True))
        output = dense(input_ids=ids[None], output_attentions=True, output_hidden_states=True, **extra)
    logits = output.logits[0]
    if getattr(dense.config, "classifier_pooling", "cls") == "mean":
        last = output.hidden_states[-1][0]
        logits = dense.classifier(dense.head(last[alive[-1]].mean(0)))
    return logits, [attention[0] for attention in output.attentions]
