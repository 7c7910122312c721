"""Whatever the description allows, and much that it does not, is answered as described: no 500."""

import json

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from simulator.payment_core import PaymentCore
from simulator.payment_core.openapi import describe
from simulator.testing import virtual_world
from switch.link.http import HttpClient

DOCUMENT = describe()
EXAMPLES = 150


def operations():
    """Every operation of the description, as schemathesis sees it."""
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    return [result.ok() for result in schema.get_all_operations()]


def cases():
    """Requests to any path: as described, or wrong in some way."""
    return st.one_of(
        [
            operation.as_strategy(generation_mode=mode)
            for operation in operations()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
            if mode is GenerationMode.POSITIVE or operation.method.upper() == "POST"
        ]
    )


def as_request(case):
    """Method, path, body and headers that can travel in a request at all; None otherwise."""
    headers = {}
    for name, value in (case.headers or {}).items():
        text = str(value)
        if not (text.isascii() and text.isprintable()):
            return None
        headers[name.lower().replace("-", "_")] = text
    path = case.formatted_path
    if not (path.isascii() and path.isprintable()) or " " in path:
        return None
    body = case.body
    if isinstance(body, NotSet):
        body = b""
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return case.method.upper(), path, body, headers


def test_nothing_makes_the_core_fail_or_answer_what_it_does_not_describe(tmp_path, core_settings):
    seen = {}
    with virtual_world(3) as world:
        process = world.process("core")
        core = PaymentCore(process.runtime, core_settings, tmp_path / "core.db", port=8587)
        world.run_until(process.start(core.start))
        caller = world.process("caller")
        client = HttpClient(caller.runtime, host="127.0.0.1", port=8587)

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases())
        def fuzz(case):
            request = as_request(case)
            if request is None:
                return
            method, path, body, headers = request
            headers.pop("content_type", None)
            asked = caller.start(lambda: sending(client, method, path, body, headers))
            answer = world.run_until(asked)
            responses = DOCUMENT["paths"][case.path][method.lower()]["responses"]
            seen[answer.status] = seen.get(answer.status, 0) + 1
            if answer.status == 404 and str(answer.status) not in responses:
                return  # a parameter with a slash, or none: another path
            assert answer.status < 500, (method, path, body)
            schema = responses[str(answer.status)]["content"]["application/json"]["schema"]
            validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
            validator.validate(json.loads(answer.body))

        fuzz()
        world.run_until(process.start(core.stop))
        world.run_until(caller.start(client.close))
    assert {200, 422} <= seen.keys(), seen


async def sending(client, method, path, body, headers):
    return await client.request(method, path, body, 5.0, **headers)
