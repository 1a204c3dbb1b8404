"""A tool that the tests of the transports call."""

TOOL = "echo"
ARGUMENTS = {"text": "hello"}
