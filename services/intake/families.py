"""Who belongs to whom: for each dependent the row of the primary.

What lives here: the four means of linking in their order (a key shared by the family, a link column, columns of the
covered member, the order of rows), over all files of a census at once. What does not: what becomes of a dependent
without a primary (`services.census_load`).
"""

import polars as pl

from services.intake import numbers
from services.intake.relations import parted, text_or_null

KEY, LINK, COVERED, ORDER, SELF = "key", "link_column", "covered_member", "row_order", "self"
_WHOLE = 9
"""Digits of a social security number; of some only the last four are stated."""
_NAMED = "n:"
"""What the key of a covered member begins with where a name makes it."""
_MOST = 0.5
"""A column is taken for the employee's number where more than so many of the dependents repeat one."""
STATED_IN = {KEY: "employee_key", LINK: "primary_member_source", COVERED: "ssn"}
"""The field in which a dependent states the key of a link."""


def link(people: pl.DataFrame) -> pl.DataFrame:
    """primary_person and link_kind of every person, and whether several employees have the key of the link
    (`is_shared`: the first of them is found, and need not be the right one). Of several with one family key, or of
    one name, the employee above is meant, where the key is theirs: a household has one key, and may have two employees.

    Needs person, file_no, line_number, person_no, census (number), association (null = not readable), is_live (not
    skipped), is_other_row (another row of a person), name, and the keys family_key, source_system_identifier,
    primary_member_source, holder_key, own_key, and what tells employees of one name apart: birth_date, member_key.
    """
    # Inside the files of one census a key means the same family, so a file of dependents finds its employees.
    head = pl.col("is_live") & ~pl.col("is_other_row") & (pl.col("association") == "Self")
    selfs = people.filter(head & (pl.col("person_no") == 0))
    frame = people.with_columns(
        _found(people, selfs, "family_key", "family_key").alias("by_key"),
        _found(people, selfs, "primary_member_source", "source_system_identifier").alias("by_link"),
        _found(people, selfs, "primary_group_census_member_id", "group_census_member_id").alias("by_id"),
        _found(people, selfs, "holder_key", "own_key").alias("by_holder"),
        _shared(people, selfs, "family_key", "family_key").alias("key_shared"),
        _shared(people, selfs, "primary_member_source", "source_system_identifier").alias("link_shared"),
        _shared(people, selfs, "holder_key", "own_key").alias("holder_shared"),
        _by_order().alias("by_order"),
        pl.col("person").filter(pl.col("person_no") == 0).first().over("file_no", "line_number").alias("of_line")
        if people["person_no"].max()
        else pl.col("person").alias("of_line"),
    )
    dependent = pl.col("is_live") & (pl.col("association") != "Self").fill_null(True)
    keyed_file = pl.col("keyed")
    frame = frame.with_columns(
        _above(frame, selfs, "family_key", "family_key").alias("by_key_above"),
        _above(frame, selfs, "holder_key", "own_key").alias("by_holder_above"),
    )
    by_name = pl.col("holder_key").str.starts_with(_NAMED)
    above_of = {"key": pl.col("by_key_above"), "holder": pl.when(by_name).then("by_holder_above")}
    for key, above in above_of.items():
        found, shared = f"by_{key}", f"{key}_shared"
        frame = frame.with_columns(
            pl.when(shared).then(pl.coalesce(above, found)).otherwise(found).alias(found),
            pl.col(shared) & above.is_null(),
        )
    conditions = (
        (pl.col("person_no") > 0, "of_line", ORDER),
        (pl.col("primary_group_census_member_id").is_not_null(), "by_id", LINK),
        (keyed_file & pl.col("family_key").is_not_null(), "by_key", KEY),
        (pl.col("primary_member_source").is_not_null(), "by_link", LINK),
        (pl.col("holder_key").is_not_null(), "by_holder", COVERED),
    )
    own = pl.col("is_live") & (pl.col("association") == "Self")
    primary = pl.when(own).then("person")
    kind = pl.when(own).then(pl.lit(SELF))
    for condition, column, name in conditions:
        primary = primary.when(dependent & condition).then(column)
        kind = kind.when(dependent & condition).then(pl.lit(name))
    positioned = dependent & pl.col("association").is_not_null() & ~keyed_file & pl.col("by_order").is_not_null()
    kind = kind.when(positioned).then(pl.lit(ORDER))
    by_source = (kind == LINK) & pl.col("primary_group_census_member_id").is_null()
    shared = (
        ((kind == KEY) & pl.col("key_shared"))
        | (by_source & pl.col("link_shared"))
        | ((kind == COVERED) & pl.col("holder_shared"))
    )
    return frame.select(
        "person",
        "source_system_identifier",
        "primary_member_source",
        primary.when(positioned).then("by_order").alias("primary_person"),
        kind.alias("link_kind"),
        shared.fill_null(False).alias("is_shared"),
    )


