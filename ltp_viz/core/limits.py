"""What a device does best: the sizes at which one way to compute becomes cheaper than another.

Results do not depend on them, times and memory do. Measured on two cores with AVX-512 and on an H200.
"""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class DeviceLimits:
    """Sizes for one kind of device."""

    # Longer texts are cheaper one by one in tiles than padded together. A GPU, whose time goes into starting
    # kernels rather than into memory, takes texts of usual lengths together.
    padded_up_to_length: int
    # Probabilities (fp32) that one padded group may hold: on a processor 4 MB, a core's share of the cache.
    padded_elements: int
    # Probabilities that training may keep from one chunk for the backward pass. Larger chunks, as texts of
    # over some 340 tokens have, are recomputed (checkpointing): half the memory of a step at 512 tokens for
    # 1.1 times its time.
    kept_probabilities: int
    # Rows that pass through a layer together; None: the whole batch. On a processor the widest intermediate,
    # 12 MB for a width of 1,536, is then small enough for the allocator to reuse and mostly still in cache:
    # 16,384 rows at once took 1.15 times as long.
    rows_per_chunk: int | None
    # Queries whose probabilities are computed together for a long text.
    queries_per_tile: int = 128
    # The fused path keeps no probabilities: only products wasted on padding limit a group, to this multiple
    # of the needed ones and a constant.
    fused_waste: float = 1.2
    fused_waste_elements: int = 160**2
    # SDPA's backward pass takes 1.5 times as long as the padded path's on texts up to this length.
    padded_backward_up_to_length: int = 160
    # In bf16 and without column sums, SDPA uses matrix units that the C kernel leaves idle, and wins on texts
    # longer than this.
    native_bf16_up_to_length: int = 64

    def chunk(self, rows: int) -> int:
        """Rows that pass through a layer together, of `rows` in the batch."""
        return self.rows_per_chunk or max(1, rows)


PROCESSOR = DeviceLimits(
    padded_up_to_length=160, padded_elements=1 << 20, kept_probabilities=1 << 23, rows_per_chunk=2048
)
GPU = DeviceLimits(
    padded_up_to_length=512, padded_elements=1 << 28, kept_probabilities=1 << 27, rows_per_chunk=None
)


def limits_of(device: torch.device) -> DeviceLimits:
    """The sizes for a device."""
    return GPU if device.type == "cuda" else PROCESSOR
