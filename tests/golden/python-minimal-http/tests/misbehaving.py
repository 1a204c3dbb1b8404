"""The program, with tools that do what a tool should not."""

import sys

import anyio
from mcp.server.mcpserver import Context

from team_echo.__main__ import run
from team_echo.app import App
from team_echo.config import load
from team_echo.logging_conf import (
    configure_logging,
)
from team_echo.server import Server

settings = load(sys.argv[1:])
configure_logging(settings.log, settings.log_format)
server = Server(App(settings))


@server.tool()
async def prints() -> str:
    print("not protocol")
    sys.stdout.write("not protocol either")
    await anyio.run_process([sys.executable, "-c", "print('nor this')"], stdout=None)
    return "printed"


@server.tool()
async def reads() -> str:
    child = await anyio.run_process([sys.executable, "-c", "print(input('child: '))"], check=False)
    return f"handler: {sys.stdin.readline()!r}, {child.stdout.decode()!r}"


@server.tool()
async def crashes() -> str:
    raise RuntimeError("a secret")


@server.tool()
async def hangs() -> str:
    await anyio.sleep_forever()
    return "never"


@server.tool()
async def reports(ctx: Context) -> str:
    for done in range(3):
        await ctx.report_progress(done, 3)
    return "reported"


raise SystemExit(run(server))
