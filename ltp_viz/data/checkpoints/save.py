"""A classifier in a folder: weights, configuration, tokenizer, and a card that says how to load it."""

import copy
from pathlib import Path
from typing import TYPE_CHECKING

from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.checkpoints.checksums import write_checksums
from ltp_viz.data.errors import InputError

if TYPE_CHECKING:
    from ltp_viz.data.classifier import TextClassifier


def save_classifier(classifier: "TextClassifier", folder: Path) -> None:
    """See `TextClassifier.save_pretrained`."""
    folder = folder.expanduser()
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{str(folder)!r} is a file; name a folder to save the model in.")
    folder.mkdir(parents=True, exist_ok=True)
    classifier.model.save_pretrained(folder)
    classifier.tokenizer.save_pretrained(folder)
    # The shared model keeps its own names; the folder has those that this classifier goes by.
    config = copy.deepcopy(classifier.config)
    config.id2label = dict(enumerate(classifier.labels))
    config.label2id = {name: index for index, name in enumerate(classifier.labels)}
    config.reads_pairs = classifier.reads_pairs
    config.architectures = [type(classifier.model).__name__]
    config.save_pretrained(folder)
    with atomic_write(folder / "README.md") as aside:
        aside.write_text(_card(classifier, folder), encoding="utf-8")
    write_checksums(folder)


def _card(classifier: "TextClassifier", folder: Path) -> str:
    config = classifier.config
    learned = "learned in training" if config.thresholds_learned else "not learned: they rise linearly"
    reads = "two texts" if classifier.reads_pairs else "one text"
    second = ", text_pair=..." if classifier.reads_pairs else ""
    return f"""---
library_name: ltp-viz
pipeline_tag: text-classification
---
# {folder.name}

A {config.base_family} classifier of {config.num_hidden_layers} layers that drops tokens by thresholds, \
{learned}. It reads {reads} of up to {config.max_text_tokens} tokens and answers \
{", ".join(classifier.labels)}.

```python
import ltp_viz  # registers the model class with transformers too

model = ltp_viz.load_model({folder.name!r})  # this folder
print(model.trace("A text."{second}).label)
```
"""
