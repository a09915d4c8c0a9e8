"""Pruned against Hugging Face's dense sdpa model: `python -m tests.bench.throughput MODEL FILE`.

Same batches of 32 sorted by length, fp32, tokenization left out. Rounds alternate between the two, so that
a noisy machine hits both alike; the speed-up is the median of the rounds' ratios.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import torch
from transformers import BertConfig, BertForSequenceClassification

import ltp_viz
from ltp_viz.core.flops import dense_macs
from ltp_viz.core.rules import ThresholdRule
from ltp_viz.data.datasets import TASKS, read_labelled_texts

ROUNDS = 7
BATCH_SIZE = 32


def dense_twin(classifier: ltp_viz.TextClassifier) -> BertForSequenceClassification:
    """Hugging Face's BERT of the same shape; time does not depend on the values of its weights."""
    config = classifier.config
    shape = BertConfig(
        vocab_size=config.vocab_size,
        hidden_size=config.hidden_size,
        num_hidden_layers=config.num_hidden_layers,
        num_attention_heads=config.num_attention_heads,
        intermediate_size=config.intermediate_size,
        num_labels=config.num_classes,
        attn_implementation="sdpa",
    )
    return BertForSequenceClassification(shape).eval()


@torch.inference_mode()
def main() -> None:
    """Print the medians as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("file", type=Path)
    parser.add_argument("--task", default="sst2", choices=sorted(TASKS))
    options = parser.parse_args()
    classifier = ltp_viz.load_model(options.model)
    texts = read_labelled_texts(options.file, TASKS[options.task]).texts
    encoded = classifier.tokenizer(list(texts), truncation=True, max_length=classifier.config.max_text_tokens)
    rows = sorted(encoded["input_ids"], key=len)
    batches = [rows[first : first + BATCH_SIZE] for first in range(0, len(rows), BATCH_SIZE)]
    padded = [
        (
            torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in batch], batch_first=True),
            torch.nn.utils.rnn.pad_sequence([torch.ones(len(row)) for row in batch], batch_first=True).long(),
        )
        for batch in batches
    ]
    packed = [(torch.tensor([i for row in batch for i in row]), tuple(map(len, batch))) for batch in batches]
    dense = dense_twin(classifier)
    rule = ThresholdRule(classifier.model.effective_thresholds())

    def run_dense() -> None:
        for ids, mask in padded:
            dense(input_ids=ids, attention_mask=mask)

    def run_pruned() -> None:
        for ids, lengths in packed:
            classifier.model.classify(classifier.model.run(ids, lengths, None, rule).final)

    run_dense()
    run_pruned()
    dense_times, pruned_times = [], []
    for _ in range(ROUNDS):
        for run, times in ((run_dense, dense_times), (run_pruned, pruned_times)):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    predictions = classifier.predict(texts)
    flops_ratio = sum(dense_macs(len(row), classifier.config) for row in rows) / int(predictions.macs.sum())
    speed_up = statistics.median(d / p for d, p in zip(dense_times, pruned_times, strict=True))
    result = {
        "texts": len(rows),
        "threads": torch.get_num_threads(),
        "dense_ms_per_text": round(1e3 * statistics.median(dense_times) / len(rows), 3),
        "pruned_ms_per_text": round(1e3 * statistics.median(pruned_times) / len(rows), 3),
        "speed_up": round(speed_up, 2),
        "flops_reduction": round(flops_ratio, 2),
        "speed_up_over_flops_reduction": round(speed_up / flops_ratio, 2),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
