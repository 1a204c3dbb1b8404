"""Orders and items, as tools, resources and prompts show them."""

from typing import Literal

from pydantic import BaseModel, Field

OrderStatus = Literal["pending", "shipped", "delivered", "cancelled"]


class Order(BaseModel):
    id: str = Field(description="Identifier of the order, for example `ORD-1001`.")
    customer: str
    status: OrderStatus
    sku: str = Field(description="The item of the catalog that was ordered.")
    quantity: int
    total_cents: int
    created_at: str = Field(description="When the order was placed: UTC, as RFC 3339 writes it.")


class Item(BaseModel):
    sku: str
    name: str
    price_cents: int
    stock: int
