"""Every model family beside Hugging Face's own class: `python -m tests.bench.families [FAMILY ...]`.

Agreement of the logits, memory and time of one text of 512 tokens, and of 8,192 for ModernBERT. A model has
its family's base shape, random weights and its own vocabulary; XLM-RoBERTa-XL, of 3.5 billion parameters, has
2 of its 36 layers. Each engine runs in a process of its own. Memory is what a forward adds at its peak to a
process that has run a short text before. Prints a Markdown table; `--json FILE` writes all figures.

Random layers amplify rounding, so each difference stands beside the rounding error of Hugging Face's own
logits, that between fp32 and fp64, and beside the difference of both engines in fp64.
"""

import argparse
import ctypes
import gc
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForSequenceClassification

from ltp_viz.core.config import rising_thresholds
from ltp_viz.core.families import LAYOUTS
from ltp_viz.core.families.convert import convert_classifier
from ltp_viz.core.flops import dense_macs, run_macs
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.thresholds import ThresholdRule

TOKENS, LONG_TOKENS = 512, 8192
# Large enough that a wrong position shows in the logits. Much more makes attention one-hot: nearly all
# probabilities are then denormal, with which processors compute ten times slower.
WEIGHT_STD = 0.05
_EXACT_UP_TO_TOKENS = 512  # fp64 is slow, and takes twice the memory
SHARE = 0.5  # of the FLOPs, when pruned
ENGINES = ("hugging-face", "ours")
_WARM_UP_TOKENS = 16
_SEARCH_STEPS = 6
_SAMPLE_S = 0.002

# What differs from Hugging Face's defaults, which are BERT-base's for most.
_AFTER_PADDING: dict[str, Any] = dict(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1)
BASES: dict[str, dict[str, Any]] = {
    "bert": {},
    "ernie": dict(vocab_size=18000, max_position_embeddings=513),
    "roberta": _AFTER_PADDING,
    "xlm-roberta": _AFTER_PADDING | dict(vocab_size=250002),
    "camembert": _AFTER_PADDING | dict(vocab_size=32005),
    "data2vec-text": _AFTER_PADDING,
    "ibert": _AFTER_PADDING,
    "electra": dict(
        hidden_size=768, embedding_size=768, num_attention_heads=12, intermediate_size=3072, vocab_size=30522
    ),
    "distilbert": {},
    "roberta-prelayernorm": _AFTER_PADDING,
    "xlm-roberta-xl": dict(vocab_size=250880, num_hidden_layers=2),
    "albert": dict(hidden_size=768, num_attention_heads=12, intermediate_size=3072),
    "mpnet": dict(max_position_embeddings=514),
    "deberta-v2": dict(
        hidden_size=768,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=3072,
        type_vocab_size=0,
        relative_attention=True,
        position_buckets=256,
        pos_att_type=["p2c", "c2p"],
        norm_rel_ebd="layer_norm",
        position_biased_input=False,
        share_att_key=True,
    ),
    "modernbert": {},
}


def build(family: str) -> Any:
    """Hugging Face's classifier of base shape with random weights, the same in every process."""
    config = AutoConfig.for_model(family, **BASES[family])
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_config(config).eval()
    for name, weight in model.named_parameters():
        is_norm = weight.ndim == 1 and name.endswith("weight")
        torch.nn.init.normal_(weight, 1.0 if is_norm else 0.0, WEIGHT_STD)
    return model


def random_ids(family: str, tokens: int) -> Tensor:
    """Ids (n,) without special tokens in any family."""
    vocabulary = AutoConfig.for_model(family, **BASES[family]).vocab_size
    return torch.randint(10, vocabulary, (tokens,), generator=torch.Generator().manual_seed(1))


@torch.inference_mode()
def measure(engine: str, family: str, tokens: int, rounds: int) -> dict[str, Any]:
    """One engine in this process: logits, the memory that a forward adds in MB, and the median time in ms."""
    dense, ids = build(family), random_ids(family, tokens)
    short = ids[:_WARM_UP_TOKENS]
    figures: dict[str, Any] = {}
    if engine == "hugging-face":
        figures["attention"] = dense.config._attn_implementation
        figures["parameters"] = sum(weight.numel() for weight in dense.parameters())
        dense(input_ids=short[None])
        logits, figures["memory_mb"] = _with_memory(lambda: dense(input_ids=ids[None]).logits)
        figures["ms"] = _median_ms(lambda: dense(input_ids=ids[None]), rounds)
        exact = dense.double()(input_ids=ids[None]).logits if tokens <= _EXACT_UP_TO_TOKENS else None
    else:
        model = convert_classifier(dense)
        del dense
        gc.collect()
        nothing = ThresholdRule((0.0,) * model.config.num_hidden_layers)
        forward(model, short, nothing)
        logits, figures["memory_mb"] = _with_memory(lambda: forward(model, ids, nothing))
        figures["ms"] = _median_ms(lambda: forward(model, ids, nothing), rounds)
        rule, figures["share"] = rule_of_share(model, ids)
        _, figures["pruned_memory_mb"] = _with_memory(lambda: forward(model, ids, rule))
        figures["pruned_ms"] = _median_ms(lambda: forward(model, ids, rule), rounds)
        exact = forward(model.double(), ids, nothing) if tokens <= _EXACT_UP_TO_TOKENS else None
    figures["exact_logits"] = None if exact is None else exact.flatten().tolist()
    return figures | {"logits": logits.flatten().tolist()}