def numbers_of_employees(people: pl.DataFrame, typed: dict[str, pl.Series]) -> tuple[pl.DataFrame, pl.Series]:
    """`Employee SSN` as the only number of a file: where most dependents repeat an employee's, the column links
    families and is not the dependent's own. A few who do are employees themselves, or copied.

    The people with `holder_ssn`, and the number of each person.
    """
    is_self = (people["association"] == "Self").fill_null(False)
    ssn = typed["ssn"]
    may_link = people["ssn_of_employee"].fill_null(False) & people["is_readable"] & (people["person_no"] == 0)
    if not (may_link & ssn.is_not_null()).any():
        return people, ssn
    frame = people.select("file_no", ssn.alias("ssn"), is_self.alias("is_self")).filter(may_link & ssn.is_not_null())
    selfs = frame.filter("is_self").select("file_no", "ssn", repeats=pl.lit(True)).unique()
    told = frame.filter(~pl.col("is_self")).join(selfs, on=["file_no", "ssn"], how="left")
    share = told.group_by("file_no").agg(pl.col("repeats").fill_null(False).mean())
    links = may_link & people["file_no"].is_in(share.filter(pl.col("repeats") > _MOST)["file_no"].implode())
    holder = pl.coalesce(text_or_null(people, "holder_ssn"), pl.when(links).then(pl.col("ssn")))
    return people.with_columns(holder.alias("holder_ssn")), ssn.set(links & ~is_self, None)


def keys(people: pl.DataFrame, typed: dict[str, pl.Series]) -> pl.DataFrame:
    """People with the keys that `link` needs, and per file whether the family key counts (`keyed`)."""
    held = {name: text_or_null(people, name) for name in _TEXT_KEYS}
    holder, own = _holder_keys(people, typed)
    frame = people.select(
        "person", "file_no", "line_number", "person_no", "census", "association", "generic_key"
    ).with_columns(
        people["skip_reason"].is_null().alias("is_live"),
        people["same_person"].is_not_null().alias("is_other_row"),
        held["employee_key"].alias("family_key"),
        *(held[name] for name in _TEXT_KEYS[1:]),
        holder.alias("holder_key"),
        own.alias("own_key"),
        typed.get("birth_date", pl.Series("birth_date", [None], dtype=pl.Date).new_from_index(0, people.height)).alias(
            "birth_date"
        ),
        text_or_null(people, "member_key").alias("member_key"),
        pl.concat_str(people["first_name"], people["last_name"], separator="|").str.to_lowercase().alias("name"),
    )
    keyed = _keyed_files(frame)
    frame = frame.with_columns(pl.col("file_no").is_in(keyed).alias("keyed"))
    # Where the family key does not count it is the person's own; a family key stands for its employee.
    own_id = pl.when((pl.col("association") == "Self") | ~pl.col("keyed")).then("family_key")
    behind = pl.when(pl.col("keyed") & (pl.col("association") != "Self")).then("family_key")
    return frame.with_columns(
        pl.coalesce("source_system_identifier", own_id).alias("source_system_identifier"),
        pl.coalesce("primary_member_source", behind).alias("primary_member_source"),
    )


_TEXT_KEYS = (
    "employee_key",
    "source_system_identifier",
    "primary_member_source",
    "group_census_member_id",
    "primary_group_census_member_id",
)


def _keyed_files(frame: pl.DataFrame) -> pl.Series:
    """Files whose dependents state a family key. A key called just `ID` may be each person's own: it counts when a
    dependent shares it with an employee, or when the file has no employee at all."""
    none = pl.Series("file_no", [], dtype=frame["file_no"].dtype)
    if frame["family_key"].null_count() == frame.height:
        return none
    stated = frame.filter(pl.col("is_live") & pl.col("family_key").is_not_null())
    dependents = stated.filter((pl.col("association") != "Self").fill_null(False) & (pl.col("person_no") == 0))
    plain = dependents.filter(~pl.col("generic_key"))["file_no"].unique()
    selfs = frame.filter(pl.col("is_live") & (pl.col("association") == "Self"))
    shared = dependents.join(selfs.filter(pl.col("family_key").is_not_null()), on=["census", "family_key"], how="semi")
    without = dependents.join(selfs, on="file_no", how="anti")
    return pl.concat([none, plain, shared["file_no"], without["file_no"]]).unique()


