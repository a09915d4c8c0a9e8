"""Every registered rule has the same properties, at any strength, and has its row in the README."""

import inspect
import re
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from ltp_viz.analysis.compare.basis import SHARES, RuleBasis
from ltp_viz.analysis.compare.families import FAMILIES, RuleFamily
from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from tests.conftest import ROOT

PROTECTED = [0, 2]
# What a calibration on texts of about thirty tokens could find.
BASIS = RuleBasis(
    thresholds=(0.002, 0.004, 0.006, 0.008),
    longest=512,
    score_variance=0.5,
    significance_counts=tuple(tuple(1 + 29 * share * (0.9**layer) for layer in range(4)) for share in SHARES),
)


@pytest.fixture(scope="module")
def model(pruned_bert: LTPForSequenceClassification) -> Iterator[LTPForSequenceClassification]:
    """A model that protects one more token than the first."""
    pruned_bert.config.protected_positions = PROTECTED
    yield pruned_bert
    pruned_bert.config.protected_positions = [0]


@torch.inference_mode()
def run(model: LTPForSequenceClassification, texts: list[Tensor], rule: ReductionRule) -> EncoderRun:
    lengths = tuple(map(len, texts))
    segments = torch.cat([(torch.arange(length) >= length // 2).long() for length in lengths])
    return model.run(torch.cat(texts), lengths, segments, rule)


def kept_of(run: EncoderRun, text: int) -> list[set[int]]:
    """Positions of one text that are left after each layer."""
    return [{*step.survivors.positions[step.survivors.text_index == text].tolist()} for step in run.steps]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    lengths=st.lists(st.integers(1, 60), min_size=2, max_size=4),
    strength=st.floats(0.05, 1.0),
    seed=st.integers(0, 1000),
)
def test_laws(
    family: RuleFamily, lengths: list[int], strength: float, seed: int, model: LTPForSequenceClassification
) -> None:
    generator = torch.Generator().manual_seed(seed)
    texts = [torch.randint(3, 200, (length,), generator=generator) for length in lengths]
    copies = [text.clone() for text in texts]
    rule = family.at(strength, BASIS)
    together = run(model, texts, rule)
    with torch.inference_mode():
        logits = model.classify(together.final)
    for index, text in enumerate(texts):
        kept = kept_of(together, index)
        before = set(range(len(text)))
        for after in kept:
            assert after <= before, "a token that is dropped stays dropped"
            assert {position for position in PROTECTED if position < len(text)} <= after
            before = after
        alone = run(model, [text], rule)
        assert kept_of(alone, 0) == kept, "other texts in the batch have no effect"
        with torch.inference_mode():
            own = model.classify(alone.final)
        torch.testing.assert_close(logits[index : index + 1], own, atol=1e-4, rtol=1e-4)
    assert all(torch.equal(text, copy) for text, copy in zip(texts, copies, strict=True))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_strength_zero_is_the_unpruned_model(family: RuleFamily, model: LTPForSequenceClassification) -> None:
    texts = [torch.randint(3, 200, (n,), generator=torch.Generator().manual_seed(n)) for n in (1, 40, 170)]
    found = run(model, texts, family.at(0.0, BASIS))
    expected = run(model, texts, ThresholdRule((0.0,) * 4))
    assert found.final.lengths == (1, 40, 170)
    with torch.inference_mode():
        assert torch.equal(model.classify(found.final), model.classify(expected.final))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_full_strength_removes_tokens(family: RuleFamily, model: LTPForSequenceClassification) -> None:
    """Otherwise the properties above would mean nothing."""
    text = torch.randint(3, 200, (60,), generator=torch.Generator().manual_seed(1))
    lengths = [run(model, [text], family.at(s, BASIS)).final.lengths[0] for s in np.linspace(0, 1, 5)]
    assert lengths[0] == 60 and lengths[-1] <= 40


def readme_rows() -> dict[str, str]:
    """The README's table of rules: name -> file."""
    section = (ROOT / "README.md").read_text().split("\n## Rules\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| [^|]+ \| `(\w+)` \| [^|]+ \| [^|]* \| \[[\w.]+\]\(([\w./]+)\) \|$", section, re.M)
    assert len(rows) == len(dict(rows))
    return dict(rows)


def test_every_rule_has_its_row_in_the_readme() -> None:
    assert list(readme_rows()) == [family.name for family in FAMILIES]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_file_that_a_row_names_holds_the_rule(family: RuleFamily) -> None:
    named = ROOT / readme_rows()[family.name]
    assert named.is_file()
    assert named.samefile(inspect.getfile(type(family.at(0.5, BASIS))))
