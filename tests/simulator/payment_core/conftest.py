"""A core without HTTP (one turn at a time on a database in memory), and a served one."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import StaticPool
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool
from twisted.web.http_headers import Headers

from simulator.payment_core import CoreSettings, load_core_settings
from simulator.payment_core.api import take_turn
from simulator.payment_core.catalogue import Catalogue
from simulator.payment_core.ledger import audit
from simulator.payment_core.openapi import describe
from simulator.payment_core.requests import read_request
from simulator.payment_core.routes import ROUTES
from simulator.payment_core.seed import seed_if_empty
from simulator.payment_core.status import operation_status
from simulator.payment_core.tables import METADATA
from simulator.payment_core.turn import Turn
from switch.keys.vault import Vault
from switch.runtime import SystemEntropy
from switch.settings import config_folder
from switch.store import database_at

VAULT = Vault({"1": b"k" * 32}, b"l" * 32, SystemEntropy())
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Bodies:
    """The people of the local network, and bodies of requests about them."""

    amina = "9504010000000019"
    brahim = "9504010000000027"
    chaimae = "9504010000000035"
    driss = "9504010000000043"
    ribs: ClassVar[dict[str, str]] = {
        amina: "999780000000000000100112",
        brahim: "999780000000000000100209",
        chaimae: "999780000000000000100306",
        driss: "999780000000000000100403",
    }
    origin: ClassVar[dict[str, str]] = {
        "terminal_id": "LAB00001",
        "stan": "000001",
        "rrn": "632809000001",
    }

    @classmethod
    def money(cls, pan: str, amount_minor: int, **more: Any) -> dict[str, Any]:
        """A withdrawal or a deposit."""
        return {
            "pan": pan,
            "amount_minor": amount_minor,
            "currency": "504",
            **cls.origin,
            **more,
        }

    @classmethod
    def transfer(cls, pan: str, receiver: str, amount_minor: int, **more: Any) -> dict[str, Any]:
        """From a card's account to another's, or to a RIB."""
        accounts = {"from_account": cls.ribs[pan], "to_account": cls.ribs.get(receiver, receiver)}
        return cls.money(pan, amount_minor, **{**accounts, **more})

    @staticmethod
    def enquiry(creditor: str = "1001", kind: str = "01", **form: str) -> dict[str, Any]:
        """By default about the contract that owes two bills."""
        form = form or {"contract": "00123456"}
        return {"creditor": creditor, "kind": kind, "form": form, "channel": "agency"}

    @classmethod
    def confirmation(
        cls, debts: dict[str, Any], *articles: str, pan: str | None = amina, **more: Any
    ) -> dict[str, Any]:
        """Pay the articles of these names, or all, as the enquiry answered them."""
        chosen = [a for a in debts["articles"] if not articles or a["id"] in articles]
        body = {
            "reference": debts["reference"],
            "creditor": "1001",
            "kind": "01",
            "articles": [{"id": a["id"], "price_minor": a["price_minor"]} for a in chosen],
            "parameters": debts["parameters"],
            "total_minor": sum(a["price_minor"] for a in chosen),
            "currency": "504",
            "means": "cash" if pan is None else "card",
            "channel": "agency",
            **cls.origin,
        }
        return {**body, **({} if pan is None else {"pan": pan}), **more}


class Bench(Bodies):
    """The core's operations on a database of its own, one committed turn a call."""

    def __init__(self, settings: CoreSettings, engine: Engine) -> None:
        self.engine = engine
        METADATA.create_all(self.engine)
        self.catalogue = Catalogue(settings)
        self.now = START
        self._keys = 0
        self.turn(lambda turn: seed_if_empty(turn, settings))

    def turn(self, function: Callable[[Turn], Any]) -> Any:
        with self.engine.begin() as connection:
            return function(Turn(connection, self.now, self.catalogue, VAULT))

    def reply(
        self, name: str, body: dict[str, Any] | None = None, key: str | None = None, **path: str
    ) -> Any:
        route = next(route for route in ROUTES if route.name == name)
        request = None
        if route.request is not None:
            request = read_request(route.request, json.dumps(body).encode())
        return self.turn(lambda turn: take_turn(turn, route, key, request, path))

    def ask(
        self, name: str, body: dict[str, Any] | None = None, key: str | None = None, **path: str
    ) -> dict[str, Any]:
        """The answer of a route; an operation gets a fresh key unless one is given."""
        shape = next(route.shape for route in ROUTES if route.name == name)
        if key is None and shape == "operation":
            self._keys += 1
            key = f"auto/{self._keys}"
        answer: dict[str, Any] = json.loads(self.reply(name, body, key, **path).text)
        return answer

    def outcome(self, name: str, body: dict[str, Any], key: str | None = None) -> str:
        """`approved`, or the reason of the refusal."""
        answer = self.ask(name, body, key)
        return str(answer.get("reason", answer["outcome"]))

    def cancel(self, key: str, **more: Any) -> dict[str, Any]:
        return self.ask("cancellation", {"cancels": key, "reason": "68", **more})

    def status(self, key: str) -> dict[str, Any]:
        """What became of the operation with this key."""
        found: dict[str, Any] = self.turn(lambda turn: operation_status(turn, key)).model_dump(
            exclude_none=True
        )
        return found

    def debts(self, *names: str, **form: str) -> dict[str, Any]:
        return self.ask("debts", self.enquiry(*names, **form))

    def pass_time(self, **elapsed: float) -> None:
        self.now += timedelta(**elapsed)

    def books(self) -> dict[str, int]:
        lines = self.ask("books")["accounts"]
        return {line["code"]: line["balance_minor"] for line in lines}

    def balance(self, pan_or_code: str) -> int:
        code = pan_or_code
        if pan_or_code in self.ribs:
            code = f"customer:{self.ribs[pan_or_code]}"
        return self.books().get(code, 0)

    def rows(self, sql: str) -> list[Any]:
        with self.engine.begin() as connection:
            return list(connection.execute(text(sql)))

    def audit(self) -> None:
        self.turn(lambda turn: audit(turn.connection))

    def close(self) -> None:
        self.engine.dispose()


