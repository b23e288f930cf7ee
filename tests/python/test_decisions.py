"""Every decision has a date, a known status and tables that exist, and is in the index."""

import datetime
import re
import sys

import pytest
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))
import decisions

RECORDS = decisions.read_records()
BY_NUMBER = {record.number: record for record in RECORDS}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.number)
def test_record_is_complete(record, parsed_manifest):
    assert record.path.name.startswith(f"{record.number}-")
    datetime.date.fromisoformat(record.date)
    assert re.fullmatch(decisions.STATUSES, record.status)
    if record.status != "accepted":
        assert record.status.split()[-1] in BY_NUMBER
    names = {node["name"] for node in parsed_manifest["nodes"].values()}
    assert record.tables
    assert set(record.tables) <= names, f"there is no {set(record.tables) - names}"
    parts = re.findall(r"^\*\*(\w+)\.\*\*", record.body, flags=re.M)
    assert parts in (["What", "Why", "Effect"], ["What", "Why"])


def test_numbers_have_no_gap():
    assert list(BY_NUMBER) == [f"{number:04d}" for number in range(1, len(RECORDS) + 1)]


def test_index_lists_every_record():
    written = (PROJECT / "DECISIONS.md").read_text(encoding="utf-8")
    assert written == decisions.index(RECORDS), "run .venv/bin/python tools/decisions.py"


def test_records_that_are_wrong_are_refused(tmp_path):
    path = tmp_path / "0001-a.md"
    path.write_text("# 0001. A title\n\n- Date: 2026-01-31\n\n**What.** Nothing.\n")
    with pytest.raises(SystemExit, match=r"0001-a\.md"):
        decisions.read_record(path)


def test_private_models_that_documents_name_exist(parsed_manifest):
    """A helper that was renamed is renamed in README, CONTRIBUTING and docs/ too."""
    names = {node["name"] for node in parsed_manifest["nodes"].values()}
    for path in [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")]:
        named = set(re.findall(r"\bint_\w+[a-z]\b", path.read_text(encoding="utf-8")))
        assert named <= names, f"{path.name} names {named - names}"
