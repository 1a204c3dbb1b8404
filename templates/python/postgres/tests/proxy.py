"""Stands between the program and the database, and can be cut or made to hang."""

import asyncio
from contextlib import suppress
from typing import Self
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from .support import SOON

CHUNK_BYTES = 4096


class Proxy:
    def __init__(self, url: str) -> None:
        self._database = conninfo_to_dict(url)
        self._port = 0
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    @property
    def url(self) -> str:
        """The address of the database, as it is reached through here."""
        user, password, database, options = (
            quote(str(self._database.get(name) or ""), safe="")
            for name in ("user", "password", "dbname", "options")
        )
        return f"postgres://{user}:{password}@127.0.0.1:{self._port}/{database}?options={options}"

    async def cut(self) -> None:
        """Close every connection, and let no new one in."""
        assert self._server
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def mend(self) -> None:
        """Let connections in again, once no other program has the port, as may be for a moment."""
        async with asyncio.timeout(SOON):
            while not self._server or not self._server.is_serving():
                with suppress(OSError):
                    self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
                await asyncio.sleep(0.01)
        self._port = self._server.sockets[0].getsockname()[1]

    def hang(self, *, hangs: bool) -> None:
        """Say whether what is sent does not arrive, on connections that stay open."""
        if hangs:
            self._flows.clear()
        else:
            self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        host, port = str(self._database["host"]), int(str(self._database.get("port") or 5432))
        far_reader, far_writer = await asyncio.open_connection(host, port)
        there = asyncio.create_task(self._forward(reader, far_writer))
        back = asyncio.create_task(self._forward(far_reader, writer))
        try:
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            back.cancel()
            writer.close()
            far_writer.close()
            self._tasks.discard(task)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                await self._flows.wait()
                writer.write(chunk)
                await writer.drain()
