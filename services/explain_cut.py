"""The inputs of a run, cut to the groups that are explained together.

What lives here: which censuses share their plans, blocks of them of a bearable size, and the cutting. What does not:
the explanation (`services.explain`).
"""

from collections.abc import Collection, Iterator

import polars as pl

from services.inputs import Inputs

CHUNK = 200_000
"""Coverages explained at a time, in whole groups."""


def _groups(inputs: Inputs) -> pl.DataFrame:
    """Account and number of coverages of each census with coverages."""
    return (
        inputs.coverages.select("member", "offer")
        .join(inputs.members.select("member", "group_census_id"), on="member")
        .join(inputs.offers.select("offer", "account"), on="offer")
        .group_by("account", "group_census_id")
        .agg(n=pl.len())
        .sort("account", "group_census_id")
    )


def companions(inputs: Inputs, census: str) -> list[str]:
    """The censuses of the member's account, which share its plans."""
    groups = _groups(inputs)
    own = groups.filter(pl.col("group_census_id") == census).select("account")
    return groups.join(own, on="account", how="semi")["group_census_id"].to_list()


def blocks(inputs: Inputs) -> Iterator[list[str]]:
    """Censuses of whole accounts, in blocks of about so many coverages."""
    groups = _groups(inputs)
    accounts = groups.group_by("account", maintain_order=True).agg(n=pl.col("n").sum())
    accounts = accounts.with_columns(block=(pl.col("n").cum_sum() - pl.col("n")) // CHUNK)
    blocks = groups.join(accounts.select("account", "block"), on="account")
    for _, rows in blocks.sort("block").group_by("block", maintain_order=True):
        yield rows["group_census_id"].unique().sort().to_list()


def cut(inputs: Inputs, censuses: Collection[str]) -> Inputs:
    """The people of some censuses with all plans, rates and rules; members are numbered anew."""
    members = inputs.members.filter(pl.col("group_census_id").is_in(list(censuses)))
    numbers = members.select("member").with_row_index("number").cast(pl.Int32)
    renamed = numbers.rename({"member": "primary_row"})
    members = (
        members.join(renamed, on="primary_row", how="left", maintain_order="left")
        .with_columns(primary_row="number")
        .drop("number")
        .with_row_index("number")
        .with_columns(member=pl.col("number").cast(pl.Int32))
        .select(inputs.members.columns)
    )
    coverages = (
        inputs.coverages.join(numbers, on="member", how="inner", maintain_order="left")
        .with_columns(member="number")
        .select(inputs.coverages.columns)
    )
    return Inputs.of({**inputs.frames(), "members": members, "coverages": coverages})
