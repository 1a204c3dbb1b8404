import pytest

from my_server.errors import (
    InvalidInputError,
)
from my_server.notes import (
    MAX_CONTENT_BYTES,
    MAX_NOTES,
    Notes,
)


def test_the_number_and_the_size_of_notes_are_bounded() -> None:
    notes = Notes()
    for number in range(MAX_NOTES):
        assert not notes.add(f"note {number}", "")
    with pytest.raises(InvalidInputError, match="limit"):
        notes.add("one more", "")
    assert notes.add("note 0", "new")
    with pytest.raises(InvalidInputError, match="is 16386 bytes long; the limit is 16384"):
        notes.add("note 0", "é" * (MAX_CONTENT_BYTES // 2 + 1))
    assert notes.get("note 0") == "new"
