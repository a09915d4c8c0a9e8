"""A temperature that decreases while thresholds are learned: from soft decisions to nearly hard ones."""

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

# Initial over final temperature.
START_FACTOR = 10.0


class AnnealedTemperature(TrainerCallback):
    """Geometric decrease to `final`, a function of the step alone, so that a restart continues unchanged."""

    def __init__(self, final: float):
        self.final = final

    def at(self, progress: float) -> float:
        """Temperature after a share `progress` of the stage, 0 to 1."""
        return self.final * START_FACTOR ** (1.0 - progress)

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Set the model's temperature for this step."""
        model = kwargs["model"]
        model = getattr(model, "module", model)  # torch's wrapper for multiple processes
        model.temperature = self.at(state.global_step / max(1, state.max_steps))
