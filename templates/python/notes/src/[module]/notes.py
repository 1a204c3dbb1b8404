"""The notes themselves: a bounded store in memory that knows nothing of MCP."""

from .errors import InvalidInputError

MAX_NOTES = 256
# In bytes of UTF-8.
MAX_NAME_BYTES = 200
MAX_CONTENT_BYTES = 16 * 1024


class Notes:
    """Notes by name, shared by every session."""

    def __init__(self) -> None:
        self._by_name: dict[str, str] = {}

    def add(self, name: str, content: str) -> bool:
        """Store a note, and say whether it replaced one of the same name."""
        if not name.strip():
            raise InvalidInputError("`name` must not be blank")
        _check_size("name", name, MAX_NAME_BYTES)
        _check_size("content", content, MAX_CONTENT_BYTES)

        replaced = name in self._by_name
        if not replaced and len(self._by_name) >= MAX_NOTES:
            raise InvalidInputError(
                f"there are {MAX_NOTES} notes already, which is the limit; replace one of them"
            )
        self._by_name[name] = content
        return replaced

    def get(self, name: str) -> str | None:
        """Return the text of one note."""
        return self._by_name.get(name)

    def names(self) -> list[str]:
        """Return every name, in order."""
        return sorted(self._by_name)

    def all(self) -> list[tuple[str, str]]:
        """Return every name and text, in the order of the names."""
        return sorted(self._by_name.items())


def _check_size(what: str, text: str, limit: int) -> None:
    size = len(text.encode())
    if size > limit:
        raise InvalidInputError(f"`{what}` is {size} bytes long; the limit is {limit}")
