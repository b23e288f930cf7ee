"""The decisions of the project: the records in docs/decisions/, and their index, DECISIONS.md.
`python tools/decisions.py` writes the index again; tests/python/test_decisions.py holds it."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
STATUSES = r"accepted|superseded by \d{4}"
HEAD = """# Decisions

What was contested, what was chosen, why, and what it changes: one record each,
in `docs/decisions/`. A decision is not rewritten: a new record replaces it,
and the old one's status names the new one.
To add one, copy [the template](docs/decisions/template.md) and run
`.venv/bin/python tools/decisions.py`, which writes this page.
"""


@dataclass(frozen=True)
class Record:
    """One decision: what its head says, and the text below."""

    path: Path
    number: str
    title: str
    date: str
    status: str
    topic: str
    tables: tuple[str, ...]
    body: str


def read_record(path: Path) -> Record:
    """The record in a file. Fails with the file's name when its head lacks a line."""
    text = path.read_text(encoding="utf-8")
    found = re.match(
        r"# (?P<number>\d{4})\. (?P<title>.+)\n\n"
        r"- Date: (?P<date>.+)\n- Status: (?P<status>.+)\n- Topic: (?P<topic>.+)\n"
        r"- Tables: (?P<tables>(?:.+\n)+)\n(?P<body>(?s:.*))",
        text,
    )
    if not found:
        raise SystemExit(f"{path.name}: its head is not that of docs/decisions/template.md")
    head = found.groupdict()
    tables = tuple(re.findall(r"`(\w+)`", head.pop("tables")))
    return Record(path=path, tables=tables, **head)


def read_records(project: Path = PROJECT) -> list[Record]:
    """All records, by number."""
    return [read_record(path) for path in sorted((project / "docs/decisions").glob("[0-9]*.md"))]


def index(records: list[Record]) -> str:
    """The text of DECISIONS.md: a table for each topic, in the order in which topics occur."""
    parts = [HEAD]
    for topic in dict.fromkeys(record.topic for record in records):
        parts.append(f"\n## {topic}\n\n| Number | Decision | Date | Status |\n|---|---|---|---|\n")
        parts += [
            f"| {r.number} | [{r.title}](docs/decisions/{r.path.name}) | {r.date} | {r.status} |\n"
            for r in records
            if r.topic == topic
        ]
    return "".join(parts)


if __name__ == "__main__":
    (PROJECT / "DECISIONS.md").write_text(index(read_records()), encoding="utf-8")
    sys.stdout.write(f"DECISIONS.md lists {len(read_records())} decisions.\n")
