"""Orders, as tools and prompts show them. Where they are stored is not known here."""

from typing import Literal

from pydantic import BaseModel, Field

from .errors import InvalidInputError

# How long the identifier of an order can be, in bytes of UTF-8.
MAX_ID_BYTES = 64

OrderStatus = Literal["pending", "shipped", "delivered", "cancelled"]


class Order(BaseModel):
    id: str = Field(description="Identifier of the order, for example `ORD-1001`.")
    customer: str
    status: OrderStatus
    sku: str = Field(description="The item of the catalog that was ordered.")
    quantity: int
    total_cents: int
    created_at: str = Field(description="When the order was placed: UTC, as RFC 3339 writes it.")


def check_id(identifier: str) -> None:
    """Refuse what cannot be the identifier of an order."""
    if not 1 <= len(identifier.encode()) <= MAX_ID_BYTES:
        raise InvalidInputError(f"`order_id` must have 1 to {MAX_ID_BYTES} bytes")
