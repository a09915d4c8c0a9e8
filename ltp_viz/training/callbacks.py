"""Outputs of a training: log, terminal, TensorBoard, and checkpoints marked as complete."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

from accelerate import PartialState
from transformers import ProgressCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.integrations import TensorBoardCallback

from ltp_viz.data.errors import InputError

_COMPLETE = "complete"
_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: list[float]) -> str:
    """Values as bars, the highest of full height; 0 and below is a dot."""
    values = [0.0 if math.isnan(value) else value for value in values]
    highest = max(values, default=0.0)
    if highest <= 0:
        return "·" * len(values)
    return "".join(
        "·" if value <= 0 else _BARS[round(value / highest * (len(_BARS) - 1))] for value in values
    )


class JsonLinesLog(TrainerCallback):
    """Appends every log entry to a JSON-lines file, with the name of its stage.

    A restart resumes from a checkpoint and removes the entries of later steps, which it will log again.
    """

    def __init__(self, path: Path, stage: str):
        self.path = path
        self.stage = stage

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Remove what a killed run logged after its last checkpoint."""
        if not state.is_world_process_zero or not self.path.exists():
            return
        kept = []
        for line in self.path.read_text().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:  # the process was killed while it wrote this line
                continue
            if entry["stage"] != self.stage or entry["step"] <= state.global_step:
                kept.append(line + "\n")
        partial = self.path.with_suffix(".partial")
        partial.write_text("".join(kept))
        partial.rename(self.path)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Write one line; skips Trainer's last entry, whose means leave out the steps of a killed run."""
        if state.is_world_process_zero and logs and "train_runtime" not in logs:
            entry = {"stage": self.stage, "step": state.global_step, **logs}
            with self.path.open("a") as file:
                file.write(json.dumps(entry) + "\n")


def last_logged(log: Path, stage: str, name: str) -> Any:
    """The value that a stage logged last under a name, or None; read from the file of `JsonLinesLog`."""
    found = None
    for line in log.read_text().splitlines() if log.exists() else ():
        entry = json.loads(line)
        if entry["stage"] == stage:
            found = entry.get(name, found)
    return found


class StopAtNaN(TrainerCallback):
    """Ends a training once a value is NaN, from which no further step recovers."""

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Raises InputError at the first entry that contains NaN."""
        for name in ("loss", "grad_norm", "thresholds"):
            values = (logs or {}).get(name, 0.0)
            if any(math.isnan(value) for value in (values if isinstance(values, list) else [values])):
                raise InputError(
                    f"Training diverged: {name} is NaN at step {state.global_step}; lower the learning "
                    "rates and give another --output."
                )


class TerminalProgress(ProgressCallback):
    """A progress bar with the loss, the FLOPs share and a sparkline of the thresholds at its end."""

    def __init__(self, stage: str):
        super().__init__()
        self.stage = stage

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Label the bar with its stage."""
        super().on_train_begin(args, state, control, **kwargs)
        if self.training_bar is not None:
            self.training_bar.set_description(self.stage)

    def on_prediction_step(self, args: Any, state: Any, control: Any, *_: Any, **kwargs: Any) -> None:
        """Show no second bar while the holdout runs."""

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Update the end of the bar; print scores on the holdout on a separate line."""
        if not state.is_world_process_zero or self.training_bar is None or not logs:
            return
        scores = {name[5:]: value for name, value in logs.items() if name.startswith("eval_")}
        if scores:
            hidden = ("runtime", "samples_per_second", "steps_per_second")
            words = ", ".join(f"{name} {value:.4f}" for name, value in scores.items() if name not in hidden)
            how = " under soft masks" if self.stage == "soft" else ""
            self.training_bar.write(f"{self.stage}, step {state.global_step}, holdout{how}: {words}")
        elif "loss" in logs:
            parts = [f"loss {logs['loss']:.3f}"]
            if "flops_share" in logs:
                parts.append(f"FLOPs {100 * logs['flops_share']:.0f} %")
            if "regularizer_weight" in logs:
                parts.append(f"lambda {logs['regularizer_weight']:.3g}")
            if any(logs.get("thresholds", ())):
                parts.append(f"thresholds {sparkline(logs['thresholds'])} <= {max(logs['thresholds']):.4f}")
            self.training_bar.set_postfix_str(", ".join(parts))


class TensorBoardLog(TensorBoardCallback):
    """TensorBoard's log in the run's folder; lists become one curve per layer."""

    def __init__(self, folder: Path):
        super().__init__()
        self.logging_dir = str(folder)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Discard what a killed run wrote after its last checkpoint, as it will be written again."""
        if state.is_world_process_zero:
            self.tb_writer = self._SummaryWriter(log_dir=self.logging_dir, purge_step=state.global_step + 1)
        super().on_train_begin(args, state, control, **kwargs)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Write one point per curve."""
        flat: dict[str, Any] = {}
        for name, value in (logs or {}).items():
            if isinstance(value, list):
                flat |= {f"{name}/layer_{layer}": number for layer, number in enumerate(value, start=1)}
            else:
                flat[name] = value
        super().on_log(args, state, control, logs=flat, **kwargs)


class MarkComplete(TrainerCallback):
    """Marks a checkpoint once it is completely written; a process may be killed before that."""

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Called in every process after its last file of the checkpoint."""
        PartialState().wait_for_everyone()
        if state.is_world_process_zero:
            (Path(str(args.output_dir)) / f"checkpoint-{state.global_step}" / _COMPLETE).touch()


def remove_incomplete_checkpoints(folder: Path) -> None:
    """Remove checkpoints that a killed process left incomplete."""
    for checkpoint in folder.glob("checkpoint-*"):
        if not (checkpoint / _COMPLETE).is_file():
            shutil.rmtree(checkpoint)


def last_complete_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint, or None."""
    complete = [path.parent for path in folder.glob(f"checkpoint-*/{_COMPLETE}")]
    return max(complete, key=lambda path: int(path.name.rsplit("-", 1)[1]), default=None)
