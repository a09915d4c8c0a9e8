"""One split of a data set on the Hugging Face hub as JSON lines."""

import datetime
import json
from pathlib import Path
from typing import Any

from ltp_viz.data.errors import InputError


def write_hub_split(name: str, split: str, target: Path) -> dict[str, tuple[str, ...]]:
    """Write the rows of "owner/name" or "owner/name:config" as they arrive, classes by their names.

    Returns the names of the classes by column. Raises InputError.
    """
    import datasets  # late: it takes seconds

    repository, _, configuration = name.partition(":")
    if repository.count("/") != 1 or repository.startswith((".", "/", "~")) or not all(repository.split("/")):
        raise InputError(f"{name!r} is no name on the hub; give 'owner/name' or 'owner/name:configuration'.")
    try:
        parts = datasets.get_dataset_split_names(repository, configuration or None)
        if split not in parts:
            there_are = ", ".join(map(repr, parts))
            raise InputError(f"{name} has no part {split!r}, only {there_are}; name one of these.")
        rows = datasets.load_dataset(repository, configuration or None, split=split, streaming=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        class_names = {
            column: tuple(single.names)
            for column, feature in (rows.features or {}).items()
            if isinstance(single := getattr(feature, "feature", feature), datasets.ClassLabel)
        }
        with target.open("w", encoding="utf-8") as file:
            for row in rows:
                for column, names in class_names.items():
                    row[column] = _named(row[column], names)
                file.write(json.dumps(row, default=_as_json) + "\n")
        return class_names
    except InputError:
        raise
    except Exception as error:  # whatever the hub's libraries and their network raise
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"The data set {name!r} cannot be had from the hub: {reason}") from error


def _named(number: Any, names: tuple[str, ...]) -> Any:
    """A class by its name, or a list of them; -1 is how hub data write a row without a label."""
    if isinstance(number, list):
        return [_named(each, names) for each in number]
    if number is None or number < 0:
        return None
    return names[number] if number < len(names) else number


def _as_json(cell: object) -> object:
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return [type(cell).__name__]  # an image or a sound: left out where the lines are read, like every list
