"""Portal users: what a request says about them, and the users of the members who want one.

What lives here: checking the details of users (AC-15, AC-16), finding a user by e-mail, making one (AC-14). What does
not: which members get a record (`creating`), and what a user may see (`portal`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from services import ids
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.scope import Scope

REST_NAMES = {
    "profile_id": "profileId",
    "email_encoding": "emailEncodingKey",
    "language_key": "languageLocaleKey",
    "locale_key": "localeSidKey",
    "time_zone": "timeZoneSidKey",
}
"""What Connect services and actions call the details of users."""

STD_NAMES = {
    "profile_id": "profileId",
    "email_encoding": "emailEncoding",
    "language_key": "languageLocale",
    "locale_key": "localeSID",
    "time_zone": "timeZoneSID",
}
"""What the Std services call them."""

_LOCALE = re.compile(r"[A-Za-z]{2,3}([_-][#A-Za-z0-9]{2,10})*")
ENCODINGS = frozenset(
    {
        *("utf-8", "us-ascii", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1252"),
        *("shift_jis", "x-sjis_0213", "iso-2022-jp", "euc-jp", "euc-kr", "ks_c_5601-1987"),
        *("big5", "big5-hkscs", "gb2312", "gbk", "gb18030"),
    }
)
"""Encodings that mail may be written in, in lower case."""


@dataclass(frozen=True)
class UserDetails:
    """What every user made by a request has in common; all but the profile may be None."""

    profile_id: str
    email_encoding: str | None = None
    language_key: str | None = None
    locale_key: str | None = None
    time_zone: str | None = None


def details_of(
    tx: Transaction,
    stated: Mapping[str, str | None],
    *,
    names: Mapping[str, str] = REST_NAMES,
    required: tuple[str, ...] = ("profile_id",),
) -> UserDetails:
    """The details of users, checked; `stated` and `required` are by the keys of `names`.

    Refused: SF-0001-0004 for one that is missing, SF-0001-0005 for an unknown profile, time zone, locale or encoding.
    """
    said = {name: (stated.get(name) or "").strip() or None for name in names}
    faults = [missing(names[name]) for name in required if said[name] is None]
    if faults:
        raise Refused(*faults)
    profile_id = said["profile_id"] or ""
    if said["time_zone"]:
        said["time_zone"] = said["time_zone"].replace(" ", "_")
    wrong = [] if tx.row("people.profile", {"profile_id": profile_id}) else ["profile_id"]
    checks = {
        "email_encoding": _is_encoding,
        "language_key": _is_locale,
        "locale_key": _is_locale,
        "time_zone": _is_zone,
    }
    wrong += [name for name, holds in checks.items() if (word := said[name]) is not None and not holds(word)]
    if wrong:
        raise Refused(*(invalid(names[name]) for name in wrong))
    return UserDetails(profile_id, said["email_encoding"], said["language_key"], said["locale_key"], said["time_zone"])


def _is_locale(word: str) -> bool:
    """Shaped as `en_US`."""
    return len(word) <= 40 and _LOCALE.fullmatch(word) is not None


def _is_encoding(word: str) -> bool:
    """One of the encodings of mail."""
    return word.lower() in ENCODINGS


def _is_zone(word: str) -> bool:
    """A name of the IANA time zone database, as Polars carries it."""
    try:
        pl.Series([0]).cast(pl.Datetime("us", word))
    except pl.exceptions.PolarsError:
        return False
    return True


def make_users(
    tx: Transaction, wanted: pl.DataFrame, details: UserDetails, *, scope: Scope, now: datetime
) -> tuple[pl.DataFrame, int]:
    """A user for each row: the one with that e-mail, else a new one; rows without an e-mail get none.

    `wanted` has row, email, contact_id and person_account_id. Returns `row` and `user_id`, and how many were made.
    """
    keyed = wanted.with_columns(word=pl.col("email").str.strip_chars().str.to_lowercase())
    keyed = keyed.filter(pl.col("word").is_not_null() & (pl.col("word") != ""))
    if keyed.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32, "user_id": pl.String}), 0
    words = keyed.unique("word", keep="first", maintain_order=True)
    with tx.lend(people_words=words.select("word")):
        found = tx.frame("people.users_of_words", {"accounts": accounts_of(scope)})
    fresh = words.join(found, on="word", how="anti", maintain_order="left")
    n_new = fresh.height
    made = fresh.select(
        "word",
        username=pl.col("email").str.strip_chars(),
        email=pl.col("email").str.strip_chars(),
        profile_id=pl.lit(details.profile_id),
        contact_id="contact_id",
        person_account_id="person_account_id",
        locale_key=pl.lit(details.locale_key, pl.String),
        language_key=pl.lit(details.language_key, pl.String),
        time_zone=pl.lit(details.time_zone, pl.String),
        email_encoding=pl.lit(details.email_encoding, pl.String),
        is_active=pl.lit(value=True),
        created_at=pl.lit(now, pl.Datetime("us")),
        portal_user_id=ids.spell_many(ids.PORTAL_USER, tx.mint(ids.PORTAL_USER, n_new) if n_new else 1, n_new),
    )
    if n_new:
        with tx.lend(people_users=made.drop("word")):
            tx.run("people.add_users")
    known = pl.concat([found.select("word", user_id="portal_user_id"), made.select("word", user_id="portal_user_id")])
    return keyed.join(known, on="word", how="left", maintain_order="left").select("row", "user_id"), n_new


def accounts_of(scope: Scope) -> list[str] | None:
    """The accounts in scope as a statement takes them; None is every account."""
    return None if scope.account_ids is None else list(scope.account_ids)


NO_EMAIL = missing("email")
"""A member wants a user and has no e-mail (AC-14)."""


def unflagged(member_ids: list[str]) -> InsuranceError:
    """The one error that names every member whose user was asked for and who wants none (AC-13)."""
    listed = ",".join(member_ids)
    return InsuranceError(
        "SF-0004-0047", f"Ensure to set the isPortalUser flag to true for group census members {listed}."
    )
