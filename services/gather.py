"""From the book to a batch: the one bridge into the rating core.

What lives here: running the gathering statements over a set of censuses and turning their rows into
the core's columns. What does not: rules about money (the core), dates of coverage and eligibility
(`sql/gather.sql`), and storing results (`services.results`).

The core knows row positions only; `Gathered` keeps the ids of those rows beside the batch, so that
results find their way back.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rating import Batch, ContributionRules, Coverages, Members, Offers, Plans, Rates, RateTables, Reductions
from rating.codes import (
    NONE,
    AgeBasis,
    Axis,
    BenefitRounding,
    Gender,
    Issue,
    MemberType,
    Period,
    Proration,
    Relationship,
    ShareKind,
    TargetKind,
    Tier,
    Tobacco,
    VolumeRounding,
)
from rating.dates import END_DAY, FIRST_DAY
from rating.layout import RatesError
from rating.methods import CODES
from schemas.plans import PRODUCT_TYPES
from services.book import Transaction
from services.refusals import Malformed

RELATIONSHIPS = {
    "Self": Relationship.SELF,
    "Spouse": Relationship.SPOUSE,
    "Domestic Partner": Relationship.DOMESTIC_PARTNER,
    "Child": Relationship.CHILD,
    "Parent": Relationship.PARENT,
    "Parent-in-law": Relationship.PARENT_IN_LAW,
    "Other": Relationship.OTHER,
}
GENDERS = {"Male": Gender.MALE, "Female": Gender.FEMALE, "Other": Gender.OTHER, "Unknown": Gender.UNKNOWN}
SMOKERS = {"Smoker": Tobacco.SMOKER, "Non-Smoker": Tobacco.NON_SMOKER}
ANY = "*"


@dataclass(frozen=True)
class Gathered:
    """A batch with the ids of its rows, the rates it needs, and the hashes of both."""

    batch: Batch
    rates: Rates
    members: pl.DataFrame
    plans: pl.DataFrame
    coverages: pl.DataFrame
    offers: pl.DataFrame
    rate_tables: pl.DataFrame
    rules: pl.DataFrame
    terms: pl.DataFrame
    is_renewal: bool
    census_hash: str
    rates_hash: str
    rules_hash: str


def gather(tx: Transaction, census_ids: Sequence[str], rating_date: date | None) -> Gathered:
    """Read everything that rating the censuses needs, in a dozen statements whatever their number.

    A rating date on or after the end of any contract makes the run a renewal: it then covers the
    contracts that renew by that date, each for the whole term the date falls in.
    """
    tx.run("gather.make_term", {"census_ids": list(census_ids), "rating_date": rating_date})
    is_renewal = bool(tx.frame("gather.terms")["is_renewal"].any())
    tx.run("gather.keep_terms", {"is_renewal": is_renewal})
    _refuse_far_terms(tx.frame("gather.terms"))
    for step in ("class", "account", "area", "offer", "held", "member", "rate_table"):
        tx.run(f"gather.make_{step}")
    members = tx.frame("gather.members")
    plans, coverages = _plans_and_coverages(tx.frame("gather.coverages"))
    offers, rules, terms = tx.frame("gather.offers"), tx.frame("gather.rules"), tx.frame("gather.terms")
    tables, versions, cells = (
        tx.frame("gather.rate_tables"),
        tx.frame("gather.rate_versions"),
        tx.frame("gather.rate_cells"),
    )
    areas = _codes_of(members["area"], cells["area"])
    labels = _codes_of(members["class_label"], cells["class"])
    products = _codes_of(offers["product_id"], rules["product_id"])
    offer_columns, reductions = _offers(offers, tables, products)
    batch = Batch(
        members=_members(members, areas, labels),
        plans=Plans(member=_ints(plans["member"]), offer=_ints(plans["root"])),
        coverages=_coverages(coverages),
        offers=offer_columns,
        reductions=reductions,
    )
    try:
        rates = Rates(tables=_tables(tables, versions, cells, areas, labels), rules=_rules(rules, products))
    except RatesError as error:  # the shelf refuses such cells; a book filled otherwise still gets a plain answer
        remedy = "Correct the cells of the table on the shelf and load it again."
        raise Malformed("rates_unusable", "rate_cells", str(error), remedy) from error
    return Gathered(
        batch=batch,
        rates=rates,
        members=members.select("group_census_member_id", "group_census_id"),
        plans=plans,
        coverages=coverages.select("plan", "offer", "covered_from", "covered_to", "rate_date"),
        offers=offers.select("contract_plan_id", "root_plan_id", "rate_table_id", "term_from", "term_to"),
        rate_tables=tables.select("rate_table_id"),
        rules=rules.select("contribution_rule_id"),
        terms=terms,
        is_renewal=is_renewal,
        census_hash=content_hash([members, plans, coverages, offers.drop("rate_table_id")]),
        rates_hash=content_hash([tables, cells.sort(pl.all()), versions]),
        rules_hash=content_hash([rules]),
    )


def content_hash(frames: Iterable[pl.DataFrame]) -> str:
    """SHA-256 over names, types and values of frames, whatever their chunks and whatever lies under a null."""
    digest = hashlib.sha256()
    for frame in frames:
        for column in frame.iter_columns():
            for part in _bytes_of(column):
                digest.update(part)
    return digest.hexdigest()


def _bytes_of(column: pl.Series) -> Iterator[bytes]:
    """The values of a column: its heading, where it is null, and the values with nulls made equal."""
    yield f"{column.name}:{column.dtype}:{len(column)};".encode()
    yield column.is_null().to_numpy().tobytes()
    if isinstance(column.dtype, pl.List):
        yield column.list.len().fill_null(0).to_numpy().tobytes()
        yield from _bytes_of(column.explode(empty_as_null=False, keep_nulls=False))
    elif isinstance(column.dtype, pl.String | pl.Decimal):
        texts = column.cast(pl.String).fill_null("")
        yield texts.str.len_bytes().to_numpy().tobytes()
        yield str(texts.str.join("").item()).encode()
    else:
        yield column.to_physical().fill_null(False if column.dtype == pl.Boolean else 0).to_numpy().tobytes()


def _refuse_far_terms(terms: pl.DataFrame) -> None:
    """A term beyond the core's calendar is a slip of the pen in a contract or a rating date."""
    first, end = FIRST_DAY.item(), END_DAY.item()
    n_far = terms.filter((pl.col("term_from") < pl.lit(first)) | (pl.col("term_to") >= pl.lit(end))).height
    if n_far:
        years = f"the years {first.year} to {end.year - 1}"
        raise Malformed(
            "term_out_of_range",
            "rating_date",
            f"The contract term to rate lies outside {years} for {n_far:,} of the censuses.",
            "Choose a nearer rating date, or correct the start and end of the contracts.",
        )


