"""Who may enter, how much, how often: the outermost layer of the server, for pages, sockets and the API alike.

Without a token it speaks to this machine alone, and only under this machine's names, so that no page of another site can
reach it through the browser. With a token whoever has it may enter; each browser is a user of its own, each named token too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from equipoise.errors import InputError

__all__ = ["Guard", "problem", "tokens_of"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'self'; script-src 'self'{script}; script-src-attr 'none'; style-src-elem 'self'{style}; "
    "style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing from anywhere else, no script that was not sent by name or under the nonce of its page, none compiled from words. What
is drawn sets the look of its parts one by one, hence the one unsafe word, for styles of parts alone."""
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"), (b"x-frame-options", b"DENY"), (b"cross-origin-opener-policy", b"same-origin"),
)  # fmt: skip
_OPENS = re.compile(rb"<(script|style)(?=[\s>])")
LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
USER, PASS = "equipoise_user", "equipoise_pass"
SHORTEST_TOKEN = 12
LARGEST, LARGEST_UPLOAD = 128_000, 8_100_000
"""Bytes of a request, and of one that carries a case."""
RATE, BURST = 40.0, 240.0
"""Requests a second of a user in the long run, and at once."""
MOST_SEEN = 20_000
_ENTER = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>equipoise: enter</title><style>body{{font:17px/1.6 Charter,Georgia,serif;background:#fbfaf6;color:#1d252b;display:grid;
place-content:center;min-height:90vh}}input,button{{font:inherit;padding:.5rem .8rem;border:1px solid #5d6a72;background:#fffefb;
color:#1d252b}}button{{background:#1f5c63;color:#fff;border-color:#1f5c63}}p{{max-width:26rem}}</style><main><h1>equipoise</h1>
<p>{said}</p><form method="post" action="{action}"><label>Token <input name="token" type="password"
autocomplete="current-password" required autofocus></label> <button>Enter</button></form></main></html>"""


def tokens_of(given: list[str]) -> dict[str, str]:
    """Tokens by user: ``SECRET`` for whoever comes (user ``""``), or ``NAME=SECRET``.

    Raises
    ------
    InputError
        A token is too short to be one, or a name is given twice.

    >>> tokens_of(["anna=correct-horse-battery"])
    {'anna': 'correct-horse-battery'}
    """
    made: dict[str, str] = {}
    for entry in given:
        name, mark, secret = entry.partition("=")
        name, secret = (name, secret) if mark else ("", entry)
        if len(secret) < SHORTEST_TOKEN:
            raise InputError(
                "--token",
                found=f"{len(secret)} letters",
                allowed=f"at least {SHORTEST_TOKEN}, such as {secrets.token_urlsafe(18)}",
            )
        if name in made:
            raise InputError("--token", found=f"two for {name or 'everybody'}", allowed="one each")
        made[name] = secret
    return made


def problem(status: int, title: str, detail: str, **more: Any) -> dict[str, Any]:
    """An error as RFC 9457 has it."""
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}


class Guard:
    """ASGI middleware: tokens, origin, sizes, rates and headers. The user stands in ``scope["state"]["user"]``."""

    def __init__(self, app: App, tokens: Mapping[str, str], *, open_to: tuple[str, ...] = LOOPBACK) -> None:
        self._app, self._tokens, self._hosts = app, dict(tokens), open_to
        self._marks = {
            name: hashlib.sha256(f"equipoise|{name}|{secret}".encode()).hexdigest() for name, secret in tokens.items()
        }
        self._clock = time.monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or socket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        # where a proxy serves it is said once, by --root-path: a header that anybody may send must not move the page's links
        # and a page comes as it is written, for its nonce is put into it here
        page = b"text/html" in dict(scope["headers"]).get(b"accept", b"")
        left_out = {b"x-forwarded-prefix", *([b"accept-encoding"] if page else [])}
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name.lower() not in left_out]
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        cookies = _cookies(headers.get("cookie", ""))
        refused = self._refused(scope, headers)
        if refused:
            await _answer(scope, send, *refused)
            return
        token = self._user_of_token(headers, cookies)
        if self._tokens and token is None:
            await self._entrance(scope, headers, receive, send)
            return
        given = cookies.get(USER, "")
        fresh = "" if len(given) >= 32 else secrets.token_urlsafe(32)
        own = hashlib.sha256((given or fresh).encode()).hexdigest()[:24] if given or fresh else ""
        user = f"token:{token}" if token else f"browser:{own}"
        if not self._allowed(user if given or token else f"host:{(scope.get('client') or ('', 0))[0]}", scope["path"]):
            await _answer(
                scope, send, 429, "Too many requests", f"at most {RATE:g} a second in the long run; wait a little"
            )
            return
        scope.setdefault("state", {})["user"] = user
        largest = LARGEST_UPLOAD if scope["path"].endswith("/api/check") else LARGEST
        length = headers.get("content-length") or "0"
        if not length.isdigit() or int(length) > largest:
            await _answer(scope, send, 413, "Too large", f"at most {largest} bytes")
            return
        cookie = _cookie(USER, fresh, scope, headers) if fresh and not token else None
        await self._app(scope, _bounded(receive, largest), _dressed(send, cookie))

    def _refused(self, scope: Scope, headers: Mapping[str, str]) -> tuple[int, str, str] | None:
        """Why a request must not be looked at: a name that is not this server's, or another site behind it."""
        if not scope["path"].isprintable():  # no route means it, and each would answer it in its own way
            return 400, "Cannot be meant", "a path of printable letters"
        host = _name(headers.get("host", ""))
        if not self._tokens and host not in self._hosts:
            return 403, "Wrong host", f"this server answers to {', '.join(self._hosts[:2])}; another name needs --token"
        unsafe = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD", "OPTIONS")
        origin = headers.get("origin", "")
        if (
            unsafe
            and origin
            and _name(urlsplit(origin).netloc) not in (host, _name(headers.get("x-forwarded-host", "")))
        ):
            return 403, "Wrong origin", "another site may not ask in a user's name"
        return None

    def _user_of_token(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> str | None:
        """Whose token comes with a request; ``""`` where the token is everybody's, nothing where there is none."""
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        for name, secret in self._tokens.items():
            if scheme.lower() == "bearer" and hmac.compare_digest(bearer.strip().encode(), secret.encode()):
                return name
            if hmac.compare_digest(cookies.get(PASS, "").encode(), self._marks[name].encode()):
                return name
        return None

    async def _entrance(self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        """Ask for the token, or take it."""
        host = f"enter:{(scope.get('client') or ('', 0))[0]}"
        if (
            scope["type"] == "websocket"
            or "/api" in scope["path"]
            or "text/html" not in headers.get("accept", "text/html")
        ):
            await _answer(scope, send, 401, "Token needed", "send Authorization: Bearer TOKEN, or enter by the page")
            return
        said = "This studio is open to whoever has its token."
        if scope.get("method") == "POST":
            body = await _body(receive, 4096)
            given = (parse_qs(body.decode("utf-8", "replace")).get("token") or [""])[0]
            slow = not self._allowed(host, "/enter", cost=24.0)
            for name, secret in self._tokens.items():
                if not slow and hmac.compare_digest(given.encode(), secret.encode()):
                    place = (scope.get("root_path") or "") + "/"
                    cookie = _cookie(PASS, self._marks[name], scope, headers)
                    await _plain(send, 303, b"", [(b"location", place.encode()), (b"set-cookie", cookie)])
                    return
            said = "That is too often. Wait a little." if slow else "That is not the token."
        action = quote((scope.get("root_path") or "") + "/")
        page = _ENTER.format(said=said, action=action).encode()
        await _plain(
            send, 401 if scope.get("method") == "POST" else 200, page, [(b"content-type", b"text/html; charset=utf-8")]
        )

    def _allowed(self, who: str, path: str, cost: float = 1.0) -> bool:
        """Whether somebody may ask once more: a bucket that fills at a steady rate. What browsers keep is not counted."""
        if "/_nicegui/" in path:
            return True
        now = self._clock()
        left, seen = self._buckets.pop(who, (BURST, now))
        left = min(BURST, left + (now - seen) * RATE)
        self._buckets[who] = (max(0.0, left - cost), now)
        while len(self._buckets) > MOST_SEEN:
            self._buckets.popitem(last=False)
        return left >= cost


def _name(host: str) -> str:
    """A host without its port.

    >>> _name("localhost:8080"), _name("[::1]:80"), _name("::1")
    ('localhost', '[::1]', '::1')
    """
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower() if host.count(":") == 1 else host.lower()


def _cookies(text: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(text).items()}
    except CookieError:
        return {}


def _cookie(name: str, value: str, scope: Scope, headers: Mapping[str, str]) -> bytes:
    secure = "; Secure" if "https" in (scope.get("scheme"), headers.get("x-forwarded-proto")) else ""
    return f"{name}={value}; Path={scope.get('root_path') or '/'}; HttpOnly; SameSite=Lax; Max-Age=31536000{secure}".encode()


def _bounded(receive: Receive, largest: int) -> Receive:
    """The body as it comes, cut off where it grows too large."""
    taken = 0

    async def take() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body") or b"") if message["type"] == "http.request" else 0
        if taken > largest:
            return {"type": "http.disconnect"}
        return message

    return take


def _dressed(send: Send, cookie: bytes | None) -> Send:
    """Every answer with the headers of the house; a page has the nonce of its policy in each of its scripts and styles."""
    nonce, held, page = secrets.token_urlsafe(18), list[MutableMapping[str, Any]](), bytearray()

    async def give(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            own = {b"content-security-policy", *(name for name, _ in HEADERS)}
            kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in own]
            extra = [(b"set-cookie", cookie)] if cookie else []
            is_page = _is_page(dict(kept))
            message = {**message, "headers": [*kept, *_headers(nonce if is_page else ""), *extra]}
            if is_page:
                held.append(message)
                return
        elif held and message["type"] == "http.response.body":
            page.extend(message.get("body") or b"")
            if message.get("more_body"):
                return
            body = _OPENS.sub(rb'<\1 nonce="' + nonce.encode() + b'"', bytes(page))
            start = held.pop()
            length = (b"content-length", str(len(body)).encode())
            start["headers"] = [*(pair for pair in start["headers"] if pair[0].lower() != b"content-length"), length]
            await send(start)
            message = {"type": "http.response.body", "body": body}
        await send(message)

    return give


def _is_page(headers: Mapping[bytes, bytes]) -> bool:
    """Whether an answer is a page to be shown, and not a file to be saved."""
    named = {name.lower(): value for name, value in headers.items()}
    return named.get(b"content-type", b"").startswith(b"text/html") and b"content-disposition" not in named


def _headers(nonce: str = "") -> list[tuple[bytes, bytes]]:
    """The headers of the house; scripts and styles within a page are allowed under its nonce alone."""
    allowed = f" 'nonce-{nonce}'" if nonce else ""
    return [(b"content-security-policy", POLICY.format(script=allowed, style=allowed).encode()), *HEADERS]


async def _body(receive: Receive, largest: int) -> bytes:
    body = b""
    while len(body) <= largest:
        message = await receive()
        body += message.get("body") or b""
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    return body[:largest]


async def _plain(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    send = _dressed(send, None)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _answer(scope: Scope, send: Send, status: int, title: str, detail: str) -> None:
    """A refusal: a closed socket, or a problem."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    body = json.dumps(problem(status, title, detail)).encode()
    await _plain(send, status, body, [(b"content-type", b"application/problem+json")])
