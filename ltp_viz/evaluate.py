"""Command line: `python -m ltp_viz.evaluate MODEL --task sst2 --data FILE`, pruned beside dense."""

import argparse
import json
import sys
from pathlib import Path

from ltp_viz.analysis.evaluation import evaluate
from ltp_viz.analysis.sweeps import SCALES, DataSweep, sweep_texts
from ltp_viz.data.checkpoints import load_model
from ltp_viz.data.datasets import TASKS, LabelledTexts, read_labelled_texts
from ltp_viz.data.errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Print the evaluation as a table, or as JSON; bad input ends with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m ltp_viz.evaluate", description=__doc__)
    parser.add_argument("model", help="model folder or hub name")
    parser.add_argument("--task", choices=sorted(TASKS), required=True)
    parser.add_argument("--data", type=Path, required=True, help="Parquet or CSV file of the task")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies all thresholds, default 1")
    parser.add_argument("--sweep", action="store_true", help="accuracy and FLOPs at scales x0 to x3")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        data = read_labelled_texts(options.data, TASKS[options.task])
        classifier = load_model(options.model)
        if options.sweep:
            return _print_sweep(sweep_texts(classifier, data.texts, SCALES[::2]), data, options.json)
        result = evaluate(classifier, data, options.scale)
    except (InputError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(result.to_dict(), indent=2))
        return 0
    print(f"{options.model}, {options.data.name}: {result.texts:,} texts, thresholds x{options.scale:g}")
    print(f"  accuracy  dense {result.dense_accuracy:.4f}  pruned {result.pruned_accuracy:.4f}")
    print(f"  agreement {result.agreement:.4f}")
    print(
        f"  FLOPs     {result.flops_reduction:.2f}x fewer ({2 * result.pruned_macs / 1e9:,.1f} of "
        f"{2 * result.dense_macs / 1e9:,.1f} GFLOPs; embeddings, softmax, norms and head left out)"
    )
    return 0


def _print_sweep(sweep: DataSweep, data: LabelledTexts, as_json: bool) -> int:
    rows = zip(
        sweep.scales, sweep.accuracy(data.labels).tolist(), sweep.flops_reduction.tolist(), strict=True
    )
    if as_json:
        names = ("scale", "accuracy", "flops_reduction")
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
        return 0
    print(f"{len(data):,} texts; FLOPs are how many times fewer than without pruning")
    print("scale  accuracy  FLOPs")
    for scale, accuracy, reduction in rows:
        print(f"x{scale:4.2f}    {accuracy:.4f}  {reduction:.2f}x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
