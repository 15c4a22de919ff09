"""Tables on a terminal: an amount is never cut, and a name only where there is no room for it."""

import pytest

from pipelines.cli import show
from pipelines.cli.summary import show_money
from services.report import Listing

GROUPS = [
    ("Harborlight Clinics", 509, 0, 4_759_389, 55_755_882, 27_451_511, 28_304_371),
    ("Prairie Freight", 397, 0, 3_379_911, 39_594_647, 24_080_248, 15_514_399),
]
TOTALS = (3_534, 9, 30_549_194, 358_616_809, 223_923_939, 134_692_870)


def printed(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The table of premiums by group, on a terminal of that width."""
    monkeypatch.setattr(show, "console", lambda: show.Terminal(width=width, highlight=False))
    capsys.readouterr()
    show_money(Listing(GROUPS, TOTALS, n_rows=2))
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [120, 100, 80, 40])
def test_an_amount_is_never_cut(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """3,534 coverages, 3,586,168.09 in all: at 80 columns the last two digits were an ellipsis."""
    lines = printed(width, monkeypatch, capsys)
    (total,) = [line for line in lines if line.startswith("All")]
    assert total.split() == ["All", "3,534", "9", "305,491.94", "3,586,168.09", "2,239,239.39", "1,346,928.70"]


def test_a_name_is_cut_only_where_there_is_no_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Figures: 5, 9, 10, 12, 13 and 14 columns with whole headings, and 12 between; with folded ones 5, 5, 10, 12, 12
    and 12, which leaves 80 - 56 - 12 = 12 columns for names. 19 are needed for the longer one."""
    whole = printed(100, monkeypatch, capsys)
    assert whole[0].split()[-4:] == ["Employer", "pays", "Employees", "pay"]
    assert whole[1].startswith("Harborlight Clinics ")
    folded = printed(80, monkeypatch, capsys)
    assert max(map(len, folded[:5])) == 80
    assert folded[0].split() == ["Not", "Employer", "Employees"]
    assert folded[1].split() == ["Group", "Rated", "rated", "Per", "month", "Whole", "term", "pays", "pay"]
    assert folded[2].startswith("Harborlight… ")


def test_names_share_the_room_by_what_they_need(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three short columns beside a long one: nothing is cut where all of them together have room."""
    monkeypatch.setattr(show, "console", lambda: show.Terminal(width=100, highlight=False))
    permits = "choose_plans, edit_family, read_family"
    show.show_table(["Profile", "Name", "Permissions"], [("00e000000000000001", "Member Portal", permits)], texts=3)
    assert permits in capsys.readouterr().out


@pytest.mark.parametrize("width", [100, 80, 60, 30])
def test_where_words_go_on_in_the_next_line_no_amount_is_cut_and_nothing_that_stays_whole(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At 60 columns the amounts ended in an ellipsis, and at 30 the contract was C-1001. All of it needs 11 + 12 + 10 +
    12 + 12 + 10 columns and 5 gaps of 2, so 77; words give way down to 8 columns each, which makes 71."""
    monkeypatch.setattr(show, "console", lambda: show.Terminal(width=width, highlight=False))
    show.show_table(
        ["Contract", "Plan", "Class", "Required", "Collected", "Difference"],
        [("C-1001-2026", "Platinum PPO", "Executives", "1,234,567.89", "1,234,560.12", "-7.77")],
        texts=3,
        wrap=True,
        whole=("Contract",),
    )
    lines = capsys.readouterr().out.splitlines()
    first = lines[1].split()
    assert (first[0], first[-3:]) == ("C-1001-2026", ["1,234,567.89", "1,234,560.12", "-7.77"])
    assert max(map(len, lines)) == {100: 77, 80: 77, 60: 71, 30: 71}[width]
    assert lines[1][13:].startswith("Platinum")
