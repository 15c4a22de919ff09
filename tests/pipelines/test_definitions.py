"""The code location: which assets, checks, jobs, sensor and schedule there are."""

import dagster as dg
import pytest

from assets.census import CENSUS_TABLES, SELECTION_TABLES
from assets.enrollment import POLICY_TABLES
from assets.people import PEOPLE_TABLES
from assets.premiums import PREMIUM_TABLES
from assets.quotes import QUOTE_TABLES
from assets.reference import SHELF_TABLES
from pipelines.definitions import defs
from schemas import TABLES

ASSET_KEYS = {
    "raw/census_file",
    "raw/census_row",
    "raw/census_person",
    "book/account",
    "book/group_class",
    "book/product",
    "book/contract",
    "book/contract_plan",
    "book/contract_plan_class",
    "book/contract_plan_attribute",
    "book/group_census",
    "book/census_member",
    "book/census_issue",
    "book/census_load",
    "book/census_summary",
    "book/member_plan",
    "book/contact",
    "ref/shelf_load",
    "ref/shelf_issue",
    "ref/rate_table",
    "ref/rate_table_plan",
    "ref/rate_cell",
    "ref/contribution_rule",
    "ref/rating_area",
    "out/coverage_premium",
    "out/plan_premium",
    "out/member_premium",
    "out/rating_issue",
    "out/rating_run",
    "book/quote",
    "book/quote_line",
    "book/insurance_policy",
    "book/policy_participant",
    "book/policy_coverage",
    "published/benefits",
}

CHECKS = {
    ("book/census_member", "rows_accounted_for"),
    ("book/census_member", "no_orphans"),
    ("out/coverage_premium", "rated_or_explained"),
    ("out/plan_premium", "premiums_add_up"),
    ("out/member_premium", "shares_add_up"),
}


@pytest.fixture(scope="module")
def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_the_asset_keys_are_these(specs: dict[str, dg.AssetSpec]) -> None:
    assert set(specs) == ASSET_KEYS


def test_every_key_but_the_published_file_is_a_table_of_the_book(specs: dict[str, dg.AssetSpec]) -> None:
    assert {key.replace("/", ".") for key in specs} - {"published.benefits"} <= set(TABLES)


def test_the_checks_are_these_and_all_block() -> None:
    found = defs.resolve_asset_graph().asset_check_keys
    assert {(key.asset_key.to_user_string(), key.name) for key in found} == CHECKS
    for definition in defs.asset_checks or []:
        assert all(spec.blocking for spec in definition.check_specs)


def test_every_check_holds_back_the_rating_or_the_publishing() -> None:
    graph = defs.resolve_asset_graph()
    read = {
        key
        for after in (["out", "coverage_premium"], ["published", "benefits"])
        for key in graph.get(dg.AssetKey(after)).parent_keys
    }
    assert {key.asset_key for key in graph.asset_check_keys} <= read


def test_every_asset_says_what_it_is_who_owns_it_and_which_version_made_it(specs: dict[str, dg.AssetSpec]) -> None:
    for key, spec in specs.items():
        assert spec.description, key
        assert spec.owners == ["team:group-benefits"], key
        assert "duckdb" in spec.kinds, key
        assert spec.code_version, key
        assert spec.group_name in {"reference", "census", "selection", "premium", "published"}, key


def test_every_job_sensor_and_schedule_says_what_it_does() -> None:
    repository = defs.get_repository_def()
    named = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
    for each in (*named, *repository.sensor_defs, *repository.schedule_defs):
        assert each.description, each.name


def test_columns_are_shown_with_their_types_and_meaning(specs: dict[str, dg.AssetSpec]) -> None:
    schema = specs["book/census_member"].metadata["dagster/column_schema"]
    birth = next(column for column in schema.columns if column.name == "birth_date")
    assert birth.type == "DATE"
    assert birth.description == "Date of birth."


def test_census_and_premium_assets_are_partitioned_by_cohort_and_backfill_in_one_run() -> None:
    for definition in defs.assets or []:
        assert isinstance(definition, dg.AssetsDefinition)
        keys = {key.to_user_string().replace("/", ".") for key in definition.keys}
        if keys <= {*CENSUS_TABLES, *SELECTION_TABLES, *PREMIUM_TABLES, *PEOPLE_TABLES, *POLICY_TABLES}:
            assert isinstance(definition.partitions_def, dg.DynamicPartitionsDefinition)
            assert definition.partitions_def.name == "cohort"
            assert definition.backfill_policy == dg.BackfillPolicy.single_run()
        else:
            assert definition.partitions_def is None
            assert keys in (set(SHELF_TABLES), set(QUOTE_TABLES), {"published.benefits"})


def test_the_premiums_hang_from_members_selections_rates_and_rules() -> None:
    parents = {
        key.to_user_string()
        for key in defs.resolve_asset_graph().get(dg.AssetKey(["out", "coverage_premium"])).parent_keys
    }
    assert {"book/census_member", "book/member_plan", "ref/rate_cell", "ref/contribution_rule"} <= parents


@pytest.mark.parametrize(
    "name",
    [
        "refresh_reference",
        "load_census",
        "rate_census",
        "load_and_rate",
        "whole_road",
        "make_people",
        "rate_quotes",
        "enroll_census",
    ],
)
def test_each_job_resolves(name: str) -> None:
    assert defs.resolve_job_def(name).name == name


def test_there_are_sensors_on_the_drop_folder_and_on_open_requests_and_a_nightly_schedule() -> None:
    assert [sensor.name for sensor in defs.sensors or []] == ["drop_folder", "open_requests"]
    assert [(s.name, s.cron_schedule) for s in defs.schedules or [] if isinstance(s, dg.ScheduleDefinition)] == [
        ("nightly_rating", "0 2-5 * * *")
    ]
