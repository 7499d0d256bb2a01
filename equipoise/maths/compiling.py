"""Translation to machine code when a function is first called, kept on disk where there is a folder for it.

Imported where a kernel is: numba takes a third of a second to load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

__all__ = ["compiled", "lean"]

Work = TypeVar("Work", bound=Callable[..., Any])


def compiled(**options: Any) -> Callable[[Work], Work]:
    """Translate a function without the interpreter's lock; where no folder can be written it is translated at each start.

    >>> compiled(error_model="numpy")(lambda x: x + 1.0)(2.0)
    3.0
    """

    def translate(work: Work) -> Work:
        try:
            return cast(Work, njit(cache=True, nogil=True, **options)(work))
        except RuntimeError:  # what numba says where neither the package's folder nor the user's can be written
            return cast(Work, njit(nogil=True, **options)(work))

    return translate


def lean(inline: bool) -> Callable[[Work], Work]:
    """Compile what allocates nothing: without counting references to arrays it takes two thirds of the time."""
    options: dict[str, Any] = {"nogil": True, "forceinline": inline, "_nrt": False}
    return cast(Callable[[Work], Work], njit(**options))
