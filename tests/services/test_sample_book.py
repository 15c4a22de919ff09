"""The sample-book generator: same bytes, right columns, keys that resolve, families that make sense."""

import csv
import hashlib
import importlib.util
import sys
from pathlib import Path

import polars as pl
import pytest

from services.sample_book import Summary, write_book
from services.sampling.groups import group_sizes
from services.sampling.names import employer_name
from services.sampling.rates import age_curve

SHEETS = {
    "accounts": "account_number account_name street city state postal_code country",
    "classes": "account_number class_name class_code category description effective_start effective_end",
    "products": "product_code product_name product_type parent_product_code",
    "contracts": "contract_number account_number start_date end_date status rating_area",
    "plans": "contract_number plan_code plan_name parent_plan_code product_code is_optional status effective_start"
    " effective_end proration_method rate_basis_date auto_assign group_number benefit_multiple benefit_flat_amount"
    " benefit_increment volume_rounding benefit_maximum benefit_percent_of_employee guaranteed_issue_amount"
    " age_reduction_schedule benefit_percent benefit_rounding maximum_benefit",
    "plan_classes": "contract_number plan_code class_name",
    "rate_tables": "rate_table method rate_unit rate_period age_basis age_date child_age child_count axes factor_tables"
    " citation filed_on",
    "rate_table_plans": "rate_table product_code contract_number plan_code",
    "rate_cells": "rate_table effective_from age gender tobacco tier area class relationship salary rate",
    "contributions": "account_number class_name name type amount percentage amount_period member_type contract_number"
    " plan_code product_code category cap_amount effective_start effective_end modified_at",
    "rating_areas": "state postal_prefix rating_area effective_from citation",
    "censuses": "contract_number census_name type effective_start effective_end",
}
"""The documented columns of every sheet."""

COMMITTED = {
    "plans": f"{SHEETS['plans']} covered_pay_maximum experience_rate full_credibility_life_years life_years",
    "rate_tables": f"{SHEETS['rate_tables']} base_table",
}
"""The sheets of the committed sample that have further columns, for the methods that single groups show."""

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return write_book(tmp_path_factory.mktemp("book"), groups=60, seed=5)


@pytest.fixture(scope="module")
def shelf(book: Summary) -> dict[str, pl.DataFrame]:
    return _read_shelf(book.folder / "shelf")


@pytest.fixture(scope="module")
def people(book: Summary) -> pl.DataFrame:
    files = pl.read_csv(book.folder / "cohort.csv")
    made = [
        pl.read_csv(book.folder / file, infer_schema=False).with_columns(contract_number=pl.lit(contract))
        for file, contract in files.select("file", "contract_number").rows()
    ]
    return pl.concat(made)


def _read_shelf(folder: Path) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_csv(path, infer_schema=False) for path in sorted(folder.glob("*.csv"))}


def _digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _unmatched(rows: pl.DataFrame, of: pl.DataFrame, *keys: str, to: tuple[str, ...] = ()) -> int:
    stated = rows.drop_nulls(list(keys))
    return stated.join(of, left_on=list(keys), right_on=list(to or keys), how="anti").height


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        write_book(tmp_path / name, groups=8, seed=seed, dirty=0.1)
    assert _digest(tmp_path / "one") == _digest(tmp_path / "two")
    assert _digest(tmp_path / "one") != _digest(tmp_path / "three")


def test_the_book_has_as_many_groups_and_people_as_were_asked_for(book: Summary, people: pl.DataFrame) -> None:
    assert (book.groups, book.people) == (60, 6_000)
    assert people.height == book.people
    assert people["contract_number"].n_unique() == 60
    assert people.filter(pl.col("Relationship") == "Employee").height == book.employees


@pytest.mark.parametrize(("groups", "total"), [(1, 2), (7, 501), (10_000, 1_000_000)])
def test_group_sizes_add_up_exactly_and_leave_no_group_without_a_family(groups: int, total: int) -> None:
    sizes = group_sizes(groups, total, seed=9)
    assert (len(sizes), int(sizes.sum())) == (groups, total)
    assert sizes.min() >= 2


@pytest.mark.parametrize("folder", ["generated", "committed"])
def test_every_sheet_has_exactly_the_documented_columns(book: Summary, folder: str) -> None:
    sheets = _read_shelf(book.folder / "shelf" if folder == "generated" else ROOT / "samples" / "book" / "shelf")
    expected = SHEETS if folder == "generated" else {**SHEETS, **COMMITTED}
    assert {name: " ".join(frame.columns) for name, frame in sheets.items()} == expected


