"""The one error that user input may raise."""


class InputError(ValueError):
    """Bad input; the message names the value, what is allowed and what to do."""
