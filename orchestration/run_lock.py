"""One run at a time: a lock beside the warehouse that the system frees when who holds it is gone, however it ended.

The file says who holds it. Programs that a run starts inherit the lock: when the run is killed and its build goes on,
nobody else can begin.
"""

import fcntl
import json
import os
import pathlib
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

from built import in_use, why_closed  # noqa: E402

HELD = "GROUNDWORK_LOCK_HELD"


class Locked(Exception):
    """Who has the warehouse, and what to do."""


class CannotWrite(Exception):
    """What cannot be written, and what to do."""


def lock_file(database: pathlib.Path) -> pathlib.Path:
    return database.with_name(f"{database.name}.lock")


@contextmanager
def warehouse_lock(database: pathlib.Path, what: str, wait_minutes: float = 0):
    """Holds the lock while it lasts; yields descriptors for programs that are started under it.

    A program that a holder started has the lock already. Stops with who holds it.
    """
    file = lock_file(database)
    if os.environ.get(HELD) == str(file):
        yield ()
        return
    check_place(database)
    try:
        opened = file.open("a+", encoding="utf-8")
    except PermissionError:
        raise CannotWrite(
            f"{file} belongs to another user. Give this one the right to write it, as to the warehouse itself."
        ) from None
    with opened:
        # Who may write the warehouse may lock it.
        if database.exists():
            with suppress(OSError):
                file.chmod(database.stat().st_mode & 0o777)
        until = time.monotonic() + wait_minutes * 60
        while True:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise Locked(said_of_holder(file, what)) from None
                time.sleep(1)
        tell_holder(opened, what)
        os.environ[HELD] = str(file)
        try:
            yield (opened.fileno(),)
        finally:
            os.environ.pop(HELD, None)
            opened.truncate(0)


def is_free(database: pathlib.Path) -> bool:
    """Whether nobody holds the lock now."""
    try:
        with lock_file(database).open("a+") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def tell_holder(opened, what: str) -> None:
    opened.truncate(0)
    about = {"pid": os.getpid(), "what": what, "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"}
    opened.write(json.dumps(about))
    opened.flush()


def said_of_holder(file: pathlib.Path, what: str) -> str:
    """Who holds a lock, in one sentence, and what to do."""
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        about = {}
    pid, name = about.get("pid"), about.get("what", "another run")
    since = f" since {about['since']} UTC" if about.get("since") else ""
    if pid and not pathlib.Path(f"/proc/{pid}").exists() and pathlib.Path("/proc/self").exists():
        holders = holders_of(file)
        who = f" (PID {', '.join(map(str, holders))})" if holders else ""
        return (
            f"{name} was killed, and what it had started still works on the warehouse{who}{since}. "
            f"Wait for its end, or end it by kill, then run {what} again."
        )
    return (
        f"The warehouse is held by {name} (PID {pid}){since}. Wait for its end, or end it by kill {pid}, then run "
        f"{what} again."
    )


def holders_of(file: pathlib.Path) -> list[int]:
    """The processes that have a file open, where the system says so."""
    inode, found = file.stat().st_ino, []
    for process in pathlib.Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(each.stat().st_ino == inode for each in process.iterdir()):
                found.append(int(process.parent.name))
        except OSError:
            continue
    return sorted(found)


def check_place(database: pathlib.Path, least_free_mb: float = 0) -> None:
    """Stops where the warehouse cannot be written, or the disk is as good as full."""
    folder = database.parent
    if not folder.is_dir():
        raise CannotWrite(
            f"The folder {folder} of the warehouse does not exist. Make it, or set GROUNDWORK_DB to another file."
        )
    for place in (folder, database):
        if place.exists() and not os.access(place, os.W_OK):
            raise CannotWrite(
                f"{place} cannot be written by this user. Give it that right, or set GROUNDWORK_DB to another file."
            )
    if database.is_dir():
        raise CannotWrite(f"{database} is a folder. Set GROUNDWORK_DB to a file in it.")
    room = os.statvfs(folder)
    free = room.f_bavail * room.f_frsize / 1e6
    if free < least_free_mb:
        raise CannotWrite(
            f"The disk of {folder} has {free:,.0f} MB free, and {least_free_mb:,.0f} are needed (of the schedule: "
            "least_free_mb). Make room, or set GROUNDWORK_DB to a file on another disk."
        )


def check_target(target: pathlib.Path) -> None:
    """Stops where dbt could not write what it understood."""
    place = target
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        what = "is a file" if place.is_file() else "cannot be written by this user"
        raise CannotWrite(
            f"{place} {what}, and dbt writes into {target}. Make it a folder that this user may write, or set "
            "DBT_TARGET_PATH to another one."
        )


def check_warehouse(database: pathlib.Path) -> None:
    """Stops when another program has the file open, before minutes are spent on getting there."""
    if not database.exists():
        return
    try:
        duckdb.connect(str(database)).close()
    except duckdb.Error as error:
        said = why_closed(error, database)
        raise (Locked if in_use(error, database) else CannotWrite)(said) from None
