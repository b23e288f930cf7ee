"""The rows of raw tables that live knows, validated by the models' own SQL, and which of them is the newest version.

The compiled SQL of a validated model is cut in two: what describes each row is run over the rows that have just come,
what ranks the versions of a row over those and the kept ones of the same keys, as an incremental run does.
"""

from collections import Counter
from dataclasses import dataclass, field

import duckdb

from live.models import DELETED_COLUMN, Models

RANKED = "\nranked as (\n"
ARRIVED_LATER = "arrived after known_until"
# A kept row was neither rejected nor needs its text any more.
NOT_KEPT = ("raw_row", "reject_reason")


@dataclass
class Counts:
    """Rows of one raw table that came in live files, by what became of them; the sum is `read`.

    Staged rows are not among them: those are in the table of versions.
    """

    read: int = 0
    in_warehouse: int = 0
    doubled: int = 0
    superseded: int = 0
    rejected: Counter = field(default_factory=Counter)
    replaced_in_warehouse: int = 0


@dataclass(frozen=True)
class Versions:
    """One raw table: its name (events__events) and the table in which its versions are kept."""

    connection: duckdb.DuckDBPyConnection
    models: Models
    name: str
    keeps_superseded: bool = False
    # Whether its rows may be validated again: then they are kept as they came, too.
    keeps_raw: bool = False
    counts: Counts = field(default_factory=Counts)

    @property
    def columns(self) -> dict[str, str]:
        return self.models.raw_columns[f"raw_{self.name}"]

    @property
    def raw(self) -> str:
        return self.models.relations[f"raw_{self.name}"]

    @property
    def kept(self) -> str:
        return f"kept.{self.name}"

    @property
    def raw_hash(self) -> str:
        """What the validated model makes of a raw row as row_hash: the text as it came."""
        named = (name for name in self.columns if name != DELETED_COLUMN["name"])
        texts = ", ".join(f"cast({name} as varchar)" for name in named)
        return f"md5(cast(to_json([{texts}]) as varchar))"

    def cut(self) -> tuple[str, str]:
        """The SQL that describes rows, and the one that ranks them, from the CTE `compared` on."""
        sql = self.models.sql[f"validated_{self.name}"]
        head, found, tail = sql.rpartition(RANKED)
        if not found or "from described" not in tail:
            raise ValueError(
                f"validated_{self.name} does not end in a CTE `ranked` of `described`: live cannot rank versions"
            )
        return (
            f"{head.rstrip().rstrip(',')}\nselect * from described",
            f"{found}{tail.replace('from described', 'from compared')}",
        )

    def begin(self, source: str) -> None:
        """An empty raw table, and the versions that `source`, the validated table of the warehouse, has staged."""
        execute = self.connection.execute
        names = ", ".join(f"{name} varchar" for name in self.columns)
        execute(f"create or replace table {self.raw} ({names}, _unreadable_line varchar)")
        execute(f"create or replace table kept.waiting_{self.name} ({names}, due_at timestamp)")
        execute(f"create or replace table kept.raw_{self.name} ({names}, row_hash varchar)")
        statuses = "('staged', 'superseded')" if self.keeps_superseded else "('staged')"
        described = execute(f"select column_name from (describe {source})").fetchall()
        columns = ", ".join(name for (name,) in described if name not in NOT_KEPT)
        execute(
            f"create or replace table {self.kept} as "
            f"select {columns}, true as is_of_warehouse from {source} where row_status in {statuses}"
        )

    def take_waiting(self) -> bool:
        """Puts rows back whose arrival has come to pass by known_until; says whether there were any."""
        names = ", ".join(self.columns)
        is_due = f"due_at <= (select known_until from {self.models.database_as_of})"
        (count,) = self.connection.execute(
            f"insert into {self.raw} ({names}) select {names} from kept.waiting_{self.name} where {is_due}"
        ).fetchone()
        if count:
            self.connection.execute(f"delete from kept.waiting_{self.name} where {is_due}")
        return bool(count)

    def merge(self, read: int) -> None:
        """Validates what is in the raw table, and empties it. The rows whose status is new are left in `judged`.

        `read` is how many of the rows came from files just now.
        """
        execute = self.connection.execute
        describe, rank = self.cut()
        execute(f"create or replace temp table described as {describe}")
        self.counts.read += read
        if self.keeps_raw:
            names = ", ".join(self.columns)
            execute(
                f"insert into kept.raw_{self.name} ({names}, row_hash) "
                f"select {names}, {self.raw_hash} from {self.raw}"
            )
        self._wait()
        self._leave_out_doubles()
        columns = ", ".join(self._kept_columns())
        execute(
            f"""
            create or replace temp table judged as
            with compared as (
                select *, false as is_of_warehouse, false as is_kept from described
                union all by name
                select {columns}, is_of_warehouse, true as is_kept from {self.kept} as kept
                where row_key in (select row_key from described)
            ),
            {rank}
            """
        )
        execute(f"truncate {self.raw}")
        for reason, count in execute(
            "select reject_reason, count(*) from judged where row_status = 'rejected' group by 1"
        ).fetchall():
            self.counts.rejected[reason] += count
        # What says that its row is deleted is read once, and kept beside older versions that may come after it.
        stays = "row_status in ('staged', 'later', 'deleted')"
        gone, replaced = execute(
            """
            select
                count(*) filter (where not is_of_warehouse),
                count(*) filter (where is_of_warehouse and is_kept)
            from judged
            where row_status = 'superseded' or (row_status = 'deleted' and not is_kept)
            """
        ).fetchone()
        if not self.keeps_superseded:
            self.counts.superseded += gone
            self.counts.replaced_in_warehouse += replaced
        else:
            stays = "row_status <> 'rejected'"
        execute(
            f"delete from {self.kept} where row_key in (select row_key from judged where is_kept)"
        )
        execute(
            f"insert into {self.kept} by name "
            f"select {columns}, row_status, is_of_warehouse from judged where {stays}"
        )

    def _kept_columns(self) -> list[str]:
        found = self.connection.execute(f"select column_name from (describe {self.kept})")
        own = ("is_of_warehouse", "row_status")
        return [name for (name,) in found.fetchall() if name not in own]

    def _wait(self) -> None:
        """Rows whose arrival is ahead of the clock wait for it, as they came: their text decides between versions."""
        later = f"later_reason = '{ARRIVED_LATER}'"
        names = ", ".join(self.columns)
        execute = self.connection.execute
        (expected,) = execute(f"select count(*) from described where {later}").fetchone()
        if not expected:
            return
        (found,) = execute(
            f"""
            insert into kept.waiting_{self.name} ({names}, due_at)
            select {", ".join(f"raw_rows.{name}" for name in self.columns)}, later.arrived_at
            from (select *, {self.raw_hash} as row_hash from {self.raw}) as raw_rows
            inner join (
                select row_hash, max(arrived_at) as arrived_at
                from described where {later} group by row_hash
            ) as later on raw_rows.row_hash = later.row_hash
            """
        ).fetchone()
        if found != expected:
            raise ValueError(
                f"validated_{self.name} hashes a row in another way than live: its rows cannot wait"
            )
        execute(f"delete from described where {later}")

    def _leave_out_doubles(self) -> None:
        """Rows that are alike in all that the contract names, beside a kept one or each other, are one row."""
        execute = self.connection.execute
        same = f"""
            {self.kept} as kept where kept.row_key = described.row_key
            and kept.row_hash = described.row_hash and described.reject_reason is null
        """
        in_warehouse, doubled = execute(
            f"""
            select
                count(*) filter (where is_of_warehouse),
                count(*) filter (where not is_of_warehouse)
            from (
                select bool_or(is_of_warehouse) as is_of_warehouse
                from (select rowid as place, * from described) as described, {same}
                group by described.place
            )
            """
        ).fetchone()
        if in_warehouse or doubled:
            execute(f"delete from described using {same}")
        (alike,) = execute(
            """
            select coalesce(sum(places - 1), 0) from (
                select count(*) as places from described
                where reject_reason is null group by row_key, row_hash
            )
            """
        ).fetchone()
        if alike:
            execute(
                """
                delete from described where reject_reason is null and rowid not in (
                    select min(rowid) from described where reject_reason is null
                    group by row_key, row_hash
                )
                """
            )
        self.counts.in_warehouse += in_warehouse
        self.counts.doubled += doubled + int(alike)
