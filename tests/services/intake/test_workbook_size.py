"""Workbooks of a few thousand bytes for which there would be no room, in other formats than .xlsx.

Both are made here by hand: an .ods is one part of XML, an .xlsb are binary records (kind, size, bytes).
"""

import io
import struct
import zipfile

from services.intake.workbook_size import MAX_CELLS

HEAD = ("First Name", "Last Name", "Relationship", "Zip")
ANN = ("Ann", "Ash", "Self", "02139")


def _packed(parts: dict[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _ods(*rows: str) -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    sheet = f'<table:table table:name="Census">{"".join(rows)}</table:table>'
    body = f"<office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body>"
    content = f"<?xml version='1.0'?><office:document-content {spaces}>{body}</office:document-content>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return _packed({"mimetype": kind, "META-INF/manifest.xml": "<manifest/>", "content.xml": content})


def _row(*cells: str, times: int = 1, of_each: int = 1) -> str:
    each = "".join(
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{of_each}">'
        f"<text:p>{cell}</text:p></table:table-cell>"
        for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{times}">{each}</table:table-row>'


def _blank(times: int) -> str:
    cell = '<table:table-cell table:number-columns-repeated="16384"/>'
    return f'<table:table-row table:number-rows-repeated="{times}">{cell}</table:table-row>'


def test_equal_rows_and_cells_of_an_ods_that_stand_for_too_many_are_refused_unread(landed) -> None:
    """1,100 columns of 20,000 rows are 22 million cells, written in two numbers."""
    data = _ods(_row(*HEAD), _row(*ANN), _row("x", times=20_000, of_each=1_100))
    assert len(data) < 2_000 and MAX_CELLS < 1_100 * 20_000
    got = landed(data, name="census.ods")
    assert got.fault == "sheet_too_large"
    assert got.files["fault_says"][0].startswith("A sheet of the workbook reaches to cell APH20002: 22,002,200 cells")


def test_every_sheet_of_an_ods_is_looked_at(landed) -> None:
    """The reach of a sheet was forgotten where the next one began close behind it."""
    sheets = (_row(*HEAD), _row("x", times=20_000, of_each=1_100), '</table:table><table:table table:name="Next">')
    assert landed(_ods(*sheets, _row(*HEAD), _row(*ANN)), name="census.ods").fault == "sheet_too_large"


def test_blank_rows_to_the_end_of_an_ods_are_nothing(landed) -> None:
    """LibreOffice writes the rest of every sheet so."""
    got = landed(_ods(_row(*HEAD), _row(*ANN), _blank(1_048_574)), name="census.ods")
    assert (got.fault, got.column("postal_code")) == (None, ["02139"])


def test_a_long_text_repeated_in_an_ods_is_refused_before_it_is_written_out(landed) -> None:
    """100,000 bytes in each of 6,000 cells are 600 million."""
    data = _ods(_row(*HEAD), _row(*ANN), _row("x" * 100_000, times=600, of_each=10))
    assert landed(data, name="census.ods").fault == "sheet_text_too_large"
    assert landed(_ods(_row(*HEAD), _row(*ANN, "x" * 100_000)), name="census.ods").fault is None


def _record(kind: int, content: bytes = b"") -> bytes:
    """The kind in one byte or two, the size in seven bits a byte, the bytes."""
    said = bytes([kind]) if kind < 128 else bytes([kind % 128 + 128, kind // 128])
    size = len(content)
    while True:
        said += bytes([size % 128 + (128 if size > 127 else 0)])
        size //= 128
        if not size:
            return said + content


def _text(words: str) -> bytes:
    return struct.pack("<I", len(words)) + words.encode("utf-16-le")


def _xlsb(cells: list[tuple[int, int, str | int]], shared: tuple[str, ...] = ()) -> bytes:
    """A workbook of one sheet: cells as row, column, and their text or the number of a shared one."""
    sheet, row_at = _record(129) + _record(148, struct.pack("<4I", 0, 9, 0, 9)) + _record(145), None
    for row, column, said in cells:
        if row != row_at:
            sheet += _record(0, struct.pack("<I", row) + bytes(21))
            row_at = row
        place = struct.pack("<2I", column, 0)
        sheet += (
            _record(6, place + _text(said)) if isinstance(said, str) else _record(7, place + struct.pack("<I", said))
        )
    sheet += _record(146) + _record(130)
    bundle = _record(143) + _record(156, struct.pack("<2I", 0, 1) + _text("rId1") + _text("Census")) + _record(144)
    links = "".join(
        f'<Relationship Id="rId{n}" Type="t/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate([("worksheet", "worksheets/sheet1.bin"), ("x", "sharedStrings.bin")], 1)
    )
    texts = [_record(19, b"\0" + _text(words)) for words in shared]
    counts = struct.pack("<2I", len(texts), len(texts))
    return _packed(
        {
            "xl/workbook.bin": _record(131) + bundle + _record(132),
            "xl/_rels/workbook.bin.rels": f"<Relationships>{links}</Relationships>",
            "xl/worksheets/sheet1.bin": sheet,
            "xl/sharedStrings.bin": _record(159, counts) + b"".join(texts) + _record(160),
        }
    )


def _people() -> list[tuple[int, int, str | int]]:
    return [(row, column, said) for row, cells in enumerate((HEAD, ANN)) for column, said in enumerate(cells)]


def test_a_binary_workbook_is_read(landed) -> None:
    """The second given name is a shared text."""
    got = landed(
        _xlsb([*_people(), (2, 0, 0), *[(2, n, said) for n, said in enumerate(ANN[1:], 1)]], ("Bo",)), name="c.xlsb"
    )
    assert (got.fault, got.column("first_name"), got.column("postal_code")) == (None, ["Ann", "Bo"], ["02139"] * 2)


def test_a_binary_workbook_with_a_stray_cell_in_its_last_corner_is_refused_unread(landed) -> None:
    """All 1,048,576 rows of 16,384 columns, or of 20 (20,971,520 cells)."""
    got = landed(_xlsb([*_people(), (1_048_575, 16_383, "x")]), name="c.xlsb")
    assert got.fault == "sheet_too_large"
    assert "cell XFD1048576" in got.files["fault_says"][0]
    assert landed(_xlsb([*_people(), (1_048_575, 19, "x")]), name="c.xlsb").fault == "sheet_too_large"


def test_what_cannot_be_read_behind_a_stray_cell_does_not_hide_it(landed) -> None:
    """The reader of workbooks stops at the end of the sheet, and never sees the half record behind it."""
    data = _xlsb([*_people(), (1_048_575, 16_383, "x")])
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts: dict[str, str | bytes] = {name: book.read(name) for name in book.namelist()}
        parts["xl/worksheets/sheet1.bin"] = book.read("xl/worksheets/sheet1.bin") + b"\xff"
    assert landed(_packed(parts), name="c.xlsb").fault == "sheet_too_large"


def test_a_workbook_with_a_wrong_check_sum_is_not_opened(landed) -> None:
    """The reader of workbooks does not look at check sums, so that the size of such a sheet was not known."""
    data = bytearray(_xlsb([*_people(), (1_048_575, 16_383, "x")]))
    of_sheet = data.rindex(b"xl/worksheets/sheet1.bin")  # in the directory, 46 bytes behind the beginning of its entry
    data[of_sheet - 30] ^= 255
    assert landed(bytes(data), name="c.xlsb").fault == "unreadable_workbook"


def test_a_long_text_shared_by_many_cells_of_a_binary_workbook_is_refused(landed) -> None:
    """60,000 bytes in each of 10,000 cells are 600 million; in one of them they are read."""
    many = [(2 + n, 4, 0) for n in range(10_000)]
    got = landed(_xlsb([*_people(), *many], ("x" * 60_000,)), name="c.xlsb")
    assert got.fault == "sheet_text_too_large"
    one = [*many[:1], *[(row, 4, 1) for row, _, _ in many[1:]]]
    assert landed(_xlsb([*_people(), *one], ("x" * 60_000, "y")), name="c.xlsb").fault is None