def _plans_and_coverages(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Coverages come sorted by member and root: each change of either begins a plan."""
    is_new = (frame["member"] != frame["member"].shift(1)) | (frame["root"] != frame["root"].shift(1))
    plan = is_new.fill_null(value=True).cum_sum().cast(pl.Int32) - 1
    plans = frame.filter(is_new.fill_null(value=True)).select("member", "root")
    return plans, frame.drop("member", "root").insert_column(0, plan.alias("plan"))


def _members(frame: pl.DataFrame, areas: pl.DataFrame, labels: pl.DataFrame) -> Members:
    return Members(
        primary=_ints(frame["primary_row"]),
        relationship=_coded(frame["relationship"], RELATIONSHIPS, Relationship.OTHER),
        birth_date=_days(frame["birth_date"]),
        gender=_coded(frame["gender"], GENDERS, Gender.UNKNOWN),
        tobacco=_coded(frame["smoker_status"], SMOKERS, Tobacco.NON_SMOKER),
        area=_looked_up(frame["area"], areas),
        class_slot=_ints(frame["class_slot"]),
        class_label=_looked_up(frame["class_label"], labels),
        annual_pay_cents=_longs(frame["annual_salary_cents"]),
        stated_tier=_coded(frame["stated_tier"], {tier.name: tier for tier in Tier}, NONE),
    )


def _coverages(frame: pl.DataFrame) -> Coverages:
    return Coverages(
        plan=_ints(frame["plan"]),
        offer=_ints(frame["offer"]),
        elected_cents=_longs(frame["elected"]),
        rate_date=_days(frame["rate_date"]),
        age_date=_days(frame["age_date"]),
        covered_from=_days(frame["covered_from"]),
        covered_to=_days(frame["covered_to"]),
        issue=_coded(frame["given_issue"], {issue.name: issue for issue in Issue}, Issue.NONE),
    )


def _offers(frame: pl.DataFrame, tables: pl.DataFrame, products: pl.DataFrame) -> tuple[Offers, Reductions]:
    rows = frame.select("rate_table_id").join(
        tables.select("rate_table_id", "rate_table"), on="rate_table_id", how="left", maintain_order="left"
    )
    schedules = frame["schedule"].unique().drop_nulls().sort()
    reductions = _reductions(schedules)
    numbers = pl.DataFrame({"text": schedules, "code": pl.int_range(len(schedules), eager=True, dtype=pl.Int32)})
    columns = Offers(
        root=_ints(frame["root"]),
        account=_ints(frame["account"]),
        product=_looked_up(frame["product_id"], products),
        category=_coded(frame["plan_type"], {kind: code for code, kind in enumerate(PRODUCT_TYPES)}, NONE).astype(
            np.int32
        ),
        n_class_slots=_ints(frame["n_class_slots"]),
        rate_table=_ints(rows["rate_table"]),
        proration=_coded(frame["proration_method"], {p.name: p for p in Proration}, Proration.DAILY_TERM),
        term_from=_days(frame["term_from"]),
        term_to=_days(frame["term_to"]),
        multiple_e4=_scaled(frame["multiple"], 10_000),
        flat_cents=_scaled(frame["flat_amount"], 100),
        increment_cents=_scaled(frame["increment"], 100),
        volume_rounding=_coded(frame["volume_rounding"], {r.name: r for r in VolumeRounding}, VolumeRounding.UP_1000),
        maximum_cents=_scaled(frame["maximum"], 100),
        guaranteed_cents=_scaled(frame["guaranteed"], 100),
        reduction=_looked_up(frame["schedule"], numbers),
        benefit_percent_e4=_scaled(frame["benefit_percent"], 10_000),
        benefit_rounding=_coded(
            frame["benefit_rounding"], {r.name: r for r in BenefitRounding}, BenefitRounding.NEAREST_1
        ),
        maximum_benefit_cents=_scaled(frame["maximum_benefit"], 100),
    )
    return columns, reductions


def _reductions(schedules: pl.Series) -> Reductions:
    """Schedules such as `65:65;70:50`: from an age on, the percent that is left."""
    if schedules.is_empty():
        return Reductions.none()
    steps = (
        pl.DataFrame({"schedule": pl.int_range(len(schedules), eager=True), "text": schedules})
        .with_columns(pl.col("text").str.split(";"))
        .explode("text")
        .with_columns(pl.col("text").str.split_exact(":", 1).struct.rename_fields(["age", "left"]))
        .unnest("text")
        .with_columns(
            pl.col("age").str.strip_chars().cast(pl.Int16), pl.col("left").str.strip_chars().cast(pl.Decimal(9, 4))
        )
        .sort("schedule", "age")
    )
    counts = steps.group_by("schedule", maintain_order=True).len()["len"].to_numpy()
    return Reductions(
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        age=steps["age"].to_numpy(),
        percent_left_e4=_scaled(steps["left"].cast(pl.String), 10_000),
    )


def _tables(
    tables: pl.DataFrame, versions: pl.DataFrame, cells: pl.DataFrame, areas: pl.DataFrame, labels: pl.DataFrame
) -> RateTables:
    keys = np.full((cells.height, len(Axis)), NONE, dtype=np.int64)
    keys[:, Axis.AGE] = _scaled(_named(cells["age"]), 1)
    keys[:, Axis.SALARY] = _scaled(_named(cells["salary"]), 100)
    keys[:, Axis.GENDER] = _coded(cells["gender"], GENDERS, NONE)
    keys[:, Axis.TOBACCO] = _coded(cells["tobacco"], SMOKERS, NONE)
    keys[:, Axis.TIER] = _coded(cells["tier"], {tier.name: tier for tier in Tier}, NONE)
    keys[:, Axis.RELATIONSHIP] = _coded(cells["relationship"], RELATIONSHIPS, NONE)
    keys[:, Axis.AREA] = _looked_up(_named(cells["area"]), areas)
    keys[:, Axis.CLASS] = _looked_up(_named(cells["class"]), labels)
    factors = (
        np.stack([_ints(tables[f"factor_{i}"]) for i in (1, 2, 3, 4)], axis=1)
        if tables.height
        else np.empty((0, 4), np.int32)
    )
    return RateTables.build(
        method=_coded(tables["method"], {name: code for code, name in enumerate(CODES)}, NONE),
        period=_coded(tables["rate_period"], {p.name: p for p in Period}, Period.MONTHLY),
        age_basis=_coded(tables["age_basis"], {b.name: b for b in AgeBasis}, AgeBasis.LAST_BIRTHDAY),
        child_age=_ints(tables["child_age"]).astype(np.int16),
        child_count=_ints(tables["child_count"]).astype(np.int16),
        factor_tables=factors,
        cell_table=_ints(cells["rate_table"]),
        cell_from=_days(cells["effective_from"]),
        keys=keys,
        value=_longs(cells["value"]),
        version_table=_ints(versions["rate_table"]),
        version_from=_days(versions["effective_from"]),
    )


def _rules(frame: pl.DataFrame, products: pl.DataFrame) -> ContributionRules:
    target = (
        pl.when(pl.col("contract_plan_id").is_not_null())
        .then(pl.lit(int(TargetKind.PLAN)))
        .when(pl.col("product_id").is_not_null())
        .then(pl.lit(int(TargetKind.PRODUCT)))
        .otherwise(pl.lit(int(TargetKind.CATEGORY)))
    )
    kinds = frame.select(target.cast(pl.Int8).alias("kind"))["kind"].to_numpy()
    categories = _coded(frame["category"], {kind: code for code, kind in enumerate(PRODUCT_TYPES)}, NONE)
    by_kind = [_ints(frame["target_offer"]), _looked_up(frame["product_id"], products), categories.astype(np.int32)]
    percent = frame["percentage"].cast(pl.String)
    return ContributionRules(
        account=_ints(frame["account"]),
        class_slot=_ints(frame["class_slot"]),
        target_kind=kinds,
        target=np.choose(kinds, by_kind).astype(np.int32) if frame.height else np.empty(0, np.int32),
        member_type=_coded(
            frame["member_type"], {"Subscriber": MemberType.SUBSCRIBER, "Dependent": MemberType.DEPENDENT}, NONE
        ),
        kind=_coded(frame["type"], {"Amount": ShareKind.AMOUNT, "Percentage": ShareKind.PERCENTAGE}, NONE),
        percent_e4=_scaled(percent, 10_000),
        amount_cents=_longs(frame["amount_cents"]),
        amount_period=_coded(frame["amount_period"], {p.name: p for p in Period}, Period.TERM),
        cap_cents=_longs(frame["cap_cents"]),
        valid_from=_days(frame["effective_start_date"]),
        valid_to=_days(frame["effective_end_next"]),
        rank=_longs(frame["rank"]),
    )


def _ints(column: pl.Series) -> NDArray[np.int32]:
    return column.cast(pl.Int32).fill_null(NONE).to_numpy()


def _longs(column: pl.Series) -> NDArray[np.int64]:
    return column.cast(pl.Int64).fill_null(NONE).to_numpy()


def _days(column: pl.Series) -> NDArray[np.datetime64]:
    return column.cast(pl.Date).to_numpy().astype("datetime64[D]")


def _scaled(column: pl.Series, factor: int) -> NDArray[np.int64]:
    """Decimal text as a whole number of `factor`-ths; null is NONE. Exact: no float is involved."""
    exact = column.cast(pl.String).str.strip_chars().cast(pl.Decimal(24, 6))
    return (exact * factor).cast(pl.Int64).fill_null(NONE).to_numpy()


def _coded(column: pl.Series, codes: Mapping[str, int], otherwise: int) -> NDArray[np.int8]:
    """Names as their codes, `otherwise` for null and for names that have none."""
    plain = {name: int(code) for name, code in codes.items()}
    made = column.cast(pl.String).replace_strict(plain, default=int(otherwise), return_dtype=pl.Int8)
    return made.fill_null(int(otherwise)).to_numpy()


def _named(column: pl.Series) -> pl.Series:
    """Keys that name a value: neither blank nor the wildcard."""
    return pl.select(pl.when(column.is_in(["", ANY])).then(None).otherwise(column).alias("key"))["key"]


def _codes_of(*columns: pl.Series) -> pl.DataFrame:
    """One code per distinct text of several columns, in order of the texts."""
    texts = pl.concat([_named(column.cast(pl.String)).alias("text") for column in columns]).drop_nulls().unique().sort()
    return pl.DataFrame({"text": texts, "code": pl.int_range(len(texts), eager=True, dtype=pl.Int32)})


def _looked_up(column: pl.Series, codes: pl.DataFrame) -> NDArray[np.int32]:
    """Codes of texts, NONE where a text is null."""
    wanted = pl.DataFrame({"text": column.cast(pl.String)})
    return _ints(wanted.join(codes, on="text", how="left", maintain_order="left")["code"])
