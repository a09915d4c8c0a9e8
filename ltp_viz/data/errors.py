"""The one error that user input may raise."""


class InputError(ValueError):
    """Bad input, told in one sentence: the value, what is allowed, what to do."""
