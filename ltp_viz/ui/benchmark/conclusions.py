"""Conclusions from the measured numbers, in words."""

from ltp_viz.analysis.benchmark.cost_line import CostLine
from ltp_viz.analysis.benchmark.measure import Cell
from ltp_viz.analysis.benchmark.record import BenchmarkRecord
from ltp_viz.analysis.benchmark.summary import BenchmarkSummary

_POOR_LINE = 0.25  # a fit with a larger error is poor
_BUSY = 0.15  # share of the processor


def machine_words(record: BenchmarkRecord) -> str:
    """The machine, in one line."""
    facts = record.machine
    threads = "1 thread" if facts.threads == 1 else f"{facts.threads} threads"
    kernel = "native attention kernel" if facts.attention == "native" else "attention by torch"
    return f"{facts.processor}, {threads} of {facts.cores} cores, torch {facts.torch}, {kernel}"


def busy_words(record: BenchmarkRecord) -> str | None:
    """A message if the machine was busy, else None."""
    busy = record.machine.busy_share
    if busy < _BUSY:
        return None
    return (
        f"{busy:.0%} of the processor was busy with other work just before the benchmark started. Times may "
        "be too long and spreads too wide; run it again when the machine is idle."
    )


def why_words(reading: BenchmarkSummary, num_layers: int) -> list[str]:
    """Explain why short texts gain little: fixed cost and cost per FLOP."""
    pruned, small, large = reading.line("pruned"), reading.smallest, reading.largest
    if pruned is None:
        return [
            "All cells measured so far have about the same FLOPs. Measure several lengths or batch sizes to "
            "separate the fixed cost of a call from the cost of its FLOPs."
        ]
    said = [
        f"A call takes one batch through all {num_layers} layers. For the pruned model it costs "
        f"**{pruned.fixed_ms:.1f} ms whatever the texts are**, {pruned.fixed_ms / num_layers:.2f} ms per "
        f"layer, to read the weights and start the operations; then **{pruned.ms_per_gflop:.1f} ms for every "
        "GFLOP** of matrix products. Dropping tokens makes the second part smaller and leaves the first.",
        _share_words(pruned, small, large),
    ]
    if small.packed_speed_up > 1.05 and small.speed_up > 1:
        said.append(
            f"Of the {small.speed_up:.1f}× at {_named(small)}, {small.packed_speed_up:.1f}× comes without "
            "pruning (packed): that part is this engine's smaller overhead."
        )
    if pruned.largest_error > _POOR_LINE:
        said.append(
            f"The fit misses one cell by {pruned.largest_error:.0%}, so both costs are rough; more time per "
            "cell helps."
        )
    return said


def _share_words(line: CostLine, small: Cell, large: Cell) -> str:
    share, other = line.fixed_share(small), line.fixed_share(large)
    words = f"At {_named(small)}, the fixed part is **{share:.0%}** of the pruned time"
    if share >= 0.5:
        words += ", so fewer FLOPs save little there"
    return f"{words}. At {_named(large)} it is {other:.0%}."


def lines_table(reading: BenchmarkSummary, num_layers: int) -> str:
    """Both costs of the three ways, as a Markdown table."""
    rows = [
        f"| {line.way} | {line.fixed_ms:.2f} ms | {line.fixed_ms / num_layers:.2f} ms | "
        f"{line.ms_per_gflop:.2f} ms | {line.fixed_share(reading.smallest):.0%} | ±{line.largest_error:.0%} |"
        for line in reading.lines
    ]
    head = "| | fixed, per call | per layer | per GFLOP | fixed share, smallest call | misses cells by |"
    return "\n".join([head, "|---|---:|---:|---:|---:|---:|", *rows])


def conclusions(reading: BenchmarkSummary) -> list[str]:
    """Conclusions for the use of pruning on this machine."""
    cells, best = reading.cells, reading.fastest
    if reading.slower and not reading.faster:
        first = "Pruning is slower in every clear cell: on this machine, at this strength, it costs time."
    elif len(reading.faster) == len(cells):
        first = f"Pruning is faster than dense in all {len(cells)} cells, beyond their spread."
    else:
        first = (
            f"Pruning is faster than dense in {len(reading.faster)} of {len(cells)} cells, beyond the spread"
        )
        first += f", and slower in {len(reading.slower)}." if reading.slower else "; the rest are ties."
    if len(cells) == 1:
        first = f"One cell says little: {best.speed_up:.1f}× dense at {_named(best)}."
    said = [
        f"{first} Best: {best.speed_up:.1f}× dense at {_named(best)}; FLOPs predict "
        f"{best.flops_reduction:.1f}×."
        if len(cells) > 1
        else first
    ]
    if pair := reading.same_length_batched():
        alone, together = pair
        if together.speed_up > 1.05 * alone.speed_up:
            said.append(
                f"Put short texts into batches: at {alone.mean_tokens:g} tokens, the speed-up is "
                f"{alone.speed_up:.1f}× at batch {alone.batch_size} and {together.speed_up:.1f}× at batch "
                f"{together.batch_size}, because a batch pays the fixed cost once."
            )
        else:
            said.append(
                f"Batching does not raise the speed-up of the shortest texts here: "
                f"{alone.speed_up:.1f}× at batch {alone.batch_size}, {together.speed_up:.1f}× at batch "
                f"{together.batch_size}."
            )
    if beyond := reading.beyond_flops:
        most = max(beyond, key=lambda cell: cell.realised)
        said.append(
            f"{len(beyond)} {'cell gains' if len(beyond) == 1 else 'cells gain'} more than FLOPs predict, "
            f"most at {_named(most)}: without pruning, this engine is {most.packed_speed_up:.1f}× as "
            "fast as dense there, and smaller tensors stay in the cache."
        )
    return said


def _named(cell: Cell) -> str:
    return f"{cell.mean_tokens:g} tokens, batch {cell.batch_size}"
