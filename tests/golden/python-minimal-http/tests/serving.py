"""The running program, told to serve HTTP on a free port."""

import json
import socket
from http.client import HTTPConnection, HTTPResponse

from .connecting import OTHER_TOKEN, TOKEN
from .support import INITIALIZE, PROGRAM, SOON, Process

HEADERS = {
    "Connection": "close",
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "Authorization": f"Bearer {TOKEN}",
}
SETTINGS = {
    "MCP_TRANSPORT": "http",
    "MCP_PORT": "0",
    "MCP_AUTH_TOKENS": f"{TOKEN}, {OTHER_TOKEN}",
}


class HttpProcess(Process):
    """A running program that serves HTTP on a free port."""

    def __init__(self, *arguments: str, program: str = PROGRAM, **settings: str) -> None:
        super().__init__(*arguments, program=program, **SETTINGS | settings)
        try:
            self.logged("server ready")
        except BaseException:
            self.kill()
            raise
        addresses = {it["message"]: it["address"] for it in self.log if "address" in it}
        self.address: str = addresses["server ready"]
        self.metrics_address: str | None = addresses.get("metrics ready")

    @property
    def url(self) -> str:
        return f"http://{self.address}/mcp"

    def get(self, path: str, address: str = "", **headers: str) -> HTTPResponse:
        return self._request("GET", path, None, headers, address)

    def post(self, body: str = json.dumps(INITIALIZE), **headers: str) -> HTTPResponse:
        """Send an `initialize` request."""
        return self._request("POST", "/mcp", body, headers)

    def _request(
        self, method: str, path: str, body: str | None, headers: dict[str, str], address: str = ""
    ) -> HTTPResponse:
        connection = HTTPConnection(address or self.address, timeout=SOON)
        connection.request(method, path, body and body.encode(), HEADERS | headers)
        return connection.getresponse()

    def open(self, length: int) -> socket.socket:
        """Open a request whose body is still to come, and wait until the server asks for that."""
        host, port = self.address.rsplit(":", 1)
        opened = socket.create_connection((host, int(port)), timeout=SOON)
        head = {"Host": self.address, "Content-Length": str(length), "Expect": "100-continue"}
        lines = ["POST /mcp HTTP/1.1", *(f"{k}: {v}" for k, v in (HEADERS | head).items())]
        opened.sendall("\r\n".join([*lines, "", ""]).encode())
        assert opened.recv(1024).startswith(b"HTTP/1.1 100 ")
        return opened
