"""The partition of the census and premium assets.

What lives here: `cohort`, a set of censuses handled together: one file, a folder, a renewal month of thousands.
The census is a column and never a partition: a partition per census would cost an event per census and table,
where a cohort of a thousand is one run and one pass.
"""

import dagster as dg

cohort = dg.DynamicPartitionsDefinition(name="cohort")
"""Keys are added by the sensor of the drop folder, by the command line, or by hand in the UI."""

_ONE, _FIRST, _LAST = "dagster/partition", "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def cohort_tag(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> str | None:
    """The one cohort of a run, for steps that are not partitioned themselves; None where there is not exactly one."""
    return context.run.tags.get(_ONE)


def cohorts_of(context: dg.AssetCheckExecutionContext) -> list[str]:
    """The cohorts of the run that a check is part of; empty, for the whole book, where it was started alone."""
    tags = context.run.tags
    one = cohort_tag(context)
    if one is not None:
        return [one]
    if _FIRST in tags and _LAST in tags:
        keys = list(cohort.get_partition_keys(dynamic_partitions_store=context.instance))
        return keys[keys.index(tags[_FIRST]) : keys.index(tags[_LAST]) + 1]
    return []
