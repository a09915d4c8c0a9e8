"""Every way through packed attention equals the textbook formula, text by text."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ltp_viz.core.attention import packed_attention

HEADS, WIDTH = 3, 5


def textbook(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Attention of one text, (n, H, h), with the whole matrix in memory."""
    logits = torch.einsum("ihd,jhd->hij", query, key) / query.shape[-1] ** 0.5
    probabilities = logits.softmax(-1)
    return torch.einsum("hij,jhd->ihd", probabilities, value).flatten(1), probabilities.sum((0, 1))


def check(lengths: tuple[int, ...]) -> None:
    torch.manual_seed(sum(lengths))
    query_key_value = torch.randn(sum(lengths), 3, HEADS, WIDTH)
    query, key, value = query_key_value.unbind(1)
    copy = query_key_value.clone()
    output, sums = packed_attention(query_key_value, lengths)
    fused, nothing = packed_attention(query_key_value, lengths, with_sums=False)
    assert nothing is None and sums is not None
    start = 0
    for length in lengths:
        rows = slice(start, start + length)
        expected, expected_sums = textbook(query[rows], key[rows], value[rows])
        torch.testing.assert_close(output[rows], expected, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(fused[rows], expected, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(sums[rows], expected_sums, atol=1e-4, rtol=1e-5)
        # Every query hands out exactly one vote per head.
        assert sums[rows].sum().item() == pytest.approx(length * HEADS, rel=1e-4)
        start += length
    assert torch.equal(query_key_value, copy)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_ragged_batches(lengths: list[int]) -> None:
    check(tuple(lengths))


@pytest.mark.parametrize("lengths", [(512,), (161, 3, 512, 160), (7,) * 200, (1,)])
def test_long_texts_and_many_groups(lengths: tuple[int, ...]) -> None:
    check(lengths)
