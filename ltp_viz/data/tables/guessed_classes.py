"""Which class of a model a label value of a file seems to mean."""

import re
from collections.abc import Mapping, Sequence


def guess_classes(
    values: Sequence[str], label_names: Sequence[str], file_names: Sequence[str] = ()
) -> tuple[tuple[str, int], ...]:
    """The class that each label value seems to mean; values that seem to mean none are left out.

    A name counts whatever its case, a number as the class's index ("1.0" too), from one where no 0 and a C
    occur, in order where numbers around zero are as many as the classes (-1 and 1); true and false are the
    second and the first of two; LABEL_1 is the second; "pos" is the one name that begins so. `file_names` are
    the names of the column's classes that the file itself says, in the order of their numbers: where none of
    them is a name of the model's, their order decides.
    """
    names = {plain_name(name): index for index, name in enumerate(label_names)}
    numbers = _numbers(values, label_names)

    def by_name(value: str) -> int | None:
        plain = plain_name(value)
        index = names.get(plain)
        return _by_prefix(plain, names) if index is None else index

    numbers_of_label = {index: index for index in range(len(label_names))}
    in_order: dict[str, int] = {}
    if len(file_names) == len(label_names) and all(by_name(name) is None for name in file_names):
        in_order = {name: index for index, name in enumerate(file_names)}
    found = []
    for value in values:
        index = names.get(plain_name(value))
        if index is None:
            index = in_order.get(value)
        if index is None:
            index = numbers.get(value)
        plain = plain_name(value)
        if index is None and len(label_names) == 2:
            index = {"false": 0, "true": 1}.get(plain)
        if index is None and plain.startswith("label "):  # LABEL_1, __label__positive
            plain = plain.removeprefix("label ")
            number = whole_number(plain)
            index = names.get(plain) if number is None else numbers_of_label.get(number)
        if index is None:
            index = by_name(value)
        if index is not None:
            found.append((value, index))
    return tuple(found)


def _numbers(values: Sequence[str], label_names: Sequence[str]) -> dict[str, int]:
    """Class of every value that is a number: the class whose name is or begins with it, else the index."""
    numbers = {value: number for value in values if (number := whole_number(value)) is not None}
    leading = [re.match(r"\s*(\d+)\b", name) for name in label_names]
    called = [whole_number(name) for name in label_names]
    present = set(numbers.values())
    count = len(label_names)
    classes: dict[int, int]
    if all(leading):
        classes = {int(match[1]): index for index, match in enumerate(leading) if match}
    elif any(number is not None for number in called):
        classes = {number: index for index, number in enumerate(called) if number is not None}
    elif len(present) == count > 1 and min(present) < 0 and present == {-number for number in present}:
        classes = {number: index for index, number in enumerate(sorted(present))}
    else:
        first = 1 if count in present and 0 not in present and len(present) > 1 else 0
        classes = {first + index: index for index in range(count)}
        # Stars from 1 to 5 are no indices of two classes; a stray 7 beside 0 and 1 makes them no less.
        if present and max(present) >= first + count and not (first == 0 and present >= classes.keys()):
            classes = {}
    return {value: classes[number] for value, number in numbers.items() if number in classes}


def plain_name(value: str) -> str:
    """What counts of a name: neither case nor signs between words; but -1 is not 1."""
    number = whole_number(value)
    if number is not None:
        return str(number)
    return re.sub(r"[\s_-]+", " ", value).strip().casefold()


def whole_number(value: str) -> int | None:
    """The whole number that a cell holds, "1.0" among them; None of any other cell."""
    match = re.fullmatch(r"\s*([+-]?[0-9]{1,9})(\.0*)?\s*", value)
    return int(match[1]) if match else None


def _by_prefix(value: str, names: Mapping[str, int]) -> int | None:
    """The one class whose name begins with the value, or the other way round, in three letters or more."""
    found = {
        index
        for name, index in names.items()
        if min(len(value), len(name)) >= 3 and (name.startswith(value) or value.startswith(name))
    }
    return found.pop() if len(found) == 1 else None
