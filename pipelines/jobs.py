"""Jobs: the pieces of work that people start.

What lives here: which assets run together. What does not: what an asset does. Every job carries the blocking checks
of its assets.
"""

import dagster as dg

from assets.census import census
from assets.enrollment import group_enrollment
from assets.partitions import cohort
from assets.people import people
from assets.premiums import premiums
from assets.published import published
from assets.quotes import group_rating
from assets.reference import shelf

refresh_reference = dg.define_asset_job(
    "refresh_reference",
    dg.AssetSelection.assets(shelf),
    description="Load the shelf: accounts, plans, rates and contribution rules.",
)

load_census = dg.define_asset_job(
    "load_census",
    dg.AssetSelection.assets(census),
    partitions_def=cohort,
    description="Load the census files of a cohort.",
)

rate_census = dg.define_asset_job(
    "rate_census",
    dg.AssetSelection.assets(premiums, published),
    partitions_def=cohort,
    description="Rate the members of a cohort and publish the results.",
)

load_and_rate = dg.define_asset_job(
    "load_and_rate",
    dg.AssetSelection.assets(census, premiums, published),
    partitions_def=cohort,
    description="Load the census files of a cohort, rate its members and publish the results.",
)

whole_road = dg.define_asset_job(
    "whole_road",
    dg.AssetSelection.assets(shelf, census, premiums, published),
    partitions_def=cohort,
    description="The whole road: shelf, census files, premiums, published copy.",
)

make_people = dg.define_asset_job(
    "make_people",
    dg.AssetSelection.assets(people),
    partitions_def=cohort,
    description="Make person accounts or contacts for the primaries of a cohort.",
)

rate_quotes = dg.define_asset_job(
    "rate_quotes",
    dg.AssetSelection.assets(group_rating),
    description="Rate group quotes: those named, or all that were never rated or are stale.",
)

enroll_census = dg.define_asset_job(
    "enroll_census",
    dg.AssetSelection.assets(group_enrollment),
    partitions_def=cohort,
    description="Enroll the families of a cohort in what they chose.",
)

ALL = [refresh_reference, load_census, rate_census, load_and_rate, whole_road, make_people, rate_quotes, enroll_census]
