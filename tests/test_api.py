"""The API: facts, what-ifs, sessions, long work; who may enter; and that nothing sent to it breaks it."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from equipoise.cli.serving import application, serve
from equipoise.errors import InputError
from equipoise.whatif import parse
from equipoise.workbench import Workbench
from equipoise.workbench.guard import Guard, tokens_of
from equipoise.workbench.runs import Run
from equipoise.workbench.sessions import MOST, ConflictError, MissingError, Sessions
from equipoise.workbench.tables import cells_as_csv
from equipoise.workbench.uploads import check_archive

httpx = pytest.importorskip("httpx", reason="the studio's packages are not installed: make studio")
ROOT = Path(__file__).parent.parent
Ask = Callable[..., Any]
CLOSED = {"what": {"closed": {"cpc": 1.0}, "powers": [], "changes": []}, "commodity": "oil"}


def asking(guard: Guard, *, host: str = "127.0.0.1", user: str = "u" * 40) -> Ask:
    """Ask an application as one browser would, without a socket between."""

    def ask(method: str, path: str, **given: Any) -> Any:
        async def one() -> Any:
            transport = httpx.ASGITransport(app=guard, raise_app_exceptions=False)
            cookies = {"equipoise_user": user} if user else {}
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", cookies=cookies) as client:
                return await client.request(method, path, **given)

        return asyncio.run(one())

    return ask


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """The bundled case held open; long work waits for ever, for it is tested by itself."""
    made = Workbench("kazakhstan", tmp_path_factory.mktemp("data"))
    made.runs._turn = threading.Semaphore(0)
    yield made
    made.close()


@pytest.fixture(scope="module")
def ask(bench: Workbench) -> Ask:
    """A browser at this machine."""
    return asking(application(bench, {}, page=False))


def test_facts_come_by_pages_with_unit_source_and_range(ask: Ask) -> None:
    """The pages together are all the facts, each once; a word narrows them; CSV holds the same."""
    first = ask("GET", "/api/facts", params={"measure": "capacity_mass", "limit": 50}).json()
    rows, following = first["facts"], first["next"]
    while following is not None:
        page = ask("GET", "/api/facts", params={"measure": "capacity_mass", "limit": 50, "offset": following}).json()
        rows, following = rows + page["facts"], page["next"]
    assert len({row["id"] for row in rows}) == len(rows) == first["total"]
    assert {row["unit"] for row in rows} == {"Mt/y"}
    assert all(row["basis"] for row in rows)
    some = ask("GET", "/api/facts", params={"measure": "capacity_mass", "text": "CPC technical"}).json()
    assert 0 < some["total"] < first["total"]
    table = ask("GET", "/api/facts", params={"measure": "capacity_mass", "format": "csv", "limit": 1000})
    assert [row["id"] for row in csv.DictReader(io.StringIO(table.text))] == [row["id"] for row in rows]


def test_a_trace_ends_in_sources(ask: Ask) -> None:
    """The leaves of a trace are sources or named assumptions, in words."""
    (tree,) = ask("GET", "/api/trace", params={"fact": "gdp:KAZ@2025", "depth": 6}).json()

    def leaves(branch: dict[str, Any]) -> list[dict[str, Any]]:
        return [leaf for child in branch["children"] for leaf in leaves(child)] if branch["children"] else [branch]

    assert {leaf["kind"] for leaf in leaves(tree)} <= {"source", "assumption"}
    assert all(leaf["text"] for leaf in leaves(tree))


def test_a_closure_is_answered_with_flows_losses_bands_and_grounds(ask: Ask, bench: Workbench) -> None:
    """Closing a corridor empties it, loses exports within a band, and names the inputs that drive it."""
    answer = ask("POST", "/api/whatif", json=CLOSED).json()
    facts = {(row["measure"], row["subject"], row["item"]): row for row in answer["facts"]}
    lost = facts["whatif_lost_mass", "KAZ", "oil"]
    assert lost["low"] <= lost["value"] <= lost["high"]
    assert lost["low"] > 10
    assert facts["whatif_flow_mass", "cpc_rus", "oil"]["value"] == 0.0
    grounds = answer["rests_on"][lost["basis"]]
    assert grounds["inputs"] > 50
    assert grounds["heaviest"][0]["weight"] > 0
    assert bench.case.ledger.view("whatif_lost_mass").height == 0


def test_sessions_are_versioned_and_each_users_own(ask: Ask, bench: Workbench) -> None:
    """What was saved comes back; a second tab is told, not overwritten; another user sees nothing but what was sent."""
    kept = ask("POST", "/api/sessions", json={"title": "CPC <b>shut</b>", "state": CLOSED}).json()
    place = f"/api/sessions/{kept['id']}"
    own = {"fact": "gdp:KAZ@2025", "value": 300.0, "reason": "a newer print"}
    second = {"what": {**CLOSED["what"], "changes": [own]}, "commodity": "oil"}
    assert ask("PUT", place, json={"version": 1, "state": second}).json()["version"] == 2
    refused = ask("PUT", place, json={"version": 1, "state": CLOSED})
    assert (refused.status_code, refused.json()["title"]) == (409, "Saved elsewhere meanwhile")
    assert ask("GET", place).json()["state"]["what"]["changes"][0]["reason"] == "a newer print"
    changes = {(row["measure"], row["change"]) for row in ask("GET", f"{place}/diff").json()}
    assert changes == {("gdp", "added"), ("gdp", "removed")}
    sent = ask("POST", f"{place}/send").json()["sent"]
    stranger = asking(application(bench, {}, page=False), user="v" * 40)
    assert stranger("GET", place).status_code == stranger("DELETE", place).status_code == 404
    assert stranger("GET", "/api/sessions").json() == []
    assert stranger("GET", f"/api/sent/{sent}").json()["title"] == "CPC <b>shut</b>"
    assert ask("DELETE", place).status_code == 204
    assert ask("GET", place).status_code == 404


def test_what_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    """No empty title, no state beyond measure, no more sessions than anyone may keep."""
    sessions = Sessions(tmp_path / "s.db")
    with pytest.raises(InputError, match="title"):
        sessions.create("a", "  ", {})
    with pytest.raises(InputError, match="state"):
        sessions.create("a", "large", {"x": "y" * 70_000})
    for number in range(MOST):
        sessions.create("a", str(number), {})
    with pytest.raises(InputError, match="Delete one"):
        sessions.create("a", "one more", {})
    assert sessions.create("b", "another’s", {}).version == 1
    sessions.close()


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    """Eight at once on one file: every save of the right version is there, every other is told of a conflict."""
    sessions = [Sessions(tmp_path / "s.db") for _ in range(2)]
    kept = sessions[0].create("a", "shared", {"n": 0})
    won: list[int] = []

    def save(number: int) -> None:
        for _ in range(5):
            seen = sessions[number % 2].get("a", kept.id)
            try:
                won.append(sessions[number % 2].save("a", kept.id, {"n": number}, version=seen.version).version)
            except ConflictError:
                continue

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == list(range(2, len(won) + 2))
    assert sessions[0].get("a", kept.id).version == len(won) + 1
    for one in sessions:
        one.close()


def test_a_killed_server_loses_no_saved_session(tmp_path: Path) -> None:
    """What was answered as saved is there after kill -9 in the midst of saving."""
    code = (
        "import sys; from pathlib import Path; from equipoise.workbench.sessions import Sessions\n"
        f"s = Sessions(Path({str(tmp_path / 's.db')!r})); k = s.create('a', 't', {{'n': 0}}); n = 1\n"
        "while True:\n    k = s.save('a', k.id, {'n': n}, version=k.version); print(k.id, n, flush=True); n += 1\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    told = [process.stdout.readline() for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    told += process.stdout.read().splitlines(keepends=True)
    process.stdout.close()
    process.wait()
    id, number = [line for line in told if line.endswith("\n")][-1].split()
    sessions = Sessions(tmp_path / "s.db")
    assert sessions.get("a", id).state["n"] >= int(number)
    with pytest.raises(MissingError):
        sessions.get("b", id)
    sessions.close()


# --- long work -------------------------------------------------------------------------------------------------------


def until(bench: Workbench, run: Run, states: tuple[str, ...]) -> Run:
    """Wait for a run to be in one of these states."""
    for _ in range(600):
        now = bench.runs.get(run.user, run.id)
        if now.state in states:
            return now
        time.sleep(0.05)
    raise AssertionError(f"the run is {now.state} at {now.stage}: {now.error}")


def test_long_work_is_done_stopped_and_taken_up_again(tmp_path: Path) -> None:
    """A study of the hand-made case in a process of its own: stopped it ends at once, taken up it is done, and is kept."""
    bench = Workbench(str(ROOT / "examples" / "two_routes"), tmp_path / "data")
    run = bench.runs.start("a", "study", {"what": {}, "draws": 2})
    assert bench.runs.stop("a", run.id).state == "stopped"
    bench.runs.resume("a", run.id)
    done = until(bench, run, ("done", "failed"))
    assert (done.state, done.error) == ("done", "")
    found = bench.runs.result(done)
    assert found is not None
    assert found.view("withdrawal_loss").height > 0
    assert bench.runs.start("b", "study", {"what": {}, "draws": 2}).state == "done"
    with pytest.raises(InputError, match="yours"):
        bench.runs.get("b", run.id)
    own = parse(bench.case, {"changes": [{"fact": "gdp:HOME@2025", "value": 200, "reason": "twice as large"}]})
    assert bench.known(own) is None
    until(bench, bench.runs.start("a", "study", {**bench.study(own), "draws": 2}), ("done", "failed"))
    bench.draws = 2
    mine, theirs = bench.known(own), bench.known()
    assert mine is not None
    assert theirs is not None
    halved = [one.view("worst_single_loss", period="2025+1y")["value"].item() for one in (mine, theirs)]
    assert halved[0] == pytest.approx(halved[1] / 2)
    bench.close()


# --- who may enter ---------------------------------------------------------------------------------------------------


def test_without_a_token_only_this_machine_is_spoken_to(bench: Workbench) -> None:
    """Another name, as a page of another site would use, is refused; so is another origin, and any other address to listen on."""
    guard = application(bench, {}, page=False)
    assert asking(guard, host="evil.example")("GET", "/api/").status_code == 403
    here = asking(guard)
    assert here("GET", "/api/").status_code == 200
    assert here("POST", "/api/whatif", json=CLOSED, headers={"origin": "http://evil.example"}).status_code == 403
    with pytest.raises(InputError, match="token"):
        serve(bench, "0.0.0.0", 1, {}, "")


def test_a_token_is_demanded_and_names_its_user(bench: Workbench) -> None:
    """Nobody enters without; by header or by cookie whoever has one does; each named token is a user of its own."""
    tokens = tokens_of(["anna=correct-horse-battery", "bolat=staple-battery-horse"])
    ask = asking(application(bench, tokens, page=False), host="studio.example", user="")
    assert ask("GET", "/api/").status_code == 401
    assert ask("GET", "/api/", headers={"authorization": "Bearer wrong-wrong-wrong"}).status_code == 401
    anna, bolat = ({"authorization": f"Bearer {secret}"} for secret in tokens.values())
    made = ask("POST", "/api/sessions", json={"title": "hers", "state": CLOSED}, headers=anna)
    assert made.status_code == 201
    assert len(ask("GET", "/api/sessions", headers=anna).json()) == 1
    assert ask("GET", "/api/sessions", headers=bolat).json() == []
    page = ask("GET", "/", headers={"accept": "text/html"})
    assert 'name="token"' in page.text
    entered = ask("POST", "/", data={"token": "correct-horse-battery"}, headers={"accept": "text/html"})
    cookie = entered.headers["set-cookie"]
    assert entered.status_code == 303
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "correct-horse-battery" not in cookie
    assert len(ask("GET", "/api/sessions", headers={"cookie": cookie.split(";")[0]}).json()) == 1
    for bad in (["short"], ["a=correct-horse-battery", "a=staple-battery-horse"]):
        with pytest.raises(InputError, match="--token"):
            tokens_of(bad)


def test_every_answer_carries_the_policy_and_limits_hold(ask: Ask, bench: Workbench) -> None:
    """Nothing from another host is allowed; a body too large and too many requests are refused."""
    policy = ask("GET", "/api/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "eval" not in policy
    assert "'unsafe-inline'" not in policy.partition("style-src-attr")[0]
    assert ask("POST", "/api/whatif", content=b"x" * 200_000).status_code == 413
    guard = application(bench, {}, page=False)
    hasty = asking(guard, user="h" * 40)
    assert hasty("GET", "/api/nothing").status_code == 404
    guard._clock = lambda: 0.0  # none comes while time stands still
    guard._buckets = OrderedDict.fromkeys(guard._buckets, (1.0, 0.0))
    assert [hasty("GET", "/api/nothing").status_code for _ in range(2)] == [404, 429]


def test_a_page_runs_only_the_scripts_that_came_with_it(bench: Workbench) -> None:
    """Its scripts bear the nonce of its policy, another for each page; a file to be saved, and a word in a page, get none."""
    from starlette.responses import HTMLResponse

    async def pages(scope: Any, receive: Any, send: Any) -> None:
        saved = {"content-disposition": "attachment"} if scope["path"] == "/saved" else {}
        body = "<head><script>1</script><style>a{}</style></head>&lt;script&gt;<p>a session called scripture</p>"
        await HTMLResponse(body, headers=saved)(scope, receive, send)

    ask = asking(Guard(pages, {}))
    first, second = (ask("GET", "/", headers={"accept": "text/html"}) for _ in range(2))
    nonces = []
    for answer in (first, second):
        (nonce,) = set(re.findall(r'nonce="([^"]+)"', answer.text))
        assert answer.text.count("nonce=") == 2
        assert answer.headers["content-security-policy"].count(f"'nonce-{nonce}'") == 2
        nonces.append(nonce)
    assert nonces[0] != nonces[1]
    assert "nonce" not in ask("GET", "/saved").text + ask("GET", "/saved").headers["content-security-policy"]


def test_no_path_leads_out_and_none_is_read_in_two_ways(ask: Ask, bench: Workbench) -> None:
    """Climbing, absolute, encoded or broken by a line: a refusal as a problem, never a file; a room of the studio likewise."""
    from equipoise.studio.saving import saved
    from equipoise.studio.sitting import Sitting

    for path in (
        "/api/../../etc/passwd",
        "/api/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/api/sessions/x%0Ay",
        "/api//etc/passwd",
    ):
        answer = ask("GET", path)
        assert answer.status_code in (400, 404), path
        assert "root:" not in answer.text
    reader = Sitting(bench, "reader", {}, "en")
    for room, name in (("../x", "0.csv"), ("map", "../../x.csv"), ("exposure", "²2.csv"), ("map", "map.exe"), ("", "")):
        with pytest.raises(InputError):
            saved(reader, room, name, {})


# --- hostile input ---------------------------------------------------------------------------------------------------


def archive(files: dict[str, bytes], **modes: int) -> bytes:
    """A zip of these files; ``modes`` are Unix modes by the last part of a name without its ending."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = modes.get(Path(name).stem, 0) << 16
            made.writestr(entry, content)
    return held.getvalue()


