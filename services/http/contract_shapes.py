"""The additional fields of contracts, in every wrapping that the published pages show (CQ-9).

What lives here: Contract Item, its fields as a bare list or under `data`, and lists of items bare, under `values` or
under `insuranceContractItemList`. What does not: which fields there are (`services.contracts.additional`).
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from services.http.shapes import Listed, Shape, under


class Pair(Shape):
    """A field and its value, as text."""

    key: str = Field(max_length=255)
    value: str | int | float | bool | None = Field(None, description="Text; null or blank clears.")


class Item(Shape):
    """Contract Item."""

    entity: str | None = Field(None, max_length=40, description="Contract, InsuranceContract or ContractGroupPlan.")
    instanceKey: str | None = Field(  # noqa: N815 - published names
        None, max_length=255, description="Instance key of the quote line whose plan is meant; none: every plan."
    )
    productPath: str | None = Field(  # noqa: N815
        None, max_length=600, description="Codes or ids of products from the root down, such as MED-PLAT/HOSP."
    )
    fields: Annotated[list[Pair], under("data", "values", holds=list)] | None = Field(None, max_length=200)


Additional = Annotated[Listed[Item], under("insuranceContractItemList", holds=(list, dict)), Field(max_length=500)]
"""Items in the wrapping of the calls that answer at once, or bare."""


def plain(items: Sequence[Item] | None) -> list[dict[str, Any]]:
    """Items as the service takes them."""
    return [item.model_dump() for item in items or ()]
