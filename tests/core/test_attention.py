"""Every path through packed attention equals the definition, and the definition equals the textbook."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from ltp_viz.core.attention.dispatch import packed_attention
from ltp_viz.core.attention.fused import fused_attention
from ltp_viz.core.attention.native import native_attention
from ltp_viz.core.attention.padded import padded_attention
from ltp_viz.core.attention.reference import reference_attention
from ltp_viz.core.attention.tiled import tiled_attention

HEADS = 3
Result = tuple[Tensor, Tensor | None]


@pytest.fixture(params=["native", "torch"], autouse=True)
def kernel(request: pytest.FixtureRequest, use_kernel: Callable[[str], None]) -> str:
    """Every test runs on the C kernel and on torch alone."""
    use_kernel(request.param)
    return request.param


def textbook(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Attention of one text, (n, H, h), written out once more."""
    logits = torch.einsum("ihd,jhd->hij", query, key) / query.shape[-1] ** 0.5
    probabilities = logits.softmax(-1)
    return torch.einsum("hij,jhd->ihd", probabilities, value).flatten(1), probabilities.sum((0, 1))


def test_the_definition_equals_the_textbook_text_by_text() -> None:
    query_key_value = torch.randn(30, 3, HEADS, 5)
    output, sums = reference_attention(query_key_value, (12, 1, 17))
    for rows in (slice(0, 12), slice(12, 13), slice(13, 30)):
        expected, expected_sums = textbook(*query_key_value[rows].unbind(1))
        torch.testing.assert_close(output[rows], expected)
        torch.testing.assert_close(sums[rows], expected_sums)


def one_by_one(query_key_value: Tensor, lengths: tuple[int, ...], presence: Tensor | None) -> Result:
    """`tiled_attention` of each text."""
    there = [None] * len(lengths) if presence is None else presence.split(lengths)
    parts = [
        tiled_attention(own, presence=weights)
        for own, weights in zip(query_key_value.split(lengths), there, strict=True)
    ]
    return torch.cat([output for output, _ in parts]), torch.cat([sums for _, sums in parts])


# Each path of `dispatch.py`. Triton's, which needs a process of its own, is in test_triton_attention.
PATHS: dict[str, Callable[[Tensor, tuple[int, ...], Tensor | None], Result]] = {
    "native": lambda rows, lengths, _: native_attention(rows, lengths, True),
    "native without sums": lambda rows, lengths, _: native_attention(rows, lengths, False),
    "padded": lambda rows, lengths, presence: padded_attention(rows, lengths, presence=presence),
    "tiled": one_by_one,
    "fused": lambda rows, lengths, _: (fused_attention(rows, lengths), None),
    "dispatched": lambda rows, lengths, presence: packed_attention(rows, lengths, presence=presence),
    "dispatched without sums": lambda rows, lengths, _: packed_attention(rows, lengths, with_sums=False),
}
WITH_PRESENCE = {"padded", "tiled", "dispatched"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("lengths", [(1,), (7, 12, 3), (40, 40), (129, 2), (300, 1, 128)])
@torch.inference_mode()
def test_every_path_equals_the_definition(path: str, lengths: tuple[int, ...], kernel: str) -> None:
    if path.startswith("native") and kernel == "torch":
        pytest.skip("switched off")
    torch.manual_seed(sum(lengths))
    query_key_value = torch.randn(sum(lengths), 3, HEADS, 8)
    weights = [None, torch.rand(sum(lengths)) * 3] if path in WITH_PRESENCE else [None]
    for presence in weights:
        expected, expected_sums = reference_attention(query_key_value, lengths, presence)
        output, sums = PATHS[path](query_key_value, lengths, presence)
        torch.testing.assert_close(output, expected, atol=1e-5, rtol=1e-5)
        if sums is not None:
            torch.testing.assert_close(sums, expected_sums, atol=1e-4, rtol=1e-5)


@torch.inference_mode()
def check(lengths: tuple[int, ...], width: int = 5, spread: float = 1.0) -> None:
    torch.manual_seed(sum(lengths))
    query_key_value = spread * torch.randn(sum(lengths), 3, HEADS, width)
    copy = query_key_value.clone()
    output, sums = packed_attention(query_key_value, lengths)
    fused, nothing = packed_attention(query_key_value, lengths, with_sums=False)
    assert nothing is None and sums is not None
    expected, expected_sums = reference_attention(query_key_value, lengths)
    tolerance = 1e-5 * max(1.0, spread)
    torch.testing.assert_close(output, expected, atol=tolerance, rtol=tolerance)
    torch.testing.assert_close(fused, expected, atol=tolerance, rtol=tolerance)
    torch.testing.assert_close(sums, expected_sums, atol=1e-4, rtol=tolerance)
    for own, length in zip(sums.split(lengths), lengths, strict=True):
        # Every query hands out exactly one vote per head.
        assert own.sum().item() == pytest.approx(length * HEADS, rel=1e-4)
    assert torch.equal(query_key_value, copy)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.sampled_from([1, 5, 32, 64, 80]))
