"""Whether a full disk is what ended a run: libraries tell it in words of their own."""

import errno

_WORDS_OF_A_FULL_DISK = (
    "No space left on device",
    "os error 28",  # safetensors
    "PytorchStreamWriter failed",
    "basic_ios::clear: iostream error",  # torch.save
)


def is_disk_full(error: BaseException) -> bool:
    """Whether this is the disk's word; safetensors and torch's writer wrap it in errors of their own."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    if any(words in str(error) for words in _WORDS_OF_A_FULL_DISK):
        return True
    return error.__context__ is not None and is_disk_full(error.__context__)
