"""A number with its noun, as commands print it. In English: messages for readers are in the catalogues."""


def counted(number: int, one: str, many: str = "") -> str:
    """``1 error``, ``1,200 errors``; ``many`` if it is not ``one`` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