class Gathered(Protocol):
    """A body, gathered until its end."""

    def __init__(self) -> None:
        self.data = b""
        self.done: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.done.callback(self.data)


@dataclass
class Caller:
    """An HTTP client that holds every JSON answer against the OpenAPI description."""

    reactor: Any
    port: int
    keep_alive: bool = True
    document: ClassVar[dict[str, Any]] = describe()

    def __post_init__(self) -> None:
        self.pool = HTTPConnectionPool(self.reactor, persistent=self.keep_alive)
        self.agent = Agent(self.reactor, pool=self.pool)

    async def send(
        self, method: str, path: str, data: bytes | None = None, **headers: str
    ) -> tuple[Any, Any]:
        """The response and its JSON."""
        response = await self.agent.request(
            method.encode(),
            f"http://127.0.0.1:{self.port}{path}".encode(),
            Headers({name.replace("_", "-"): [value] for name, value in headers.items()}),
            None if data is None else FileBodyProducer(BytesIO(data)),
        )
        gathered = Gathered()
        response.deliverBody(gathered)
        return response, json.loads(await gathered.done)

    async def get(self, path: str, template: str | None = None) -> Any:
        response, body = await self.send("GET", path)
        self.check(template or path, "get", response.code, body)
        return body

    async def post(self, path: str, body: dict[str, Any], key: str | None = None) -> Any:
        headers = {} if key is None else {"Idempotency_Key": key}
        response, answer = await self.send("POST", path, json.dumps(body).encode(), **headers)
        self.check(path, "post", response.code, answer)
        answer["_status"] = response.code
        answer["_replayed"] = response.headers.getRawHeaders("Idempotent-Replay") == ["true"]
        return answer

    def check(self, path: str, method: str, status: int, body: Any) -> None:
        responses = self.document["paths"][path][method]["responses"]
        schema = responses[str(status)]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": self.document["components"]}).validate(body)

    def close(self) -> Awaitable[Any]:
        return self.pool.closeCachedConnections()


@pytest.fixture(scope="session")
def bodies() -> type[Bodies]:
    return Bodies


@pytest.fixture(scope="session")
def seed_path() -> Path:
    return config_folder() / "seed" / "local-core.yaml"


@pytest.fixture(scope="session")
def settings(seed_path: Path) -> CoreSettings:
    return load_core_settings(seed_path)


@pytest.fixture(scope="session")
def new_engine(request: pytest.FixtureRequest) -> Callable[[], Engine]:
    """An empty database each time: SQLite in memory, or what CORE_TESTS_ON names.

    `CORE_TESTS_ON=postgresql pytest tests/simulator/payment_core` runs all these tests there.
    """
    if os.environ.get("CORE_TESTS_ON") != "postgresql":
        return lambda: create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    server = request.getfixturevalue("postgres")
    return lambda: database_at(server.new_database()).engine()


@pytest.fixture(scope="session")
def new_bench(settings: CoreSettings, new_engine: Callable[[], Engine]) -> Callable[..., Bench]:
    """For tests that need many, or settings changed; close each."""
    return lambda **changed: Bench(settings.model_copy(update=changed), new_engine())


@pytest.fixture(scope="session")
def bench_on(settings: CoreSettings) -> Callable[[Engine], Bench]:
    """For tests that say on which database; close it."""
    return lambda engine: Bench(settings, engine)


@pytest.fixture
def bench(settings: CoreSettings, new_engine: Callable[[], Engine]) -> Any:
    bench = Bench(settings, new_engine())
    yield bench
    bench.audit()
    bench.close()


@pytest.fixture(scope="session")
def caller() -> type[Caller]:
    return Caller


@pytest.fixture(scope="session")
def core_settings(settings: CoreSettings) -> CoreSettings:
    """The same, for modules in which `settings` is hypothesis's."""
    return settings
