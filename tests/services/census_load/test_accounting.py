"""Every person of every line ends in exactly one of accepted, refused or skipped."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.census_load import accounting
from services.census_load.ledger import ISSUES
from services.census_load.people import person_schema
from tests.services.census_load.builder import NOW, World, a_file, a_world, landed, person

_ROLES = ["Self", "Spouse", "Child", "Other", None, "Cousin"]


@st.composite
def _rows(draw: st.DrawFn) -> list[dict[str, object]]:
    """Rows of a file as people make them: blank and doubled names, wild roles, skipped lines, links to nobody."""
    rows: list[dict[str, object]] = []
    for n in range(draw(st.integers(0, 12))):
        row = person(
            draw(st.sampled_from(["Ann", "Bob", "Cy", None])),
            draw(st.sampled_from(["Park", "Reed"])),
            draw(st.sampled_from(_ROLES)),
        )
        row["full_time_equivalent"] = draw(st.sampled_from([None, 1.0, 12.0]))
        row["skip"] = draw(st.sampled_from([None, None, None, "blank_row", "total_row"]))
        row["source_system_identifier"] = f"E{n}"
        row["primary_member_source"] = draw(st.sampled_from([None, None, "E0", "E99"]))
        row["plans"] = draw(st.sampled_from([{}, {"Vision": "ClearSight"}, {"Vision": "Nothing"}]))
        rows.append(row)
    return rows


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> World:
    return a_world(tmp_path_factory.mktemp("shared"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_rows(), mode=st.sampled_from(["merge", "replace"]), strict=st.booleans())
def test_outcomes_partition_the_lines(shared: World, rows: list[dict[str, object]], mode: str, strict: bool) -> None:
    outcome = shared.load(landed(a_file(*rows)), mode=mode, strict=strict, now=NOW)

    counts = outcome.per_census.row(0, named=True)
    assert counts["n_accepted"] + counts["n_refused"] + counts["n_skipped"] == counts["n_persons"] == len(rows)
    file_id = counts["census_file_id"]
    lines = shared.sql(
        "SELECT line_number, outcome, group_census_member_id IS NOT NULL FROM raw.census_person "
        f"WHERE census_file_id = '{file_id}' ORDER BY 1"
    )
    assert [line for line, _, _ in lines] == list(range(2, len(rows) + 2))
    assert all((outcome == "accepted") == is_member for _, outcome, is_member in lines)
    explained = set(outcome.issues.filter(pl.col("severity") == "error")["line_number"].drop_nulls())
    assert {line for line, told, _ in lines if told == "refused"} <= explained
    assert shared.sql(
        "SELECT count(*) FROM book.census_member "
        "WHERE primary_member_id NOT IN (SELECT group_census_member_id FROM book.census_member)"
    ) == [(0,)]
    assert shared.sql(
        "SELECT count(*) FROM book.member_plan "
        "WHERE group_census_member_id NOT IN (SELECT group_census_member_id FROM book.census_member)"
    ) == [(0,)]
    assert shared.sql("SELECT count(*) - count(DISTINCT (group_census_id, member_key)) FROM book.census_member") == [
        (0,)
    ]


def _people(*rows: dict[str, object]) -> pl.DataFrame:
    landing = landed(a_file(*rows))
    return landing.persons.select(person_schema().names()).with_columns(is_skipped=pl.col("skip_reason").is_not_null())


def test_a_lost_line_stops_the_load() -> None:
    landing = landed(a_file(person("Noor"), person("Lea")))
    people = _people(person("Noor"), person("Lea")).head(1)
    accepted = pl.DataFrame({"person": pl.Series([0], dtype=pl.UInt32)})

    with pytest.raises(accounting.AccountingError, match="1 lines ended nowhere"):
        accounting.check(landing, people, pl.Series(["accepted"]), ISSUES.to_frame(), accepted)


@pytest.mark.parametrize(
    ("outcomes", "stored", "says"),
    [
        (["accepted", "refused"], [0], "refused without a reason"),
        (["accepted", "accepted"], [0], "became no member"),
        (["accepted", None], [0], "have no outcome"),
    ],
)
def test_an_outcome_without_its_proof_stops_the_load(outcomes: list[str | None], stored: list[int], says: str) -> None:
    rows = (person("Noor"), person("Lea"))
    accepted = pl.DataFrame({"person": pl.Series(stored, dtype=pl.UInt32)})

    with pytest.raises(accounting.AccountingError, match=says):
        accounting.check(
            landed(a_file(*rows)), _people(*rows), pl.Series(outcomes, dtype=pl.String), ISSUES.to_frame(), accepted
        )