def test_ragged_batches(lengths: list[int], width: int) -> None:
    check(tuple(lengths), width)


def test_the_default_type_plays_no_part() -> None:
    """Other threads may change it; the C kernel once wrote sums of fp32 into half the room."""
    query_key_value = torch.randn(7, 3, HEADS, 5)
    with torch.inference_mode():
        expected = packed_attention(query_key_value, (7,))
        torch.set_default_dtype(torch.float16)
        try:
            found = packed_attention(query_key_value, (7,))
        finally:
            torch.set_default_dtype(torch.float32)
    for mine, other in zip(found, expected, strict=True):
        assert mine is not None and other is not None
        assert mine.dtype == torch.float32 and torch.equal(mine, other)


@pytest.mark.parametrize("lengths", [(512,), (161, 3, 512, 160), (7,) * 200, (1,)])
def test_long_texts_and_many_groups(lengths: tuple[int, ...]) -> None:
    check(lengths)


def test_extreme_logits_do_not_overflow() -> None:
    check((20, 70, 200), spread=12.0)


@torch.inference_mode()
def test_very_negative_logits_still_sum_to_one() -> None:
    query_key_value = torch.ones(50, 3, HEADS, 32)
    query_key_value[:, 0] = -1000.0
    _, sums = packed_attention(query_key_value, (50,))
    assert sums is not None
    torch.testing.assert_close(sums, torch.full((50,), float(HEADS)))


@torch.inference_mode()
def test_bf16_is_close_to_fp32() -> None:
    torch.manual_seed(0)
    query_key_value = torch.randn(300, 3, HEADS, 32).bfloat16()
    for lengths in ((300,), (20,) * 15):
        output, sums = packed_attention(query_key_value, lengths)
        expected, expected_sums = packed_attention(query_key_value.float(), lengths)
        assert output.dtype == torch.bfloat16 and sums is not None and expected_sums is not None
        torch.testing.assert_close(output.float(), expected, atol=0.02, rtol=0.02)
        torch.testing.assert_close(sums, expected_sums, atol=0.02, rtol=0.02)


def test_gradients_flow(kernel: str) -> None:
    query_key_value = torch.randn(30, 3, HEADS, 8, requires_grad=True)
    output, sums = packed_attention(query_key_value, (12, 18))
    assert sums is not None
    (output.sum() + sums[3]).backward()
    assert query_key_value.grad is not None and query_key_value.grad.abs().sum() > 0


@torch.inference_mode()
def test_equal_on_one_thread_and_on_many(kernel: str) -> None:
    query_key_value = torch.randn(700, 3, HEADS, 32)
    threads = torch.get_num_threads()
    results = []
    try:
        for count in (1, 4):
            torch.set_num_threads(count)
            results.append(packed_attention(query_key_value, (500, 200)))
    finally:
        torch.set_num_threads(threads)
    (output, sums), (other_output, other_sums) = results
    torch.testing.assert_close(output, other_output, atol=1e-6, rtol=1e-6)
    assert sums is not None and other_sums is not None
    torch.testing.assert_close(sums, other_sums, atol=1e-6, rtol=1e-6)
