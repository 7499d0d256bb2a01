"""The page in the browser: parts that the server writes, and what is done on them, one thing after another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.element import Element

from equipoise.studio import screen
from equipoise.studio.sitting import Sitting

__all__ = ["Fragment", "MapView", "Page"]


class Fragment(Element, component="assets/fragment.js"):
    """A part of the page that the server writes."""

    def write(self, html: str, mark: str = "") -> None:
        """Put this HTML there; every name in it was escaped where it was made. Under another mark it is read from its top."""
        if self.props.get("html") != html:
            self.props["html"], self.props["mark"] = html, mark
            self.update()

    def say(self, **words: str | bool) -> None:
        """Tell the browser the address, the language and the title of the page, and whether to look again in a second."""
        if self.props.get("page") != words:
            self.props["page"] = words
            self.update()


class MapView(Element, component="assets/map.js"):
    """The map of one world."""

    def show(self, picture: Mapping[str, Any]) -> None:
        """Show this world; as text, for the framework would watch every number of it."""
        self.props["scene"] = json.dumps(picture, ensure_ascii=False)
        self.update()


class Page:
    """One reader's page: a :class:`Sitting`, shown."""

    def __init__(self, sitting: Sitting, base: str) -> None:
        self.sitting, self._turn = sitting, asyncio.Lock()
        words = {name: sitting.labels(f"map.{name}") for name in ("zoomin", "zoomout", "whole")}
        with ui.element("div").classes("studio"):
            self.head = Fragment()
            with ui.element("div").props('id="main" tabindex="-1"'):
                with ui.element("div").classes("mapbox") as self.box:
                    self.maps = [MapView().props(f"name={name}") for name in ("a", "b")]
                self.panel, self.room = (
                    Fragment().classes("panel").props('id="panel" tabindex="-1"'),
                    Fragment().classes("room"),
                )
            self.drawer = Fragment()
        for view in self.maps:
            view.props["base"], view.props["words"], view.props["home"] = base, words, sitting.bench.case.home
        self.panel.props["live"] = True
        ui.on("act", self.act)

    async def act(self, event: Any) -> None:
        """Something was done; whatever comes meanwhile waits."""
        given = event.args[0] if isinstance(event.args, list) and event.args else event.args
        if isinstance(given, dict):
            plain = {str(name)[:40]: str(value)[:2000] for name, value in given.items()}
            async with self._turn:
                if plain.get("act") == "look" or await self.sitting.do(plain):
                    await self.show()

    async def show(self) -> None:
        """Show what the reader's state says."""
        sitting = self.sitting
        here = sitting.state.room
        pictures, main, aside, head = await asyncio.to_thread(_parts, sitting)
        if here == "map":
            for view, picture in zip(self.maps, pictures, strict=False):
                view.show(picture)
            self.panel.write(main, mark=sitting.state.what.id)
            self.maps[1].set_visibility(len(pictures) > 1)
            self.box.classes(add="two") if len(pictures) > 1 else self.box.classes(remove="two")
        else:
            self.room.write(main)
        for part in (self.box, self.panel):
            part.set_visibility(here == "map")
        self.room.set_visibility(here != "map")
        self.drawer.write(aside)
        self.head.write(head)
        waits = here != "map" and screen.waiting(sitting) is not None
        self.head.say(address=sitting.address, language=sitting.labels.language, title=sitting.title, waits=waits)


def _parts(sitting: Sitting) -> tuple[Sequence[Mapping[str, Any]], str, str, str]:
    """The pictures, the panel or the room, the drawer, and last the bar above, which says what went wrong in them; in one go, for
    each way into a thread and back costs more than most of them."""
    pictures, main = screen.on_the_map(sitting) if sitting.state.room == "map" else ([], screen.in_the_room(sitting))
    aside = screen.beside(sitting)
    return pictures, main, aside, screen.above(sitting)
