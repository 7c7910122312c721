"""Plays one case against the system under test, and judges it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet.task import deferLater

from simulator.certify.bursts import Bursts
from simulator.certify.case_file import Case, CaseExpect, CaseReply, CaseSend, CaseStep, Reverse
from simulator.certify.evidence import Evidence
from simulator.certify.judging import answer_breaches, code_breaches, reversal_breaches
from simulator.certify.line import TestLine
from simulator.certify.profile import CertificationProfile
from simulator.certify.results import CaseResult, CaseStepResult, CaseVerdict
from simulator.scenario.exchanging import awaited, leave
from simulator.scenario.filling import filled_data
from simulator.scenario.message_steps import Composed, Expected
from simulator.scenario.message_templates import ALWAYS
from simulator.scenario.speaking import NotSpokenError
from simulator.scenario.templates import Lookup, TemplateError
from switch.link import answer_to
from switch.wire import Message
from switch.wire.mti import answer_mti, is_request, repeat_mti
from switch.wire.original import original_data
from switch.wire.paths import PathError, get

Ask = Callable[[str], None]
"""Tells a person what to do at the system under test."""


class _WrongError(Exception):
    """A step that came out otherwise than it must: why, each thing by itself."""

    def __init__(self, wrong: list[str]) -> None:
        super().__init__("; ".join(wrong))
        self.wrong = wrong


class Conductor:
    """Plays cases on one line, one after the other."""

    def __init__(
        self, profile: CertificationProfile, line: TestLine, reactor: Any, ask: Ask
    ) -> None:
        self._profile = profile
        self._line = line
        self._reactor = reactor
        self._ask = ask
        self._sent: dict[str, Message] = {}
        self._answers: dict[str, Message] = {}
        self._captured: dict[str, str] = {}
        self._last = ""

    async def play(self, case: Case) -> CaseResult:
        """Play a case from a line of its own to its verdict.

        Raises NotSpokenError when there is no line to begin with, CancelledError.
        """
        why = self._not_meant(case)
        if why:
            return self._result(case, CaseVerdict.NOT_APPLICABLE, why)
        began_s = self._reactor.seconds()
        evidence = self._line.evidence = Evidence(self._reactor.seconds)
        self._sent, self._answers, self._captured, self._last = {}, {}, {}, ""
        self._line.speaker.manages = case.file.manages
        await self._line.fresh()
        done: list[CaseStepResult] = []
        why = ""
        try:
            if case.file.signed_on:
                await self._sign_on()
            for step in case.file.steps:
                why = await self._step(step, done)
                if why:
                    break
        except _WrongError as error:
            why = str(error)
            done.append(CaseStepResult("sign on", tuple(error.wrong)))
        verdict = CaseVerdict.FAIL if why else CaseVerdict.PASS
        elapsed_s = self._reactor.seconds() - began_s
        return self._result(case, verdict, why, done, evidence, elapsed_s)

    def _result(
        self,
        case: Case,
        verdict: CaseVerdict,
        why: str,
        done: list[CaseStepResult] | None = None,
        evidence: Evidence | None = None,
        elapsed_s: float = 0.0,
    ) -> CaseResult:
        file, dialect = case.file, self._line.speaker.codec.dialect
        described = evidence.described(dialect) if evidence and verdict is CaseVerdict.FAIL else ()
        return CaseResult(
            id=case.id,
            case=file.case,
            rule=file.rule,
            source=file.source,
            verdict=verdict,
            why=why,
            steps=tuple(done or ()),
            evidence=evidence.diagram() if evidence is not None else (),
            messages=described,
            elapsed_s=elapsed_s,
        )

    def _not_meant(self, case: Case) -> str:
        """Why a case is not meant for this system; empty when it is."""
        profile, needs = self._profile, case.file.needs
        if case.id in profile.not_applicable:
            return profile.not_applicable[case.id]
        lacking = [each for each in needs.abilities if each not in profile.abilities]
        if lacking:
            return f"the profile does not have the ability {', '.join(lacking)}"
        missing = [each for each in needs.cards if each not in profile.cards]
        return f"the profile has no card for {', '.join(missing)}" if missing else ""

    # -- one step ---------------------------------------------------------------------------------

    async def _step(self, step: CaseStep, done: list[CaseStepResult]) -> str:
        """Do a step; why it is wrong, or nothing."""
        try:
            done.append(CaseStepResult(await self._do(step)))
        except (_WrongError, NotSpokenError, TemplateError) as error:
            wrong = error.wrong if isinstance(error, _WrongError) else [str(error)]
            done.append(CaseStepResult(_words(step), tuple(wrong)))
            return str(error)
        return ""

    async def _do(self, step: CaseStep) -> str:
        if step.send is not None:
            return self._send(step.send)
        if step.repeat is not None:
            return self._repeat(step.repeat)
        if step.release is not None:
            return self._release(step.release)
        if step.reverse is not None:
            return self._reverse(step.reverse)
        if step.expect is not None:
            return await self._expect(step.expect)
        if step.reply is not None:
            return self._reply(step.reply)
        if step.burst is not None:
            return await self._burst(step)
        if step.think is not None:
            await deferLater(self._reactor, step.think)
        elif step.hang_up:
            await self._line.speaker.hang_up("the case closes it")
        elif step.connect:
            await self._line.connect()
        elif step.sign_on:
            await self._sign_on()
        elif step.ask is not None:
            self._ask(str(filled_data(step.ask, self._lookup())))
        else:
            self._compare(step)
        return _words(step)

    def _send(self, step: CaseSend) -> str:
        lookup = self._lookup()
        values: dict[str, Any] = {}
        if step.template is not None:
            values = filled_data(dict(ALWAYS[step.template]), lookup)
            values.update(self._profile.elements)
        values.update(filled_data(step.message, lookup))
        if step.held_back:
            message = Message(values)
            self._keep(step.name, message)
            return f"made {message.mti} ({step.name}), which is held back"
        message = leave(self._line.speaker, _filled(step, lookup), values)
        self._keep(step.name, message)
        return f"sent {message.mti}" + (f" ({step.name})" if step.name else "")

    def _repeat(self, name: str) -> str:
        original = self._known(name, self._sent)
        # DE7 may be new in a repeat: that it is the same is what every system must take.
        message = Message({**original, "t": repeat_mti(original.mti)})
        leave(self._line.speaker, Composed(), message)
        self._last = name
        return f"repeated {name} as {message.mti}"

    def _release(self, name: str) -> str:
        message = self._known(name, self._sent)
        leave(self._line.speaker, Composed(), message)
        self._last = name
        return f"sent {message.mti} ({name}), which was held back"

    def _reverse(self, step: Reverse) -> str:
        original = self._known(step.of, self._sent)
        lookup = self._lookup()
        answer = self._answers.get(step.of)
        kept = ("2", "3", "4", "12", "13", "18", "22", "25", "32", "37", "41", "42", "49")
        message = Message({"t": step.mti})
        message.update({key: original[key] for key in kept if key in original})
        message.update({"7": lookup("gen.transmission") or "", "11": lookup("gen.stan") or ""})
        if answer is not None and "38" in answer:
            message["38"] = answer["38"]
        message["90"] = original_data(original)
        if step.retained is not None:
            message["95"] = str(filled_data(step.retained, lookup)) + "0" * 30
        sent = leave(self._line.speaker, _filled(step, lookup), message)
        self._keep(step.name, sent)
        return f"sent {message.mti}, the reversal of {step.of}"

    def _reply(self, step: CaseReply) -> str:
        request = (
            self._known(step.to, self._sent) if step.to is not None else self._line.speaker.taken
        )
        if request is None:
            raise NotSpokenError("there is no request to answer: an `expect` takes one first")
        lookup = self._lookup()
        values = {**answer_to(request, step.code), "t": answer_mti(request.mti)}
        values.update(filled_data(step.de, lookup))
        message = leave(self._line.speaker, _filled(step, lookup), values)
        return f"answered {message.mti} with {message.text('39')}"

    async def _burst(self, step: CaseStep) -> str:
        assert step.burst is not None
        bursts = Bursts(self._line.speaker, self._profile, self._reactor)
        text, wrong = await bursts.run(step.burst, self._lookup)
        if wrong:
            raise _WrongError(wrong)
        return text

    # -- expecting --------------------------------------------------------------------------------

    async def _expect(self, step: CaseExpect) -> str:
        profile = self._profile
        within = step.within if "within" in step.model_fields_set else profile.answer_within
        if step.nothing and "within" not in step.model_fields_set:
            within = profile.quiet_for
        told = step.model_dump(by_alias=True, exclude_unset=True)
        de = filled_data(told.get("de", {}), self._lookup())
        wanted = Expected.model_validate(
            {
                "mti": step.mti,
                "de": de,
                "within": f"{within}s",
                "nothing": step.nothing,
                "closed": step.closed,
            }
        )
        message, found = await awaited(self._line.speaker, wanted, self._reactor)
        wrong = [str(each) for each in found]
        if message is not None and not wrong:
            wrong += self._breaches(step, message)
            self._capture(step, message)
        if wrong:
            raise _WrongError(wrong)
        if message is None:
            return "the line was closed" if step.closed else "nothing came"
        return f"got {message.mti}" + (f" with {message.text('39')}" if "39" in message else "")

    def _breaches(self, step: CaseExpect, message: Message) -> Iterator[str]:
        dialect = self._line.speaker.codec.dialect
        if is_request(message.mti):
            self._keep(step.name, message)
            if step.reverses is not None:
                yield from reversal_breaches(self._known(step.reverses, self._sent), message)
            if not step.loosely:
                yield from answer_breaches(None, message, dialect)
            return
        name = step.to or self._last
        request = self._sent.get(name)
        if request is not None:
            self._answers.setdefault(name, message)
        if not step.loosely:
            yield from answer_breaches(request, message, dialect)
        yield from code_breaches(step, message, self._profile)
        if step.same_as is not None:
            first = self._known(step.same_as, self._answers)
            for key in ("38", "39"):
                if first.text(key) != message.text(key):
                    yield (
                        f"DE{key}: expected {first.text(key) or 'none'} as in the first answer, "
                        f"found {message.text(key) or 'none'}"
                    )

    def _capture(self, step: CaseExpect, message: Message) -> None:
        for name, path in step.capture.items():
            path = self._profile.balance_path if path == "balance" else path
            try:
                found = get(message, path, self._line.speaker.codec.dialect)
            except PathError as error:
                raise _WrongError([f"DE{path}: {error}"]) from None
            if not isinstance(found, str):
                raise _WrongError([f"DE{path}: expected a value, found nothing"])
            self._captured[name] = found

    def _compare(self, step: CaseStep) -> None:
        if step.equal is not None:
            first, second = (self._value(name) for name in step.equal)
            if first != second:
                raise _WrongError([f"{step.equal[1]}: expected {first}, found {second}"])
        elif step.less is not None:
            before, after, by = (int(self._value(name)) for name in step.less)
            if before - after != by:
                raise _WrongError(
                    [f"{step.less[1]}: expected {before - by} ({before} less {by}), found {after}"]
                )

    def _value(self, name: str) -> str:
        value = self._captured.get(name) or self._profile.facts().get(name)
        if value is None and name.isdigit():
            value = name
        if value is None:
            raise NotSpokenError(f"nothing is called '{name}'")
        return value

    # -- inside -----------------------------------------------------------------------------------

    async def _sign_on(self) -> None:
        if "sign_on" not in self._profile.abilities:
            return
        lookup = self._lookup()
        message = Message(filled_data(dict(ALWAYS["sign_on"]), lookup))
        leave(self._line.speaker, Composed(), message)
        within = f"{self._profile.answer_within}s"
        step = Expected.model_validate({"mti": "0810", "de": {"39": "00"}, "within": within})
        _, found = await awaited(self._line.speaker, step, self._reactor)
        if found:
            raise _WrongError([f"it could not be signed on: {each}" for each in found])

    def _lookup(self) -> Lookup:
        generated = self._line.speaker.generator.lookup()

        def value(name: str) -> str | None:
            found = self._captured.get(name)
            return generated(name) if found is None else found

        return value

    def _keep(self, name: str | None, message: Message) -> None:
        self._last = name or "(last)"
        self._sent[self._last] = message
        self._answers.pop(self._last, None)

    def _known(self, name: str, among: dict[str, Message]) -> Message:
        found = among.get(name)
        if found is None:
            raise NotSpokenError(f"no message is called '{name}' here")
        return found


def _filled(step: Composed, lookup: Lookup) -> Composed:
    """What is made wrong, with everything filled in."""
    data = step.model_dump(by_alias=True, exclude_unset=True)
    wrong = {name: data[name] for name in ("without", "wrong", "raw", "unframed") if name in data}
    return Composed.model_validate(filled_data(wrong, lookup))


def _words(step: CaseStep) -> str:
    """A step that says little, in words."""
    word = step.word
    if step.expect is not None:
        expected = step.expect
        if expected.closed:
            return "expect the line to be closed"
        kind = expected.mti or "a message"
        return f"expect nothing ({kind})" if expected.nothing else f"expect {kind}"
    if step.ask is not None:
        return f"asked for: {step.ask}"
    if step.equal is not None:
        return f"{step.equal[0]} and {step.equal[1]} are the same"
    if step.less is not None:
        return f"{step.less[1]} is less than {step.less[0]} by {step.less[2]}"
    return word.replace("_", " ")
