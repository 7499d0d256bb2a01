"""The terminal: ``equipoise …``. Commands arrange facts that the stages derived; none of them computes."""

from __future__ import annotations

from equipoise.cli.commands import main

__all__ = ["main"]
