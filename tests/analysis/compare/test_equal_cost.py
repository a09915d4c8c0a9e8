"""Every rule can be set to another's cost, and its cost changes monotonically with its strength."""

import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.compare.basis import SHARES, RuleBasis, gather_basis
from ltp_viz.analysis.compare.equal_cost import equal_cost_on_text, equal_cost_on_texts, search_strength
from ltp_viz.analysis.compare.families import FAMILIES, RuleFamily, family, threshold_scale
from ltp_viz.core.rules.schedules import rates_at, spatten_rates
from ltp_viz.data.errors import InputError

TEXTS = [
    "Too slow, too long and too little happens.",
    "A quiet triumph: funny where it has to be, sad where it can not be otherwise, never once in a hurry.",
    "I wanted to love this film, and for an hour I did; then the plot walked out, and so should I have done.",
    "Bland.",
    "The actors do what they can with lines that no one should be asked to say aloud, let alone with a "
    "straight face, and the camera, at least, has the decency to look away now and then.",
]
LONG = " ".join(
    [
        *TEXTS,
        "Halfway through, a dog crosses the square, and for a minute we care about where somebody is going. "
        "The sound is thin; rain, when it comes, comes from one corner of the room. My neighbour laughed at "
        "the funeral and slept through the chase. None of this would matter if the last scene knew what the "
        "first one promised, but it has forgotten, as will everybody by Tuesday.",
    ]
)
EXAMPLES = [pytest.param(each, id=each.name) for each in FAMILIES]


@pytest.fixture(scope="module")
def basis(classifier: TextClassifier) -> RuleBasis:
    return gather_basis(classifier, TEXTS)


@pytest.mark.parametrize("each", EXAMPLES)
def test_nothing_is_dropped_at_strength_0_and_most_at_1(
    each: RuleFamily, basis: RuleBasis, classifier: TextClassifier
) -> None:
    none = classifier.predict([LONG], rule=each.at(0.0, basis))
    assert (none.macs == none.dense_macs).all()
    most = classifier.predict([LONG], rule=each.at(1.0, basis))
    assert most.macs[0] < 0.3 * most.dense_macs[0]


@pytest.mark.parametrize("each", EXAMPLES)
@pytest.mark.parametrize("wanted", [0.3, 0.5, 0.8])
def test_one_text_at_equal_cost(
    each: RuleFamily, wanted: float, basis: RuleBasis, classifier: TextClassifier
) -> None:
    analysed = classifier.start(LONG)
    found = equal_cost_on_text(analysed, each, basis, wanted)
    assert found.is_equal, f"{each.name} met {found.share:.4f}"
    trace = analysed.trace(rule=each.at(found.strength, basis))
    assert trace.macs / trace.dense_macs == pytest.approx(found.share)


@pytest.mark.parametrize("each", EXAMPLES)
def test_many_texts_at_equal_cost(each: RuleFamily, basis: RuleBasis, classifier: TextClassifier) -> None:
    found = equal_cost_on_texts(classifier, each, basis, 0.6, TEXTS * 2)
    answers = classifier.predict(TEXTS * 2, rule=each.at(found.strength, basis))
    assert answers.macs.sum() / answers.dense_macs.sum() == pytest.approx(found.share)
    # Counts that are the same for all texts can only change by whole tokens of all of them.
    assert found.share == pytest.approx(0.6, rel=0.05 if each.name in ("lat", "power_bert") else 0.01)


def test_the_nearest_cost_is_found_where_costs_jump() -> None:
    def step(strength: float) -> float:
        return 1.0 if strength < 0.3 else 0.55

    assert search_strength(step, 0.6).share == 0.55
    assert not search_strength(step, 0.6).is_equal
    assert search_strength(step, 0.2).share == 0.55
    assert search_strength(step, 1.0).strength == 0.0


def test_a_cost_above_the_unpruned_one_cannot_be_met() -> None:
    found = search_strength(lambda strength: 1.0 - strength, 5.8)
    assert (found.strength, found.share, found.target_share) == (0.0, 1.0, 5.8)
    assert not found.is_equal and not found.is_least


def test_the_lowest_cost_is_recognised_at_any_strength() -> None:
    def flat(strength: float) -> float:
        return max(0.685, 1.0 - strength)

    assert search_strength(flat, 0.48, looks=(-0.1, 0.1)).is_least
    assert not search_strength(flat, 0.8).is_least


def test_a_step_at_the_bend_of_rates_is_found() -> None:
    def bend(strength: float) -> float:
        return 0.4994 if strength == 2 / 3 else 0.507 if strength < 0.75 else 0.48

    assert search_strength(bend, 0.5, looks=(0.01,)).share == 0.4994


def test_strengths_in_words(basis: RuleBasis) -> None:
    assert threshold_scale(0.5) == 1.0 and threshold_scale(0.0) == 0.0 and threshold_scale(1.0) == 1000
    assert family("learned").setting(0.5, basis) == "thresholds ×1.00"
    assert "steeper" not in family("top_k").setting(0.2, basis)
    assert "steeper" in family("top_k").setting(0.5, basis)
    for each in FAMILIES:
        assert each.setting(0.4, basis) and each.summary.endswith(".")


def test_the_first_third_of_rates_is_the_published_schedule() -> None:
    for layers in (4, 6, 12):
        for step in range(10):
            rate = 1 - step / 9 * 0.99
            assert rates_at(step / 27, layers) == pytest.approx(spatten_rates(rate, layers))
        for before, after in zip(range(30), range(1, 31), strict=True):
            pairs = zip(rates_at(before / 30, layers), rates_at(after / 30, layers), strict=True)
            assert all(low <= high + 1e-12 for high, low in pairs)


def test_basis_round_trips_through_json(basis: RuleBasis) -> None:
    assert RuleBasis.from_json(basis.to_json()) == basis
    for text in ("{}", "[]", "nonsense", basis.to_json().replace('"longest"', '"longes"')):
        with pytest.raises(InputError, match="calibrate again"):
            RuleBasis.from_json(text)


def test_what_the_basis_measures(basis: RuleBasis, classifier: TextClassifier) -> None:
    assert basis.longest == 512
    assert basis.thresholds == tuple(classifier.config.thresholds)
    assert len(basis.significance_counts) == len(SHARES)
    # On average all tokens together have all of the significance, and the first token alone none.
    mean = sum(len(classifier.tokenize(text).tokens) for text in TEXTS) / len(TEXTS)
    assert basis.significance_counts[-1] == pytest.approx((mean,) * 6, abs=0.5)
    assert basis.significance_counts[0] == (1.0,) * 6
    assert basis.counts_at(0.0) == (512,) * 6 and basis.counts_at(1.0) == (1,) * 6
    assert basis.counts_at(0.5) == (round(mean),) * 6
    counts = basis.counts_at(0.7)
    assert list(counts) == sorted(counts, reverse=True) and counts[0] < mean


def test_unknown_rules_and_strengths(basis: RuleBasis) -> None:
    with pytest.raises(InputError, match="There is no rule 'best'; choose one of learned, manual, "):
        family("best")
    with pytest.raises(ValueError, match=r"A strength is 1\.5"):
        family("learned").at(1.5, basis)
    with pytest.raises(InputError, match="no texts to gather"):
        gather_basis(None, [])  # type: ignore[arg-type]
