"""Summary of a finished run, a few numbers per scale, read in one pass, also from a URL."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ltp_viz.analysis.dataset.runs.store import RESULTS, RunStore
from ltp_viz.data.errors import InputError
from ltp_viz.data.metrics import confusion_counts, swapped_labels_warning


@dataclass(frozen=True)
class ScaleSummary:
    """One scale over all rows. Accuracies are None without gold labels."""

    scale: float
    accuracy: float | None
    flops_reduction: float  # dense over pruned FLOPs
    changed: int  # rows whose answer differs from dense
    lost: int  # labelled rows that dense gets right and this scale wrong
    won: int  # the reverse


@dataclass(frozen=True)
class RunSummary:
    """All scales of a run, dense first."""

    rows: int  # with a text
    labelled: int  # with a text and a gold label
    scales: tuple[ScaleSummary, ...]
    warning: str | None = None  # that the labels seem to mean other classes than they are taken for


def summarize(folder: RunStore) -> RunSummary:
    """Sum over `results.parquet`, a row group at a time. Raises InputError if it is damaged."""
    try:
        return _summed(folder)
    except (pa.ArrowException, KeyError) as error:
        raise InputError(
            f"The results in {folder.place!r} cannot be read; remove the run and start it again."
        ) from error


def _summed(folder: RunStore) -> RunSummary:
    spec = folder.spec()
    scales, label_names = spec.scales, spec.label_names
    keys = range(len(scales))
    columns = ["gold", "dense_macs", *(f"{name}_{k}" for k in keys for name in ("label", "macs"))]
    rows = labelled = dense_macs = 0
    confusion = np.zeros((len(label_names), len(label_names)), np.int64)
    macs, changed, lost, won, right = np.zeros((5, len(scales)), dtype=np.int64)
    with folder.files.open(folder.path(RESULTS), "rb") as file, pq.ParquetFile(file) as results:
        for batch in results.iter_batches(columns=columns):
            gold = batch["gold"].fill_null(-1).to_numpy()
            has_gold = gold >= 0
            rows += len(gold)
            labelled += int(has_gold.sum())
            dense_macs += int(batch["dense_macs"].to_numpy().sum())
            dense = batch["label_0"].to_numpy()
            confusion += confusion_counts(gold[has_gold], dense[has_gold], len(label_names))
            for k in keys:
                answers = batch[f"label_{k}"].to_numpy()
                macs[k] += batch[f"macs_{k}"].to_numpy().sum()
                right[k] += (answers == gold).sum()
                changed[k] += (answers != dense).sum()
                lost[k] += (has_gold & (dense == gold) & (answers != gold)).sum()
                won[k] += (has_gold & (dense != gold) & (answers == gold)).sum()
    return RunSummary(
        rows,
        labelled,
        tuple(
            ScaleSummary(
                scale=scales[k],
                accuracy=int(right[k]) / labelled if labelled else None,
                flops_reduction=dense_macs / int(macs[k]),
                changed=int(changed[k]),
                lost=int(lost[k]),
                won=int(won[k]),
            )
            for k in keys
        ),
        swapped_labels_warning(confusion, label_names),
    )
