"""The Streamable HTTP transport: its routes, their guards, limits, and its shutdown."""