def forward(model: LTPForSequenceClassification, ids: Tensor, rule: ThresholdRule) -> Tensor:
    """Logits (1, C) of one text (n,)."""
    return model.classify(model.run(ids, (len(ids),), None, rule).final)


def rule_of_share(model: LTPForSequenceClassification, ids: Tensor) -> tuple[ThresholdRule, float]:
    """Rising thresholds that leave about half of the FLOPs, by bisection, and the share that they leave."""
    layers, dense = model.config.num_hidden_layers, dense_macs(len(ids), model.config)
    low, high = 1e-4, 0.1  # threshold of the last layer; scores of dense layers have a mean of 1/128
    tried = []
    for _ in range(_SEARCH_STEPS):
        middle = (low * high) ** 0.5
        rule = ThresholdRule(tuple(rising_thresholds(layers, middle)))
        share = int(run_macs(model.run(ids, (len(ids),), None, rule), model.config)[0]) / dense
        tried.append((abs(share - SHARE), share, rule))
        low, high = (middle, high) if share > SHARE else (low, middle)
    _, share, rule = min(tried, key=lambda one: one[0])
    return rule, share


def _median_ms(run: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - started))
    return statistics.median(times)


def _with_memory(run: Callable[[], Tensor]) -> tuple[Tensor, float]:
    """A result, and how far resident memory rose meanwhile, in MB."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # freed memory that the allocator holds would hide what is needed
    before = peak = _resident_mb()
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(_SAMPLE_S):
            peak = max(peak, _resident_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        result = run()
    finally:
        done.set()
        watcher.join()
    return result, max(peak, _resident_mb()) - before


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def compare(family: str, tokens: int, rounds: int, threads: int) -> dict[str, Any]:
    """Both engines, each in a process of its own, and the largest difference of their logits."""
    found = {}
    for engine in ENGINES:
        print(f"{family}, {tokens} tokens, {engine}", file=sys.stderr, flush=True)
        worker = [sys.executable, "-m", "tests.bench.families", "--worker", engine]
        sizes = {"--tokens": tokens, "--rounds": rounds, "--threads": threads}
        command = [*worker, *(str(part) for size in sizes.items() for part in size), family]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found[engine] = json.loads(done.stdout.splitlines()[-1])
    theirs, ours = (found[engine] for engine in ENGINES)
    return {
        "family": family,
        "tokens": tokens,
        "rounds": rounds,
        "threads": threads,
        "largest_logit": max(map(abs, theirs["logits"])),
        "difference": _difference(theirs["logits"], ours["logits"]),
        "exact_difference": _difference(theirs["exact_logits"], ours["exact_logits"]),
        "rounding": _difference(theirs["logits"], theirs["exact_logits"]),
        "hugging_face": theirs,
        "ours": ours,
    }


def _difference(first: list[float] | None, second: list[float] | None) -> float | None:
    if first is None or second is None:
        return None
    return max(abs(one - other) for one, other in zip(first, second, strict=True))


_DIFFERENCES = ("difference", "rounding", "exact_difference")


def table(records: list[dict[str, Any]]) -> str:
    """Markdown, a row per family and length."""
    lines = [
        "| family | tokens | million weights | largest logit | difference | HF's rounding | in fp64 "
        "| HF attention | HF MB | ours MB | pruned MB | HF ms | ours ms | pruned ms | FLOPs left |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for record in records:
        theirs, ours = record["hugging_face"], record["ours"]
        cells = [
            record["family"],
            f"{record['tokens']:,}",
            f"{theirs['parameters'] / 1e6:.0f}",
            f"{record['largest_logit']:.1f}",
            *("–" if found is None else f"{found:.0e}" for found in map(record.get, _DIFFERENCES)),
            theirs["attention"],
            *(f"{megabytes:.0f}" for megabytes in (theirs["memory_mb"], ours["memory_mb"])),
            f"{ours['pruned_memory_mb']:.0f}",
            *(f"{ms:,.0f}" for ms in (theirs["ms"], ours["ms"], ours["pruned_ms"])),
            f"{100 * ours['share']:.0f} %",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure the families that are named, by default every registered one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("families", nargs="*", metavar="FAMILY", default=list(LAYOUTS))
    parser.add_argument("--rounds", type=int, default=3, help="forwards that a median is taken of")
    parser.add_argument("--tokens", type=int, help="length of the text (default: 512, ModernBERT 8,192 too)")
    parser.add_argument("--threads", type=int, default=1, help="more are disturbed by what else runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    parser.add_argument("--worker", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        torch.set_num_threads(options.threads)
        print(json.dumps(measure(options.worker, options.families[0], options.tokens, options.rounds)))
        return
    records = []
    for family in options.families:
        lengths = [options.tokens or TOKENS]
        if family == "modernbert" and not options.tokens:
            lengths.append(LONG_TOKENS)
        for tokens in lengths:
            records.append(compare(family, tokens, 1 if tokens > TOKENS else options.rounds, options.threads))
            if options.json:  # after each, as all of them take minutes
                options.json.write_text(json.dumps(records, indent=2))
    print(table(records))


if __name__ == "__main__":
    main()
