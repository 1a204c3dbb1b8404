"""Items of the catalog, as resources show them. Where they are stored is not known here."""

from pydantic import BaseModel


class Item(BaseModel):
    sku: str
    name: str
    price_cents: int
    stock: int