def _holder_keys(people: pl.DataFrame, typed: dict[str, pl.Series]) -> tuple[pl.Series, pl.Series]:
    """The employee that the row names, and the same facts of the row's own person, as one text each."""
    nothing = text_or_null(people, "none")
    first, last = text_or_null(people, "holder_first_name"), text_or_null(people, "holder_last_name")
    full, ssn = text_or_null(people, "holder_full_name"), text_or_null(people, "holder_ssn")
    if all(column.null_count() == len(column) for column in (first, last, full, ssn)):
        return nothing, nothing
    number = numbers.social_security(ssn)[0]
    born = text_or_null(people, "holder_birth_date")
    given, family, _ = parted(full)
    names = (pl.coalesce(first, given), pl.coalesce(last, family))
    name = pl.concat_str(*names, born, separator="|", ignore_nulls=True).str.to_lowercase()
    is_named = pl.select(pl.coalesce(first, last, full)).to_series().is_not_null()
    name = pl.when(is_named).then(_NAMED + name)
    holder = pl.select(pl.coalesce(_by_number(number, name), name).alias("holder")).to_series()
    own_number = typed.get("ssn", nothing)
    own_names = [people["first_name"], people["last_name"]]
    own_name = _NAMED + pl.concat_str(*own_names, separator="|").str.to_lowercase()
    if (is_named & born.is_not_null()).any():  # rows that name the employee say when he was born
        dated = pl.concat_str(*own_names, text_or_null(people, "birth_date"), separator="|").str.to_lowercase()
        own_name = pl.coalesce(_NAMED + dated, own_name)
    by_number = pl.when(number.is_not_null().any()).then(_by_number(own_number, own_name))
    # An employee whose row names another is not that other: a spouse who works here too is somebody's dependent.
    is_whole = (own_number.str.len_chars() == _WHOLE) & (number.str.len_chars() == _WHOLE)
    is_another = (is_whole & (own_number != number)).fill_null(False)
    own = pl.when(pl.lit(is_another)).then(by_number).otherwise(pl.coalesce(holder, by_number, own_name))
    own = pl.select(own.alias("own")).to_series()
    # A dependent who is called what the column says, as no employee is, stands there himself: it leads nowhere.
    is_self = (people["association"] == "Self").fill_null(False)
    says_own = (holder == pl.select(own_name).to_series()).fill_null(False)
    return holder.set(says_own & ~is_self & ~holder.is_in(own.filter(is_self).implode()), None), own


def _by_number(number: pl.Series, name: pl.Expr) -> pl.Expr:
    """A social security number as a key; its last four digits alone are not one, so the name joins them."""
    said = pl.lit("s:") + pl.lit(number)
    return pl.when(pl.lit(number).str.len_chars() < 9).then(pl.coalesce(said + "|" + name, said)).otherwise(said)


def _found(people: pl.DataFrame, selfs: pl.DataFrame, key: str, wanted: str) -> pl.Series:
    """The first primary of the census whose `wanted` equals the person's `key`."""
    if people[key].null_count() == people.height:
        return pl.Series("found", [None], dtype=pl.UInt32).new_from_index(0, people.height)
    table = (
        selfs.filter(pl.col(wanted).is_not_null())
        .select("census", pl.col(wanted).alias("wanted"), pl.col("person").alias("found"))
        .unique(["census", "wanted"], keep="first", maintain_order=True)
    )
    asked = people.select("census", pl.col(key).alias("wanted"))
    return asked.join(table, on=["census", "wanted"], how="left", maintain_order="left")["found"]


def _shared(people: pl.DataFrame, selfs: pl.DataFrame, key: str, wanted: str) -> pl.Series:
    """Who states a key that several primaries of the census have: of several names, or of one name and several birth
    dates or keys of their own. A primary who is stated twice is one."""
    on = ["census", wanted]
    keyed = selfs.filter(pl.col(wanted).is_not_null())
    twice = keyed.group_by(on).len().filter(pl.col("len") > 1)
    telling = ("name", "birth_date", "member_key")
    most = pl.max_horizontal(pl.col(name).drop_nulls().n_unique() for name in telling)
    holders = keyed.join(twice, on=on, how="semi").group_by(on).agg(most.alias("n")).filter(pl.col("n") > 1)
    asked = people.select("census", pl.col(key).alias(wanted))
    return asked.join(holders, on=on, how="left", maintain_order="left")["n"].is_not_null()


def _above(frame: pl.DataFrame, selfs: pl.DataFrame, key: str, wanted: str) -> pl.Series:
    """The last primary above, where its `wanted` is the person's `key`."""
    keys_of = selfs.select(pl.col("person").alias("by_order"), pl.col(wanted).alias("key_above"))
    beside = frame.select("by_order", key).join(keys_of, on="by_order", how="left", maintain_order="left")
    has_it = (beside[key] == beside["key_above"]).fill_null(False)
    return beside["by_order"].set(~has_it, None)


def _by_order() -> pl.Expr:
    """The last primary above in the same file. A row whose relationship cannot be read might be the next primary:
    the rows below it follow nobody until the next one that can be read."""
    own_row = (pl.col("person_no") == 0) & pl.col("is_live") & ~pl.col("is_other_row")
    is_self = own_row & (pl.col("association") == "Self")
    broken = own_row & pl.col("association").is_null()
    first_of_file = pl.col("file_no") != pl.col("file_no").shift(1, fill_value=-1)
    mark = (
        pl.when(is_self).then(pl.col("person").cast(pl.Int64)).when(broken | first_of_file).then(pl.lit(-1, pl.Int64))
    )
    last = mark.forward_fill()
    return pl.when(last >= 0).then(last).cast(pl.UInt32)
