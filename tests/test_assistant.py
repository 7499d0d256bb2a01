"""The server for assistants: what they ask is answered with sources, and what cannot be meant is one clear message."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from equipoise.assistant import READING, Assistant
from equipoise.errors import InputError
from equipoise.workbench import Workbench
from equipoise.workbench.uploads import check_folder

ROOT = Path(__file__).parent.parent
Call = Callable[..., Any]
ABSENT = "the packages of assistants are not installed: pip install 'equipoise[mcp]'"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """The bundled case held open; nobody studies it."""
    made = Workbench("kazakhstan", tmp_path_factory.mktemp("data"))
    made.runs._turn = threading.Semaphore(0)
    yield made
    made.close()


@pytest.fixture(scope="module")
def call(bench: Workbench) -> Call:
    """Call tools as an assistant would, in this process: whether it is an error, and what it says."""
    pytest.importorskip("mcp", reason=ABSENT)
    from mcp.client import Client

    from equipoise.assistant import create

    server = create(bench, ROOT / "examples")

    def calls(*asked: tuple[str, dict[str, Any]]) -> list[tuple[bool, Any]]:
        async def all_of_them() -> list[tuple[bool, Any]]:
            async with Client(server) as client:
                found = [await client.call_tool(name, given) for name, given in asked]
            return [
                (one.is_error, one.content[0].text if one.is_error else json.loads(one.content[0].text))
                for one in found
            ]

        return asyncio.run(all_of_them())

    return calls


def well_said(answer: dict[str, Any]) -> None:
    """Every figure has id, unit, grade and sources, each source a title and every cited one where it is to be found."""
    assert answer["reading"] == READING
    assert answer["facts"]
    for row in answer["facts"]:
        assert row["unit"], row
        assert row["grade"] in ("A", "B", "C")
        assert row["says"]
        assert row["sources"], row["id"]
        assert row["id"].startswith(row["measure"] + ":")
        for name in row["sources"]:
            assert answer["sources"][name.partition("#")[0]]["title"]


def test_every_figure_of_every_answer_bears_its_sources(bench: Workbench) -> None:
    """Cited, assumed, derived or asked: each with unit, grade, and titles of what it rests on; what is asked has a range."""
    ask = Assistant(bench)
    for kind in ("cited", "assumed", "derived"):
        answer = ask.facts(kind=kind, limit=20)
        well_said(answer)
        assert {row["kind"] for row in answer["facts"]} == {kind}
    cited = ask.facts(kind="cited", grade="A", limit=50)
    assert any(source.get("where") for source in cited["sources"].values())
    assert {row["sources_are"] for row in cited["facts"]} == {"all"}
    lost = ask.what_if(closed={"cpc": 1.0})
    assert {row["sources_are"] for row in lost["facts"]} == {"the weightiest"}
    well_said(lost)
    assert all(row["low"] <= row["value"] <= row["high"] for row in lost["facts"])
    assert set(lost["derivations"]) == {row["basis"] for row in lost["facts"]}


def test_pages_together_are_all_the_facts(bench: Workbench) -> None:
    """Following `next` gives each fact once, those that the ledger holds."""
    ask, got, following = Assistant(bench), list[str](), 0
    while following is not None:
        page = ask.facts(measure="capacity_mass", text="cpc", offset=following, limit=50)
        got += [row["id"] for row in page["facts"]]
        following = page["next"]
    assert len(got) == len(set(got)) == page["total"] > 50


def test_a_what_if_is_that_of_the_workbench_and_can_be_traced(bench: Workbench) -> None:
    """The tool says what the what-if found, losses first; its figures are traced by the id it gave; the case stays as it was."""
    ask, before = Assistant(bench), bench.case.ledger.facts
    change = {"fact": "gdp:KAZ@2025", "value": 300.0, "reason": "a revision that I expect"}
    asked = ask.what_if(closed={"cpc": 0.5}, changes=[change], limit=50)
    told = {row["id"]: row["value"] for row in asked["facts"]}
    what = bench.state({"what": {"closed": {"cpc": 0.5}, "changes": [change]}}).what
    found = bench.answer(what, "oil")
    held = dict(zip(found.ids(), found.facts["value"], strict=True))
    assert told.items() <= held.items()
    assert asked["total"] == len(held)
    assert asked["facts"][0]["item"] == "all"
    loss = next(id for id in told if id.startswith("whatif_loss:"))
    tree = ask.trace(fact=loss, depth=2, width=20)["trees"][0]
    assert tree["children"]
    assert bench.case.ledger.facts.equals(before)
    gdp = ask.trace(fact="gdp:KAZ@2025")["trees"][0]
    assert gdp["value"] != 300.0


def test_what_can_be_named_can_be_asked(bench: Workbench) -> None:
    """Each kind of name is listed and narrowed; a name that is listed is understood."""
    ask = Assistant(bench)
    assert {row["id"] for row in ask.names(kind="powers")["names"]} >= set(bench.case.powers)
    corridor = ask.names(kind="closable", text="caspian pipeline")["names"][0]["id"]
    assert ask.what_if(closed={corridor: 1.0}, limit=1)["total"] > 0
    gdp = next(row for row in ask.names(kind="measures", text="gross domestic")["names"] if row["id"] == "gdp")
    assert gdp["facts"] == ask.facts(measure="gdp", limit=1)["total"]
    assert ask.about()["commodities"].keys() == set(bench.commodities)


def test_no_case_is_read_outside_the_folder_that_was_opened(folder: Path, tmp_path: Path) -> None:
    """A folder below is judged as `check` does; above, beside, through a link, or with none opened, nothing is read."""
    assert check_folder(tmp_path, folder.name) == []
    (folder / "facts" / "economy.csv").write_text("measure\n")
    assert check_folder(tmp_path, folder.name)
    opened = tmp_path / "opened"
    opened.mkdir()
    (opened / "linked").symlink_to(folder)
    (opened / "inner").mkdir()
    (opened / "inner" / "facts").symlink_to(folder / "facts")
    for root, name in (
        (None, str(folder)),
        *((opened, n) for n in ("../case", str(folder), "linked", "inner", "absent")),
    ):
        with pytest.raises(InputError):
            check_folder(root, name)
    assert check_folder(None, "kazakhstan") == []


def test_tools_are_listed_and_answer_over_the_protocol(call: Call) -> None:
    """Each tool answers over the protocol as it does in Python; each is read-only and says what it does."""
    answers = call(
        ("about", {}), ("names", {"kind": "powers"}), ("facts", {"measure": "gdp", "subject": "KAZ", "limit": 3}),
        ("trace", {"fact": "gdp:KAZ@2025"}), ("what_if", {"closed": {"cpc": 1}, "limit": 5}),
        ("check_case", {"folder": "two_routes"}),
    )  # fmt: skip
    assert [error for error, _ in answers] == [False] * 6
    for _, answer in answers[2:5]:
        well_said(answer)
    assert answers[5][1]["sound"] is True


def test_what_cannot_be_meant_is_a_tool_error(call: Call) -> None:
    """A wrong name, share, shape, id, folder or tool is an error of the call with one line that says what is allowed."""
    wrong = [
        ("facts", {"measure": "capacty"}, "capacity_mass"), ("facts", {"limit": 500, "zz": 1}, "limit"),
        ("what_if", {"closed": {"cpcc": 1}}, "nearest: cpc"), ("what_if", {"closed": {"cpc": 3}}, "closed.cpc"),
        ("what_if", {"powers": ["XXX"]}, "RUS"), ("trace", {"fact": "gdp:ZZZ"}, "Nearest"), ("names", {}, "kind"),
        ("what_if", {"changes": [{"fact": "gdp:KAZ@2025", "value": 1}]}, "Say why"), ("what_if", {"commodity": "gold"}, "oil"),
        ("check_case", {"folder": "../equipoise"}, "--cases"), ("check_case", {"folder": "a\0b"}, "folder"),
        ("delete", {}, "what_if"),
    ]  # fmt: skip
    for (error, said), (_, given, told) in zip(call(*((name, given) for name, given, _ in wrong)), wrong, strict=True):
        assert error, given
        assert told in said, (given, said)
        assert "Traceback" not in said
        assert "defect" not in said
        assert len(said.splitlines()) == 1


def test_the_command_speaks_the_protocol_alone_on_standard_output(tmp_path: Path) -> None:
    """`equipoise mcp` answers the handshake and lists its tools; nothing else stands on standard output."""
    pytest.importorskip("mcp", reason=ABSENT)
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    sent = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    command = [sys.executable, "-m", "equipoise", "mcp", str(ROOT / "examples" / "two_routes"), "--no-study", "--data"]
    with subprocess.Popen(
        [*command, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.writelines(json.dumps(line) + "\n" for line in sent)
        server.stdin.flush()
        replies = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        rest = server.stdout.read()
        assert server.wait(10) == 0
    assert rest == ""
    assert "never a forecast" in replies[0]["result"]["instructions"]
    tools = replies[1]["result"]["tools"]
    assert [tool["name"] for tool in tools] == ["about", "names", "facts", "trace", "what_if", "check_case"]
    assert all(tool["description"] and tool["annotations"]["readOnlyHint"] for tool in tools)


def test_without_its_packages_the_command_says_what_to_install(
    given: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the extra is not installed there is one message, with the remedy."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    status, out, err = given("mcp")
    assert (status, out) == (2, "")
    assert "equipoise[mcp]" in err
