"""The terminal: ``equipoise …``. Commands arrange facts that the stages derived; none of them computes."""

from __future__ import annotations

import gc
import os
import sys

from equipoise.cli.commands import app
from equipoise.cli.output import console
from equipoise.errors import CaseError, EquipoiseError

__all__ = ["main"]


def main() -> None:
    """Run a command. An error is one clear message and an exit status, never a traceback."""
    gc.set_threshold(200_000)  # a command lives a second or so: sweeping rarely is a fifth quicker and no larger
    try:
        app()
    except CaseError as error:
        from equipoise.cli import checking

        checking.print_faults(error.case, error.faults)
        sys.exit(1)
    except EquipoiseError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        _fail("Stopped. Nothing was written half.", status=130)
    except BrokenPipeError:  # the reader has gone: `equipoise … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(
            f"{error.filename or 'The system'}: {error.strerror or error}. Check the path, the space left and the permissions."
        )

    except Exception as error:
        if os.environ.get("EQUIPOISE_DEBUG"):
            raise
        kind = type(error).__name__
        _fail(
            f"a defect of the program, not of your input: {kind}: {error}. Please report it with the command that you gave; "
            "EQUIPOISE_DEBUG=1 shows where it happened.",
            status=70,
        )


def _fail(message: str, status: int = 2) -> None:
    console(stderr=True).print(f"equipoise: {message}", style="bold red", markup=False, soft_wrap=True)
    sys.exit(status)
