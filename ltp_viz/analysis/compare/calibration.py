"""Strengths at which every rule reaches a given cost, found on texts that no evaluation uses.

Saved as a small file without weights: the model and this file together define the rules.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ltp_viz.analysis.compare.basis import RuleBasis, gather_basis
from ltp_viz.analysis.compare.equal_cost import EqualCost, equal_cost_on_texts
from ltp_viz.analysis.compare.families import family
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import LabelledTexts

# Texts, chosen evenly, for the statistics and for the strengths.
BASIS_TEXTS = 128
CALIBRATION_TEXTS = 512


@dataclass(frozen=True)
class Calibration:
    """The statistics that rules need, and their strengths by name and budget."""

    basis: RuleBasis
    texts: int  # number of calibration texts
    strengths: dict[str, tuple[EqualCost, ...]]  # one per budget

    def rule(self, name: str, budget: float) -> ReductionRule:
        """The calibrated rule. Raises InputError if it was not calibrated for this budget."""
        for found in self.strengths.get(name, ()):
            if found.target_share == budget:
                return family(name).at(found.strength, self.basis)
        raise InputError(f"Rule {name!r} is not calibrated for {budget:g} of the FLOPs; calibrate it again.")

    def save(self, path: Path) -> None:
        """Write as JSON, atomically."""
        record = {
            "basis": json.loads(self.basis.to_json()),
            "texts": self.texts,
            "strengths": {name: [asdict(each) for each in found] for name, found in self.strengths.items()},
        }
        with atomic_write(path) as aside:
            aside.write_text(json.dumps(record, indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """Inverse of `save`. Raises InputError for any other file."""
        try:
            record = json.loads(path.read_text())
            strengths = {
                name: tuple(EqualCost(**each) for each in found)
                for name, found in record["strengths"].items()
            }
            return cls(RuleBasis.from_json(json.dumps(record["basis"])), int(record["texts"]), strengths)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path} is not a calibration of rules ({error}); calibrate again.") from error


def calibrate(
    classifier: TextClassifier,
    data: LabelledTexts,
    names: Sequence[str],
    budgets: Sequence[float],
    report: Callable[[str], None] = lambda line: None,
    max_texts: int = CALIBRATION_TEXTS,
) -> Calibration:
    """Find every rule's strength for every budget, a share of the dense FLOPs, on texts of a holdout, evenly
    chosen if there are more than `max_texts`.

    Labels are not used. Raises InputError for an unknown rule or an impossible budget.
    """
    for budget in budgets:
        if not 0 < budget <= 1:
            raise InputError(f"A budget is {budget:g}; give shares of the dense FLOPs above 0, up to 1.")
    families = [family(name) for name in names]
    some = data.evenly(BASIS_TEXTS)
    basis = gather_basis(classifier, some.texts, some.text_pairs)
    texts = data.evenly(max_texts)
    strengths: dict[str, tuple[EqualCost, ...]] = {}
    for each in families:
        found = tuple(
            equal_cost_on_texts(classifier, each, basis, budget, texts.texts, texts.text_pairs)
            for budget in budgets
        )
        strengths[each.name] = found
        report(f"{each.title}: " + ", ".join(f"{cost.share:.3f}" for cost in found))
    return Calibration(basis, len(texts), strengths)
