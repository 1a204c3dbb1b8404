"""A tool that the tests of the transports call."""

TOOL = "get_order"
ARGUMENTS = {"order_id": "ORD-1001"}
