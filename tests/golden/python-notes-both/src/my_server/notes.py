"""The notes: a bounded store in memory."""

from mcp.server.mcpserver.exceptions import ToolError

MAX_NOTES = 256


class Notes:
    """Notes by name, shared by every session."""

    def __init__(self) -> None:
        self._by_name: dict[str, str] = {}

    def add(self, name: str, content: str) -> bool:
        """Store a note; return whether it replaced one of the same name."""
        if not name.strip():
            raise ToolError("`name` must not be blank")
        replaced = name in self._by_name
        if not replaced and len(self._by_name) >= MAX_NOTES:
            raise ToolError(f"there are {MAX_NOTES} notes already, which is the limit; replace one of them")
        self._by_name[name] = content
        return replaced

    def get(self, name: str) -> str | None:
        return self._by_name.get(name)

    def all(self) -> list[tuple[str, str]]:
        """Return every name and content, in the order of the names."""
        return sorted(self._by_name.items())
