"""The contracts of the raw and reference tables, as the project's YAML has them, for programs that run without dbt."""

import csv
import pathlib
import re

import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[1]
# The loader in C reads the contracts in a tenth of the time.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What an e-mail address or a telephone number looks like in a key: the pattern of the macro looks_personal.
PERSONAL = re.search(
    r"macro looks_personal\(value\) -%}\s+regexp_matches\(\{\{ value \}\}, '(.+)'\)\n",
    (PROJECT / "macros" / "dialect.sql").read_text(encoding="utf-8"),
).group(1)
# A column of every raw table, as macros/contract.sql has it (deleted_column).
DELETED_COLUMN = {
    "name": "_deleted_at",
    "data_type": "timestamp",
    "config": {"meta": {"optional": True}},
}


def reference_rows(name: str) -> list[dict[str, str]]:
    """The rows of a reference table as the project brings it."""
    file = PROJECT / "seeds" / "reference" / f"{name}.csv"
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


# The classes of personal data that a column of the contract can have (meta `pii`), and how each is handled: direct
# identifiers stay in raw, staging and the vault; pseudonyms may be anywhere but on a page; none: a name misleads.
HANDLING = {row["pii_class"]: row["handling"] for row in reference_rows("personal_classes")}
CLASSES = set(HANDLING)
DIRECT = {pii for pii, handling in HANDLING.items() if handling == "direct"}
PSEUDONYMS = {pii for pii, handling in HANDLING.items() if handling == "pseudonym"}


def seeds(folder: str) -> list[dict]:
    """The seeds described in seeds/<folder>, in the order of the files."""
    found = []
    for file in sorted((PROJECT / "seeds" / folder).glob("*.yml")):
        found += yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)["seeds"]
    return found


def meta(entry: dict) -> dict:
    """The meta of a seed or of a column."""
    return (entry.get("config") or {}).get("meta") or {}


def landing_table(seed: dict, folder: str) -> dict:
    """A seed of seeds/<folder> as plugins/landing.py takes it."""
    columns = {}
    for column in seed["columns"] + ([DELETED_COLUMN] if folder == "raw" else []):
        told = meta(column)
        may_lack = bool(told.get("optional") or "default" in told or "default_var" in told)
        columns[column["name"]] = {
            "data_type": column["data_type"],
            "may_lack": may_lack,
            "may_be_empty": may_lack or bool(told.get("may_be_empty")),
            "accepted": told.get("accepted") or [],
            "is_personal": bool(told.get("pii")),
        }
    return {
        "name": seed["name"],
        "is_raw": folder == "raw",
        "is_demo_only": bool(meta(seed).get("demo")),
        "default_file": str(PROJECT / "seeds" / folder / f"{seed['name']}.csv"),
        "columns": columns,
        "keys": meta(seed).get("keys") or [],
    }


def fact_tables() -> list[str]:
    """The raw tables whose rows say when something happened, as macros/contract.sql has it."""
    return [
        seed["name"]
        for seed in seeds("raw")
        if not meta(seed).get("is_dimension")
        and (meta(seed).get("fact") or meta(seed).get("moment"))
    ]
