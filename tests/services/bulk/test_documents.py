"""Documents: kept, versioned, attached, read back; names are never paths."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from services import documents, handed_on, settings
from services.insurance_errors import Refused
from services.scope import EVERYTHING, Scope
from tests.services.bulk.desk import EXAMPLE, Desk
from tests.services.census_load.builder import CENSUS, NOW, OTHER

HERE, ELSEWHERE = Scope(account_ids=("001A",)), Scope(account_ids=("001B",))


def done(desk: Desk, act: Callable[[Any], Any]) -> Any:
    with desk.world.book.write() as tx:
        return act(tx)


def upload(desk: Desk, data: bytes = b"a,b\n", name: str = "census.csv", scope: Scope = EVERYTHING, **more: Any) -> Any:
    return done(desk, lambda tx: documents.upload(tx, name, data, scope=scope, now=NOW, **more))


def says(desk: Desk, act: Callable[[Any], Any]) -> str:
    with pytest.raises(Refused) as caught:
        done(desk, act)
    return caught.value.errors[0].message


def test_a_document_is_read_back_byte_for_byte_with_every_version(desk: Desk) -> None:
    first = bytes(range(256)) * 3
    document_id, version_id = upload(desk, first, linked_to=CENSUS)
    newer = done(
        desk, lambda tx: documents.add_version(tx, document_id, "c2.csv", b"second", scope=EVERYTHING, now=NOW)
    )
    with desk.world.book.read() as tx:
        latest = documents.read(tx, document_id, scope=EVERYTHING)
        old = documents.read(tx, document_id, version_id, scope=EVERYTHING)
        assert documents.read_version(tx, newer, scope=EVERYTHING) == latest
        told = documents.describe(tx, document_id, scope=EVERYTHING)
        listed = documents.linked_to(tx, CENSUS)
    assert (latest.data, latest.number, latest.name) == (b"second", 2, "c2.csv")
    assert (old.data, old.number, old.name) == (first, 1, "census.csv")
    assert (told["Title"], told["LinkedEntityId"], told["LatestPublishedVersionId"]) == ("census.csv", CENSUS, newer)
    assert listed == [{"Id": document_id, "Title": "census.csv", "LatestPublishedVersionId": newer}]


def test_a_file_just_taken_in_is_read_from_memory_and_any_other_from_the_book(desk: Desk) -> None:
    document_id, version_id = upload(desk, b"newer")
    sha256 = hashlib.sha256(b"newer").hexdigest()
    with desk.world.book.read() as tx:
        assert documents.read(tx, document_id, scope=EVERYTHING).data is handed_on.held(sha256)
        assert documents.bytes_of(tx, version_id) == (b"newer", sha256)
        handed_on.let_go("of another file")
        assert handed_on.held(sha256) == b"newer"
        handed_on.let_go(sha256)
        assert handed_on.held(sha256) is None
        assert documents.bytes_of(tx, version_id) == (b"newer", sha256)
        assert documents.bytes_of(tx, "068nothere") is None


def test_what_an_upload_that_was_undone_left_in_memory_is_nobody_elses_file(desk: Desk) -> None:
    told: list[str] = []

    def undone(tx: Any) -> None:
        told.extend(documents.upload(tx, "a.csv", b"undone", scope=EVERYTHING, now=NOW))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        done(desk, undone)
    # An error file is made by the program, which does not read it: what callers uploaded stays at hand.
    kept = done(desk, lambda tx: documents.keep(tx, "errors.csv", b"stored", linked_to=CENSUS, now=NOW))
    assert handed_on.held(hashlib.sha256(b"undone").hexdigest()) == b"undone"
    with desk.world.book.read() as tx:
        found = documents.read(tx, kept, scope=EVERYTHING)
    assert (found.version_id, found.data) == (told[1], b"stored")


@pytest.mark.rule("BC-1")
def test_a_job_lets_go_of_the_file_that_it_has_read(desk: Desk) -> None:
    sha256 = hashlib.sha256(EXAMPLE.encode()).hexdigest()
    request_id = desk.ask()
    assert handed_on.held(sha256) == EXAMPLE.encode()
    desk.work()
    assert handed_on.held(sha256) is None
    assert desk.status(request_id)["status"] == "Completed"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("/secret/.ssh/id", "id"),
        ("C:\\windows\\system32\\a.csv", "a.csv"),
        ("a\x00b\nc.csv", "abc.csv"),
        ("..", "file"),
        ("", "file"),
        ("dir/", "file"),
        ("'; DROP TABLE book.content_document; --.csv", "'; DROP TABLE book.content_document; --.csv"),
        ("Zensus Müller 2026.csv", "Zensus Müller 2026.csv"),
    ],
)
def test_a_name_is_words_and_no_path(desk: Desk, name: str, kept: str) -> None:
    document_id, _ = upload(desk, name=name)
    with desk.world.book.read() as tx:
        assert documents.describe(tx, document_id, scope=EVERYTHING)["Title"] == kept


def test_a_file_holds_something_and_not_more_than_the_setting(desk: Desk) -> None:
    assert says(desk, lambda tx: documents.upload(tx, "a.csv", b"", scope=EVERYTHING, now=NOW)) == (
        "Specify an input for versionData."
    )
    done(desk, lambda tx: settings.set_to(tx, "document_most_megabytes", "1", NOW))
    assert upload(desk, b"x" * 1_000_000)
    assert says(desk, lambda tx: documents.upload(tx, "a.csv", b"x" * 1_000_001, scope=EVERYTHING, now=NOW)) == (
        "A file can hold at most 1 megabytes."
    )


@pytest.mark.rule("OB-7")
def test_a_title_of_255_characters_is_kept_and_a_longer_one_refused(desk: Desk) -> None:
    assert upload(desk, title="t" * 255)
    assert says(desk, lambda tx: documents.upload(tx, "a", b"x", title="t" * 256, scope=EVERYTHING, now=NOW)) == (
        "Specify a valid input for title."
    )


def test_a_document_is_attached_to_what_exists_and_is_in_scope(desk: Desk) -> None:
    document_id, _ = upload(desk, linked_to=CENSUS, scope=HERE)
    done(desk, lambda tx: documents.attach(tx, document_id, OTHER, scope=HERE))
    with desk.world.book.read() as tx:
        assert documents.linked_entity(tx, document_id) == OTHER
    unknown = "Specify a valid input for linkedEntityId."
    assert says(desk, lambda tx: documents.attach(tx, document_id, "0rf9", scope=EVERYTHING)) == unknown
    gone = "Specify a valid input for contentDocumentId."
    assert says(desk, lambda tx: documents.attach(tx, document_id, CENSUS, scope=ELSEWHERE)) == gone
    assert says(desk, lambda tx: documents.upload(tx, "a", b"x", linked_to=CENSUS, scope=ELSEWHERE, now=NOW)) == (
        "Specify a valid input for firstPublishLocationId."
    )
    assert says(desk, lambda tx: documents.upload(tx, "a", b"x", scope=HERE, now=NOW)) == (
        "Specify an input for firstPublishLocationId."
    )


def test_a_document_out_of_scope_is_as_unknown_as_one_that_is_not_there(desk: Desk) -> None:
    document_id, version_id = upload(desk, linked_to=CENSUS)
    for act in (
        lambda tx: documents.read(tx, document_id, scope=ELSEWHERE),
        lambda tx: documents.read(tx, "0699", scope=EVERYTHING),
        lambda tx: documents.describe(tx, document_id, scope=ELSEWHERE),
        lambda tx: documents.add_version(tx, document_id, "a", b"x", scope=ELSEWHERE, now=NOW),
    ):
        assert says(desk, act) == "Specify a valid input for contentDocumentId."
    for act in (
        lambda tx: documents.read_version(tx, version_id, scope=ELSEWHERE),
        lambda tx: documents.read_version(tx, "0689", scope=EVERYTHING),
        lambda tx: documents.read(tx, document_id, "0689", scope=EVERYTHING),
    ):
        assert says(desk, act) == "Specify a valid input for contentDocumentVersionId."


def test_an_error_file_may_be_larger_than_what_callers_upload(desk: Desk) -> None:
    done(desk, lambda tx: settings.set_to(tx, "document_most_megabytes", "1", NOW))
    assert done(desk, lambda tx: documents.keep(tx, "e.csv", b"x" * 1_000_001, linked_to=CENSUS, now=NOW))
