"""Summary of a finished run, a few numbers per scale, read in one pass, also from a URL."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ltp_viz.analysis.dataset.runs.store import RESULTS, RunStore
from ltp_viz.data.errors import InputError
from ltp_viz.data.label_sets import set_members
from ltp_viz.data.metrics import confusion_counts, swapped_labels_warning


@dataclass(frozen=True)
class ScaleSummary:
    """One scale over all rows. Scores are None without gold labels; of sets, all labels must be right for
    `accuracy`."""

    scale: float
    accuracy: float | None
    flops_reduction: float  # dense over pruned FLOPs
    changed: int  # rows whose answer differs from dense
    lost: int  # labelled rows that dense gets right and this scale wrong
    won: int  # the reverse
    micro_f1: float | None = None  # of sets of labels alone
    macro_f1: float | None = None


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
    is_set, classes = spec.answer_kind == "labels", len(label_names)
    confusion = np.zeros((classes, classes), np.int64)
    both, either = np.zeros((2, len(scales), classes), dtype=np.int64)  # labels in gold and answer, in each
    macs, changed, lost, won, right = np.zeros((5, len(scales)), dtype=np.int64)
    with folder.files.open(folder.path(RESULTS), "rb") as file, pq.ParquetFile(file) as results:
        for batch in results.iter_batches(columns=columns):
            gold = batch["gold"].fill_null(-1).to_numpy()
            has_gold = gold >= 0
            rows += len(gold)
            labelled += int(has_gold.sum())
            dense_macs += int(batch["dense_macs"].to_numpy().sum())
            dense = batch["label_0"].to_numpy()
            truth = set_members(gold[has_gold], classes).astype(np.int64) if is_set else None
            if truth is None:
                confusion += confusion_counts(gold[has_gold], dense[has_gold], classes)
            for k in keys:
                answers = batch[f"label_{k}"].to_numpy()
                if truth is not None:
                    given = set_members(answers[has_gold], classes)
                    both[k] += (truth * given).sum(0)
                    either[k] += (truth + given).sum(0)
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
                micro_f1=_f1(both[k].sum(), either[k].sum()) if is_set and labelled else None,
                macro_f1=float(np.mean(list(map(_f1, both[k], either[k])))) if is_set and labelled else None,
            )
            for k in keys
        ),
        None if is_set else swapped_labels_warning(confusion, label_names),
    )


def _f1(both: int, either: int) -> float:
    """F1 from the labels in gold and answer, and those in gold plus those in answers; 0 where there is none,
    as `data.metrics.label_metrics` defines it."""
    return 2 * int(both) / int(either) if either else 0.0
