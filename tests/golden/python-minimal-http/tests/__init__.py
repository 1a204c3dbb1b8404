"""The tests, in process and of the running program."""