def test_a_case_that_is_sent_is_judged_as_check_judges(ask: Ask) -> None:
    """A sound case is sound; a spoilt one has its faults named with file and row."""
    root = ROOT / "examples" / "two_routes"
    files = {f"mine/{p.relative_to(root).as_posix()}": p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
    assert ask("POST", "/api/check", content=archive(files)).json() == {"sound": True, "faults": [], "count": 0}
    name = next(name for name in files if "/facts/" in name)
    files[name] += b"nonsense,,,,,1,,,Z,cited,nobody,,\n"
    spoilt = ask("POST", "/api/check", content=archive(files)).json()
    assert not spoilt["sound"]
    assert spoilt["faults"][0]["file"].startswith("facts/")


HOSTILE = {
    "no zip": b"PK\x03\x04nonsense", "empty": b"",
    "up": archive({"../../evil.csv": b"x"}), "root": archive({"/etc/passwd": b"x"}),
    "other files": archive({"datapackage.json": b"{}", "run.py": b"x"}), "deep": archive({"a/b/register/x.csv": b"x"}),
    "link": archive({"datapackage.json": b"/etc/passwd"}, datapackage=stat.S_IFLNK | 0o777),
    "bomb": archive({"datapackage.json": b"{}", "facts/a.csv": bytes(70_000_000)}),
    "many": archive({f"facts/f{number}.csv": b"" for number in range(300)}),
}  # fmt: skip


@pytest.mark.parametrize("which", HOSTILE)
def test_hostile_archives_are_refused_and_leave_nothing(
    which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is in it, it is one clear error and nothing stays on disk."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(InputError, match="archive"):
        check_archive(HOSTILE[which])
    assert list(tmp_path.iterdir()) == []


def test_a_descriptor_cannot_name_what_lies_outside(tmp_path: Path) -> None:
    """A table outside the folder is a fault, not read."""
    (tmp_path / "secret.csv").write_text("actor,name\nX,secret\n")
    wicked = {"name": "x", "equipoise": {"home": "KAZ", "year": 2025}, "resources": [{"path": "../secret.csv"}]}
    faults = check_archive(archive({"datapackage.json": json.dumps(wicked).encode()}))
    assert "secret" not in "".join(str(fault) for fault in faults).replace("../secret.csv", "")
    assert any(fault.column == "path" for fault in faults)


@settings(max_examples=20)
@given(st.lists(st.lists(st.text() | st.floats(allow_nan=False) | st.none(), min_size=2, max_size=2), max_size=4))
def test_no_cell_is_a_formula(rows: list[list[object]]) -> None:
    """In a table that leaves the house no text begins as a formula does, and numbers stay numbers."""
    told = cells_as_csv(["a", "b"], rows)
    for row, cells in zip(list(csv.reader(io.StringIO(told, newline="")))[1:], rows, strict=True):
        for text, cell in zip(row, cells, strict=True):
            assert isinstance(cell, float) or not text.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_nothing_that_is_sent_breaks_it(ask: Ask, bench: Workbench) -> None:
    """Whatever its own schema allows or forbids, of every operation: no answer is 500, every refusal a problem in words."""
    schemathesis = pytest.importorskip("schemathesis", reason="the packages of the tests are not installed: make test")
    ways = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    described = schemathesis.openapi.from_dict(ask("GET", "/api/openapi.json").json())
    guard, seen = application(bench, {}, page=False), set[tuple[str, str]]()
    guard._allowed = lambda *_, **__: True  # type: ignore[method-assign]
    fresh = asking(guard)

    def tried(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url="http://127.0.0.1/api")
        body = {name: sent[name] for name in ("json", "content", "files") if sent.get(name) is not None}
        if sent.get("data") is not None:
            body["content"] = sent["data"] if isinstance(sent["data"], bytes | str) else json.dumps(sent["data"])
        try:
            answer = fresh(
                sent["method"], sent["url"].removeprefix("http://127.0.0.1"), params=sent.get("params"), **body
            )
        except (httpx.InvalidURL, ValueError, TypeError):  # what no client can send
            return
        seen.add((case.method.upper(), case.path))
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            told = answer.json()
            assert answer.headers["content-type"] == "application/problem+json"
            assert told["status"] == answer.status_code
            assert told["detail"]

    operations = [found.ok() for found in described.get_all_operations()]
    for operation in operations:
        for way in ways:
            with contextlib.suppress(Unsatisfiable):  # an operation that takes nothing cannot be asked wrongly
                settings(max_examples=3, suppress_health_check=list(HealthCheck))(
                    given(case=operation.as_strategy(generation_mode=way))(tried)
                )()
    assert len(seen) == len(operations) > 15
