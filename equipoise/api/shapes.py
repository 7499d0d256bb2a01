"""What the API takes, as the schema tells it; what is meant by it is judged by the workbench."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AskedRun", "AskedWhatIf", "NewSession", "SavedSession", "StateShape", "WhatIfShape"]

Name = Annotated[str, Field(max_length=120)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Strict(BaseModel):
    """No field that is not known, and no number for a word."""

    model_config = ConfigDict(extra="forbid")


class ChangeShape(_Strict):
    """A fact as its asker would have it, and why."""

    fact: Annotated[
        str, Field(max_length=400, description="Id of a fact that the case cites or assumes, without basis.")
    ]
    value: Number
    low: Number | None = None
    high: Number | None = None
    reason: Annotated[str, Field(max_length=400)]


class PullShape(_Strict):
    """A lever that is pulled, or all levers of a bundled policy, and why."""

    lever: Annotated[str | None, Field(max_length=80, description="A lever of /levers.")] = None
    policy: Annotated[str | None, Field(max_length=80, description="A policy of /levers, instead of a lever.")] = None
    year: Annotated[int | None, Field(ge=1900, le=2200, description="To be felt in; the earliest if left out.")] = None
    intensity: Annotated[float | None, Field(gt=0, le=1, description="How much of it; all if left out.")] = None
    reason: Annotated[str, Field(max_length=400)]


class WeightShape(_Strict):
    """A weight: of whose threats come how often, or of what actors could bring to bear."""

    kind: Annotated[str, Field(max_length=20, description="weighting or capability")]
    value: Annotated[str, Field(max_length=120, description="One of /levers; a weighting may be powers joined by +.")]
    reason: Annotated[str, Field(max_length=400)]


class WhatIfShape(_Strict):
    """A state of the world: what is closed and how far, who withdraws, which facts are changed, which levers stand, which
    weights are others."""

    closed: Annotated[
        dict[Name, Annotated[float, Field(ge=0, le=1)]],
        Field(default_factory=dict, max_length=60, description="Share closed of links, corridors or border:AAA-BBB."),
    ]
    powers: Annotated[
        list[Name], Field(default_factory=list, max_length=20, description="Who withdraws all they control.")
    ]
    changes: Annotated[list[ChangeShape], Field(default_factory=list, max_length=40)]
    levers: Annotated[list[PullShape], Field(default_factory=list, max_length=60)]
    weights: Annotated[list[WeightShape], Field(default_factory=list, max_length=2)]

    def plain(self) -> dict[str, Any]:
        """The same as the workbench reads it: what was left out of a lever is not there."""
        return {
            **self.model_dump(exclude={"levers"}),
            "levers": [one.model_dump(exclude_none=True) for one in self.levers],
        }


class AskedWhatIf(_Strict):
    """A what-if, the commodity whose flows are wanted beside the losses, and the year if not the last."""

    what: WhatIfShape
    commodity: Name = ""
    year: Annotated[str, Field(max_length=8)] = ""


class StateShape(_Strict):
    """What a session keeps."""

    what: WhatIfShape
    against: WhatIfShape | None = None
    commodity: Name = ""
    room: Name = "map"
    year: Annotated[str, Field(max_length=8)] = ""

    def plain(self) -> dict[str, Any]:
        """The same as the workbench reads it."""
        beside = None if self.against is None else self.against.plain()
        return {**self.model_dump(exclude={"what", "against"}), "what": self.what.plain(), "against": beside}


class NewSession(_Strict):
    """A session to be kept."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    state: StateShape


class SavedSession(_Strict):
    """A session to be kept anew, after the version that was last seen."""

    version: Annotated[int, Field(ge=1, le=2**53)]
    title: Annotated[str | None, Field(max_length=120)] = None
    state: StateShape


class AskedRun(_Strict):
    """Long work: the study of the case with these changes, or its futures."""

    kind: Annotated[str, Field(max_length=20, description="study, futures, plans or moves")]
    what: WhatIfShape = Field(default_factory=lambda: WhatIfShape.model_validate({}))
    draws: int | None = None
    futures: int | None = None
    until: int | None = None
    seed: int | None = None

    def options(self) -> dict[str, Any]:
        """The options that were given."""
        named = {"draws": self.draws, "futures": self.futures, "until": self.until, "seed": self.seed}
        given = {name: value for name, value in named.items() if value is not None}
        return {**given, "what": self.what.plain()}
