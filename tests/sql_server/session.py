"""A session after log-in: requests in, responses out. With MARS there are several."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tests.sql_server import requests, tokens
from tests.sql_server.execution import Execution, Outcome
from tests.sql_server.packets import Kind, Message, packets, read_message
from tests.sql_server.script import Script
from tests.sql_server.tokens import ATTENTION, DONE, DONE_IN_PROC, DONE_PROC, ERROR, MORE

Write = Callable[[list[bytes]], Awaitable[None]]
_BEGIN, _COMMIT, _ROLL_BACK, _SAVE = 5, 7, 8, 9
_ORDER_PROCEDURE = "p_ins_order"


class Session:
    """Reads ahead of what it works on, so that an attention is heard."""

    def __init__(
        self, script: Script, login: requests.Login, reader: asyncio.StreamReader, write: Write
    ) -> None:
        self._version = login.version
        self._packet_bytes = login.packet_bytes
        self._reader = reader
        self._write = write
        self._execution = Execution(script, login.version)
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue()
        self._prepared: dict[int, str] = {}
        self._next_record = script.first_record
        self._is_attention_due = False
        self._has_client = True

    async def run(self) -> None:
        reading = asyncio.create_task(self._read())
        while (message := await self._inbox.get()) is not None:
            await self._answer(message)
        await reading

    async def _read(self) -> None:
        try:
            while True:
                message = await read_message(self._reader)
                if message.kind == Kind.ATTENTION:
                    self._is_attention_due = True
                    self._execution.interrupted.set()
                await self._inbox.put(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._has_client = False
            self._execution.interrupted.set()
            await self._inbox.put(None)

    async def _answer(self, message: Message) -> None:
        if message.is_ignored:
            # Taken back by its client, which hears of the end as of any other.
            await self._respond(tokens.done(self._version))
            return
        if message.kind == Kind.ATTENTION:
            if self._is_attention_due:
                await self._respond(b"")
            return
        answers: dict[int, Callable[[bytes], Awaitable[bytes]]] = {
            Kind.SQL_BATCH: self._batch,
            Kind.RPC: self._calls,
            Kind.TRANSACTION: self._transaction,
            Kind.BULK_LOAD: self._bulk,
        }
        await self._respond(await answers[message.kind](message.payload))

    async def _respond(self, answer: bytes) -> None:
        """An attention is answered by a message of its own behind what it interrupts."""
        if not self._has_client:
            return
        if answer:
            await self._write(packets(Kind.RESULT, answer, self._packet_bytes))
        if self._is_attention_due:
            self._is_attention_due = False
            self._execution.interrupted.clear()
            heard = tokens.done(self._version, status=ATTENTION)
            await self._write(packets(Kind.RESULT, heard, self._packet_bytes))

    async def _batch(self, payload: bytes) -> bytes:
        sql = requests.body(payload, self._version).decode("utf-16-le")
        outcomes = await self._execution.run(sql)
        shown = [outcome for outcome in outcomes if not outcome.is_silent] or [Outcome()]
        answer = b""
        for place, outcome in enumerate(shown):
            more = 0 if place == len(shown) - 1 else MORE
            answer += outcome.before + tokens.done(
                self._version,
                kind=DONE_PROC if outcome.ends_procedure else DONE,
                status=more | ERROR * outcome.is_error,
                count=outcome.affected,
            )
        return answer

    async def _calls(self, payload: bytes) -> bytes:
        calls = requests.calls(payload, self._version)
        answer = b""
        for place, call in enumerate(calls):
            body, is_error = await self._call(call)
            status = ERROR * is_error | (0 if place == len(calls) - 1 else MORE)
            answer += body + tokens.done(self._version, kind=DONE_PROC, status=status)
        return answer

    async def _call(self, call: requests.Call) -> tuple[bytes, bool]:
        values = call.values()
        if call.procedure == "sp_executesql":
            return await self._statements(values[0], values[2:])
        if call.procedure == "sp_prepare":
            return tokens.return_status(0) + self._handle(call, values[2]), False
        if call.procedure == "sp_prepexec":
            body, is_error = await self._statements(values[2], values[3:])
            return body + self._handle(call, values[2]), is_error
        if call.procedure == "sp_execute":
            return await self._statements(self._prepared[values[0]], values[1:])
        if call.procedure == "sp_unprepare":
            del self._prepared[values[0]]
            return tokens.return_status(0), False
        assert call.procedure == _ORDER_PROCEDURE, call.procedure
        return self._order_procedure(call)

    async def _statements(self, sql: str, arguments: Sequence[Any]) -> tuple[bytes, bool]:
        outcomes = await self._execution.run(sql, arguments)
        body = b""
        for outcome in outcomes:
            if not outcome.is_silent:
                status = MORE | ERROR * outcome.is_error
                body += outcome.before + tokens.done(
                    self._version, kind=DONE_IN_PROC, status=status, count=outcome.affected
                )
        is_error = any(outcome.is_error for outcome in outcomes)
        number = 2627 if is_error else 0
        return body + tokens.return_status(number), is_error

    def _handle(self, call: requests.Call, sql: str) -> bytes:
        handle = len(self._prepared) + 1
        self._prepared[handle] = sql
        return tokens.return_value(self._version, 0, call.parameters[0].name, handle)

    def _order_procedure(self, call: requests.Call) -> tuple[bytes, bool]:
        """p_ins_order: writes an order, and returns the record number it gave it."""
        if self._execution.is_refused(call.values()):
            return self._execution.violation() + tokens.return_status(2627), True
        body = tokens.done(self._version, kind=DONE_IN_PROC, status=MORE, count=1)
        body += tokens.return_status(0)
        for place, parameter in enumerate(call.parameters):
            if parameter.is_output:
                body += tokens.return_value(self._version, place, parameter.name, self._next_record)
        self._next_record += 1
        return body, False

    async def _transaction(self, payload: bytes) -> bytes:
        request = requests.transaction(payload, self._version)
        told = b""
        if request.kind == _BEGIN:
            told = self._execution.begin()
        elif request.kind == _SAVE:
            self._execution.save(request.name)
        elif request.kind == _COMMIT:
            told = self._execution.commit()
        else:
            assert request.kind == _ROLL_BACK, request
            told = self._execution.roll_back(request.name)
        if request.begins_another:
            told += self._execution.begin()
        return told + tokens.done(self._version)

    async def _bulk(self, payload: bytes) -> bytes:
        rows = requests.bulk_rows(payload, self._version)
        if any(self._execution.is_refused(row) for row in rows):
            return self._execution.violation() + tokens.done(self._version, status=ERROR)
        return tokens.done(self._version, command=tokens.INSERT_COMMAND, count=len(rows))
