"""The raw and reference tables whose file changed since it was landed, as a dbt selection: `raw_app__orders+ …`.

dbt's own state comparison sees the files of the project, not those of GROUNDWORK_RAW; this one compares with
raw.landed_files of the warehouse. A `.sql` file counts as changed: what it selects may have.
"""

import os
import pathlib
import sys

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "tools")]

import contracts  # noqa: E402
import landing  # noqa: E402
from built import CannotRead, database_file, opened  # noqa: E402


def landed(database: pathlib.Path) -> dict[str, str]:
    """The fingerprint of what was landed last, by table; none before the first build."""
    if not database.exists():
        return {}
    with opened(database) as connection:
        try:
            rows = connection.execute(
                "select table_name, fingerprint from raw.landed_files"
            ).fetchall()
        except duckdb.CatalogException:
            return {}
    return {name: fingerprint for name, fingerprint in rows if fingerprint}


def changed(folder: str, known: dict[str, str]) -> list[str]:
    """The tables whose file is another than the one that was landed, or has a problem."""
    names = []
    for kind in ("raw", "reference"):
        for seed in contracts.seeds(kind):
            table = contracts.landing_table(seed, kind)
            try:
                file = landing.find_file(table, folder)
                said = landing.mapping.said_of(folder).get(landing.file_name(table))
            except landing.Problem:
                names.append(seed["name"])
                continue
            found = landing.fingerprint(file, said)
            if found is None or not known.get(seed["name"], "").startswith(f"{found} "):
                names.append(seed["name"])
    return names


if __name__ == "__main__":
    os.chdir(PROJECT)
    try:
        names = changed(os.environ.get("GROUNDWORK_RAW", ""), landed(database_file()))
    except CannotRead as error:
        sys.exit(str(error))
    print(" ".join(f"{name}+" for name in names))
