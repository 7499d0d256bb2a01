"""``equipoise watch``: two monitors, each with its rate of false alarms before its findings."""

from __future__ import annotations

import typer

from equipoise.cli.commands.shared import app

watch = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="What trade and events say that is worth a look.")
app.add_typer(watch, name="watch")
