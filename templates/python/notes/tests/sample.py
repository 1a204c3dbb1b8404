"""A tool that the tests of the transports call."""

TOOL = "add-note"
ARGUMENTS = {"name": "groceries", "content": "milk, bread"}
