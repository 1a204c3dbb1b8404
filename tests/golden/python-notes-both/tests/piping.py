"""The running program as a host starts it, with messages on stdin and stdout."""

import json
from typing import Any

from .support import SOON, Process


class StdioProcess(Process):
    """A running program that serves stdio."""

    def send(self, *messages: object) -> None:
        assert self.process.stdin
        for message in messages:
            self.process.stdin.write(f"{json.dumps(message)}\n")
        self.process.stdin.flush()

    def answer(self, number: int) -> dict[str, Any]:
        """Read up to the answer to a request; every line must be protocol."""
        assert self.process.stdout
        for line in self.process.stdout:
            message = json.loads(line)
            assert message["jsonrpc"] == "2.0"
            if message.get("id") == number:
                return dict(message)
        self.reader.join(SOON)
        raise AssertionError(f"no answer to request {number}\n{self.words}\n{self.log}")

    def call(self, number: int, tool: str, **arguments: object) -> dict[str, Any]:
        """Call a tool in the session that `INITIALIZE` has opened."""
        params = {"name": tool, "arguments": arguments}
        request = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
        self.send(request)
        return self.answer(number)

    def leave(self) -> str:
        """End its input, as a host does, and return what else it writes; it must end well."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        assert self.process.wait(SOON) == 0
        # Then all of its log is here.
        self.reader.join(SOON)
        return self.process.stdout.read()