@pytest.mark.parametrize("folder", ["generated", "committed"])
def test_every_natural_key_leads_somewhere(book: Summary, folder: str) -> None:
    s = _read_shelf(book.folder / "shelf" if folder == "generated" else ROOT / "samples" / "book" / "shelf")
    plan = ("contract_number", "plan_code")
    assert _unmatched(s["classes"], s["accounts"], "account_number") == 0
    assert _unmatched(s["products"], s["products"], "parent_product_code", to=("product_code",)) == 0
    assert _unmatched(s["contracts"], s["accounts"], "account_number") == 0
    assert _unmatched(s["plans"], s["contracts"], "contract_number") == 0
    assert _unmatched(s["plans"], s["products"], "product_code") == 0
    assert _unmatched(s["plans"], s["plans"], "contract_number", "parent_plan_code", to=plan) == 0
    assert _unmatched(s["plan_classes"], s["plans"], *plan) == 0
    assert _unmatched(s["rate_table_plans"], s["rate_tables"], "rate_table") == 0
    assert _unmatched(s["rate_table_plans"], s["products"], "product_code") == 0
    assert _unmatched(s["rate_table_plans"], s["plans"], *plan) == 0
    assert _unmatched(s["rate_cells"], s["rate_tables"], "rate_table") == 0
    assert _unmatched(s["contributions"], s["classes"], "account_number", "class_name") == 0
    assert _unmatched(s["contributions"], s["plans"], *plan) == 0
    assert _unmatched(s["contributions"], s["products"], "product_code") == 0
    assert _unmatched(s["censuses"], s["contracts"], "contract_number") == 0


def test_natural_keys_are_unique(shelf: dict[str, pl.DataFrame]) -> None:
    keys = {
        "accounts": ["account_number"],
        "classes": ["account_number", "class_name"],
        "products": ["product_code"],
        "contracts": ["contract_number"],
        "plans": ["contract_number", "plan_code"],
        "rate_tables": ["rate_table"],
        "contributions": ["account_number", "class_name", "name"],
        "rating_areas": ["state", "postal_prefix", "effective_from"],
    }
    for sheet, key in keys.items():
        assert not shelf[sheet].select(key).is_duplicated().any(), sheet
    assert shelf["accounts"]["account_name"].n_unique() == 60
    axes = [name for name in shelf["rate_cells"].columns if name != "rate"]
    assert not shelf["rate_cells"].select(axes).is_duplicated().any()


def test_ten_thousand_employers_have_different_names() -> None:
    assert len({employer_name(number) for number in range(10_000)}) == 10_000


def test_every_plan_that_can_be_priced_has_a_rate_table_on_both_dates(shelf: dict[str, pl.DataFrame]) -> None:
    plans, links = shelf["plans"], shelf["rate_table_plans"]
    parents = plans.select("contract_number", plan_code="parent_plan_code").drop_nulls().unique()
    priced = plans.join(parents, on=["contract_number", "plan_code"], how="anti")
    assert _unmatched(priced, links, "product_code") == 0
    dates = shelf["rate_cells"].group_by("rate_table").agg(pl.col("effective_from").unique().sort())
    rates = dates.join(shelf["rate_tables"].filter(pl.col("method") != "factor"), on="rate_table")
    assert rates["effective_from"].to_list() == [["2026-01-01", "2027-01-01"]] * rates.height
    methods = set(shelf["rate_tables"]["method"])
    every = "flat age_banded child_capped composite_tier volume supplemental_life covered_pay weekly_benefit factor"
    assert methods == set(every.split())


def test_the_medical_curve_is_the_federal_default_one() -> None:
    # 45 CFR 147.102(e), CMS, 2018 and later: 0-14 0.765; 18 0.913; 21 1.000; 44 1.397; 64 and over 3.000.
    curve = dict(age_curve().rows())
    assert {age: curve[age] for age in (0, 18, 21, 25, 44, 53, 64)} == {
        0: 0.765,
        18: 0.913,
        21: 1.0,
        25: 1.004,
        44: 1.397,
        53: 2.04,
        64: 3.0,
    }
    assert len(curve) == 51


