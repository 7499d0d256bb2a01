"""The easel: charts and papers are drawn in a process of its own.

The library that draws holds its whole process while it does, a quarter of a second a chart and seconds the first time; a server
that drew by itself would answer nobody meanwhile, and pages would take it for gone.
"""

from __future__ import annotations

import json
import multiprocessing
import signal
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, ParamSpec, TypeVar
from xml.sax.saxutils import quoteattr

from equipoise.brief.palette import FONT
from equipoise.errors import EquipoiseError

__all__ = ["apart", "as_png", "as_svg"]

_FACE = "sans-serif"
P = ParamSpec("P")
T = TypeVar("T")


def as_svg(spec: Mapping[str, Any], formats: Mapping[str, Any]) -> str:
    """A chart as SVG; ``formats`` are how it writes numbers and dates.

    Words are measured in a face that the library has: of a list whose first face it lacks it takes Cyrillic for twice as wide as
    it is, and cuts words short that have room.
    """
    import vl_convert

    measured = json.dumps(spec, ensure_ascii=False).replace(json.dumps(FONT), json.dumps(_FACE))
    svg = str(vl_convert.vegalite_to_svg(measured, **formats))
    return svg.replace(f'font-family="{_FACE}"', f"font-family={quoteattr(FONT)}")


def as_png(svg: str) -> bytes:
    """A picture in points of light, twice as fine as it is drawn."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg, scale=2))


def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a function of a module says, said by the process apart; one thing is drawn at a time.

    Raises
    ------
    EquipoiseError
        The process ended twice without an answer.
    Exception
        Whatever the function raises.
    """
    return _EASEL.ask(function, args, kwargs)  # type: ignore[no-any-return]


class _Easel:
    """The process apart and the line to it; it begins when it is first asked, and ends with the process that asks."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._held: tuple[BaseProcess, Connection] | None = None

    def ask(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        with self._turn:
            for _ in range(2):  # a process that was ended is begun once more
                line = self._line()
                try:
                    line.send((function, args, kwargs))
                    done, said = line.recv()
                    break
                except (EOFError, OSError):
                    self._let_go()
            else:
                raise EquipoiseError("the pictures could not be drawn: the process that draws them ended")
        if not done:
            raise said
        return said

    def _line(self) -> Connection:
        if self._held is None or not self._held[0].is_alive():
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_draw, args=(theirs,), name="easel", daemon=True)
            process.start()
            theirs.close()
            self._held = process, ours
        return self._held[1]

    def _let_go(self) -> None:
        if self._held is not None:
            process, line = self._held
            line.close()
            process.terminate()
            process.join()
            self._held = None


_EASEL = _Easel()


def _draw(line: Connection) -> None:
    """What the process does until nobody asks any more: whoever asked is told what came of it, or what went wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the one who asks, and says nothing of it
    while True:
        try:
            function, args, kwargs = line.recv()
        except (EOFError, OSError):
            return
        try:
            answer: tuple[bool, Any] = True, function(*args, **kwargs)
        except Exception as error:
            answer = False, error
        try:
            line.send(answer)
        except OSError:
            return