def test_no_two_people_of_a_group_share_association_and_name(people: pl.DataFrame) -> None:
    association = pl.col("Relationship").replace({"Domestic Partner": "Spouse"})
    assert not people.select("contract_number", association, "First Name", "Last Name").is_duplicated().any()


def test_families_make_sense(people: pl.DataFrame) -> None:
    born = people.with_columns(born=pl.col("Date of Birth").str.to_date())
    family = ["contract_number", "Employee ID"]
    first = born.group_by(family, maintain_order=True).first()
    assert set(first["Relationship"]) == {"Employee"}
    assert not first.select(family).is_duplicated().any()
    child = born.filter(pl.col("Relationship") == "Child").join(first.select(*family, parent="born"), on=family)
    assert child.select((pl.col("born") - pl.col("parent")).dt.total_days().min()).item() > 17 * 365
    couples = people.filter(pl.col("Relationship").is_in(["Spouse", "Domestic Partner"]))
    assert not couples.select(family).is_duplicated().any()
    oldest_child = born.filter(pl.col("Relationship") == "Child")["born"].min()
    assert str(oldest_child) > "2000-01-01"


def test_people_choose_only_what_their_contract_offers(people: pl.DataFrame, shelf: dict[str, pl.DataFrame]) -> None:
    lines = ["Medical", "Dental", "Vision", "Life", "AD&D", "Supplemental Life", "STD", "LTD", "Accident"]
    chosen = people.unpivot(lines, index=["contract_number", "Employee ID", "Relationship"], value_name="cell")
    chosen = chosen.drop_nulls("cell").filter(pl.col("cell") != "Waive")
    named = chosen.with_columns(plan_name=pl.col("cell").str.split("|")).explode("plan_name")
    assert _unmatched(named, shelf["plans"], "contract_number", "plan_name") == 0
    root = named.group_by("contract_number", "Employee ID", "Relationship", "variable").first()
    key = ["contract_number", "Employee ID", "variable", "plan_name"]
    employees = root.filter(pl.col("Relationship") == "Employee")
    assert _unmatched(root.filter(pl.col("Relationship") != "Employee"), employees, *key) == 0
    ltd = people.filter(pl.col("LTD").is_not_null())
    assert set(ltd["Class"]) == {"Executives", "Salaried"}


def test_a_share_of_the_rows_is_spoilt_when_asked(tmp_path: Path) -> None:
    made = write_book(tmp_path, groups=5, seed=2, dirty=0.2)
    assert made.dirty_rows == 100
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.joinpath("censuses").iterdir()))
    assert "Cousin once removed" in text
    assert "1850-03-09" in text


@pytest.mark.parametrize("wrong", [{"groups": 0}, {"groups": 10_001}, {"people_per_group": 1}, {"dirty": 1.5}])
def test_a_book_that_cannot_be_made_is_refused_before_anything_is_written(
    tmp_path: Path, wrong: dict[str, float]
) -> None:
    with pytest.raises(ValueError, match="between"):
        write_book(tmp_path / "book", **{"groups": 3, "seed": 1, **wrong})  # type: ignore[arg-type]
    assert not tmp_path.joinpath("book").exists()


def test_progress_is_told_group_by_group_batch_and_ends_at_the_whole(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_book(tmp_path, groups=501, seed=1, people_per_group=3, on_progress=lambda done, of: told.append((done, of)))
    assert told == [(500, 501), (501, 501)]


def test_the_committed_sample_is_what_its_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = ROOT / "samples"
    monkeypatch.syspath_prepend(str(samples))
    spec = importlib.util.spec_from_file_location("make_samples", samples / "make_samples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "make_samples", module)
    spec.loader.exec_module(module)
    tmp_path.joinpath("README.md").write_bytes(samples.joinpath("README.md").read_bytes())
    module.make_book(tmp_path)
    made = _digest(tmp_path)
    assert made == {name: digest for name, digest in _digest(samples).items() if not name.endswith(".py")}


def test_the_committed_sample_is_small_and_about_eight_hundred_people() -> None:
    book = ROOT / "samples" / "book"
    assert sum(path.stat().st_size for path in book.rglob("*") if path.is_file()) < 600_000
    with book.joinpath("cohort.csv").open(encoding="utf-8", newline="") as lines:
        cohort = list(csv.DictReader(lines))
    assert len({row["contract_number"] for row in cohort}) == 12
    for row in cohort:
        assert book.joinpath(row["file"]).is_file()
        assert row["mapping"] == "" or book.joinpath(row["mapping"]).is_file()
