"""What runs the schedule on a machine is valid and says what the schedule says; a backup comes back as it was."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))
sys.path.insert(0, str(PROJECT / "orchestration"))

import backup
import plan
import timers

DEPLOY = PROJECT / "orchestration" / "deploy"
HAS_SYSTEMD = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine"
)


def verified(folder: pathlib.Path) -> subprocess.CompletedProcess:
    """systemd's own look at the units of a folder; only its standard error says that a key is unknown."""
    units = sorted(folder.glob("groundwork-*"))
    return subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)


def write_units(folder: pathlib.Path, schedule: plan.Plan, known: dict[str, str]) -> None:
    for name, text in timers.units(schedule, PROJECT, "root", known).items():
        (folder / name).write_text(text)


@HAS_SYSTEMD
def test_units_are_valid(tmp_path):
    known = {
        "GROUNDWORK_DB": str(tmp_path / 'my "100%" work' / "groundwork.duckdb"),
        "GROUNDWORK_RAW": str(tmp_path),
    }
    write_units(tmp_path, plan.read_plan(), known)
    done = verified(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    # It would be seen.
    service = tmp_path / "groundwork-nightly.service"
    service.write_text(service.read_text().replace("Nice=5", "Nicer=5"))
    done = verified(tmp_path)
    assert "Unknown key" in done.stderr and "Nicer" in done.stderr


@HAS_SYSTEMD
@pytest.mark.parametrize(
    ("at", "zone", "days", "normal"),
    [
        ("04:00", "UTC", plan.WEEKDAYS, "*-*-* 04:00:00 UTC"),
        ("23:30", "Asia/Seoul", ("mon", "wed"), "Mon,Wed *-*-* 23:30:00 Asia/Seoul"),
    ],
)
def test_systemd_reads_the_time_of_the_schedule(at, zone, days, normal):
    told = timers.calendar(plan.Plan(at=at, time_zone=zone, days=days, steps=()))
    done = subprocess.run(["systemd-analyze", "calendar", told], capture_output=True, text=True)
    assert done.returncode == 0 and f"Normalized form: {normal}\n" in done.stdout, done.stderr


def test_the_units_of_the_project_are_those_of_its_schedule():
    """Write them again with `make systemd`: docs/deploy.md says how."""
    told = timers.units(plan.read_plan(), pathlib.Path("/opt/groundwork"), "groundwork", {})
    assert {name: (DEPLOY / name).read_text() for name in told} == told


def test_the_container_file_is_sound():
    linter = pathlib.Path(sys.executable).with_name("hadolint")
    file = DEPLOY / "Containerfile"
    done = subprocess.run([linter, file], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    makefile = (PROJECT / "Makefile").read_text()
    version = re.search(r"UV_VERSION := (\S+)", makefile)[1]
    assert f"uv=={version} " in file.read_text()


def make_warehouse(database: pathlib.Path, orders: int) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema core; create schema staging")
        connection.execute(f"create table core.orders as select range as id from range({orders})")
        connection.execute("create table staging.as_of as select date '2026-03-01' as as_of_date")
        connection.execute(
            f'create view core.newest as select max(id) as id from "{database.stem}".core.orders'
        )


def content(database: pathlib.Path) -> tuple:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(
            "select (select bit_xor(hash(orders)) from core.orders as orders), (select id from core.newest)"
        ).fetchone()


@pytest.fixture
def database(tmp_path) -> pathlib.Path:
    made = tmp_path / "work" / "groundwork.duckdb"
    made.parent.mkdir()
    make_warehouse(made, 1000)
    return made


def test_a_backup_comes_back_as_it_was(database, tmp_path):
    place, before = tmp_path / "backups", content(database)
    made = backup.backup(database, place)
    about = json.loads((made / backup.ABOUT).read_text())
    assert (
        about["rows"] == {"core.orders": 1000, "staging.as_of": 1}
        and about["as_of"] == "2026-03-01"
    )
    with duckdb.connect(str(database)) as connection:
        connection.execute("delete from core.orders")
    assert backup.restore(database, place) == made and content(database) == before
    # A file that is broken, or gone, is replaced; so is one backup by name.
    database.write_text("broken")
    backup.restore(database, made)
    assert content(database) == before
    database.unlink()
    backup.restore(database, place)
    assert content(database) == before
    assert sorted(each.name for each in database.parent.iterdir()) == ["groundwork.duckdb"]


def test_what_is_not_yet_in_the_file_is_in_the_backup(database, tmp_path):
    """DuckDB keeps changes in a log beside the file until it is closed; a program that was killed leaves them there."""
    code = (
        f"import duckdb, os; c = duckdb.connect({str(database)!r}); c.execute(\"set checkpoint_threshold = '1GB'\"); "
        "c.execute('insert into core.orders values (5000)'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert database.with_name("groundwork.duckdb.wal").exists()
    made = backup.backup(database, tmp_path / "backups")
    assert content(made / database.name)[1] == 5000
    # And a log of the old file is not applied to the one that takes its place.
    subprocess.run([sys.executable, "-c", code.replace("5000", "6000")], check=True)
    backup.restore(database, made)
    assert content(database)[1] == 5000


@contextlib.contextmanager
def opened_elsewhere(database, is_reader=False):
    """Another program that has the database open."""
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb, time; c = duckdb.connect({str(database)!r}, read_only={is_reader}); print(1, flush=True); "
            "time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        holder.stdout.readline()
        yield holder
    finally:
        holder.kill()
        holder.communicate()


READERS = {
    "doctor": ["tools/doctor.py"],
    "train": ["tools/train.py"],
    "experiment-size": [
        "tools/experiment_size.py",
        "--metric=m",
        "--brand=b",
        "--unit=u",
        "--effect=0.1",
    ],
    "build-changed": ["tools/changed.py"],
}


@pytest.mark.parametrize("verb", READERS)
def test_who_reads_says_who_writes(database, tmp_path, verb):
    """Of a warehouse that another program writes, or that is none: a sentence, no traceback. The doctor says what it
    found in the files first."""
    other = tmp_path / "other.duckdb"
    other.write_text("no database")
    files = {database: "is open in another program", other: "If it is no warehouse"}
    for file, said in files.items():
        with opened_elsewhere(database) as holder:
            done = subprocess.run(
                [sys.executable, *READERS[verb]],
                cwd=PROJECT,
                env=os.environ | {"GROUNDWORK_DB": str(file), "GROUNDWORK_RAW": ""},
                capture_output=True,
                text=True,
            )
        assert "Traceback" not in done.stdout + done.stderr
        assert said in done.stdout + done.stderr
        assert file is other or f"(PID {holder.pid}, since" in done.stdout + done.stderr
        assert verb != "doctor" or "Raw data: the demo company" in done.stdout
        assert verb == "doctor" or (done.returncode == 1 and done.stderr.count("\n") == 1)


@pytest.mark.parametrize("is_reader", [True, False])
def test_a_warehouse_in_use(database, tmp_path, is_reader):
    """A reader does not matter to a backup; who writes is named, and to a restore both."""
    with opened_elsewhere(database, is_reader) as holder:
        if is_reader:
            made = backup.backup(database, tmp_path / "backups")
            with pytest.raises(backup.CannotCopy, match=f"PID {holder.pid}"):
                backup.restore(database, made)
        else:
            done = subprocess.run(
                [sys.executable, "tools/backup.py", "backup", "--place", str(tmp_path / "backups")],
                cwd=PROJECT,
                env=os.environ | {"GROUNDWORK_DB": str(database)},
                capture_output=True,
                text=True,
            )
            assert done.returncode == 1 and done.stderr.count("\n") == 1
            assert done.stderr.startswith(
                "No backup was made; older ones are as they were. groundwork.duckdb is open"
            )
            assert f"(PID {holder.pid}, since" in done.stderr
            assert not list((tmp_path / "backups").iterdir())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda made: (made / "groundwork.duckdb").write_bytes(b"x"),
            "is not as it was made (another sha256)",
        ),
        (lambda made: (made / backup.ABOUT).unlink(), "has no backup. Name the folder"),
    ],
)
def test_a_bad_backup_leaves_the_warehouse(database, tmp_path, change, says):
    before, made = content(database), backup.backup(database, tmp_path / "backups")
    change(made)
    with pytest.raises(backup.CannotCopy) as error:
        backup.restore(database, tmp_path / "backups")
    assert says in str(error.value) and content(database) == before


def test_another_name_is_refused(database, tmp_path):
    made = backup.backup(database, tmp_path / "backups")
    other = tmp_path / "my_company.duckdb"
    with pytest.raises(
        backup.CannotCopy, match=r"carry its name and break.*GROUNDWORK_DB=.*/groundwork\.duckdb\.$"
    ):
        backup.restore(other, made)
    assert not other.exists()


def test_a_full_disk_is_said_before_anything_is_copied(database, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(backup.CannotCopy, match="has 0 MB free, and the warehouse takes"):
        backup.backup(database, tmp_path / "backups")


def test_the_newest_seven_are_kept_and_a_kill_leaves_the_old_ones(database, tmp_path, monkeypatch):
    place = tmp_path / "backups"
    monkeypatch.setattr(backup, "KEPT", 2)
    made = [backup.backup(database, place) for _ in range(3)]
    assert backup.backups_in(place) == made[1:]
    # Killed while it copies, at any moment: what was there stays, and the next one removes the remains.
    code = (
        "import pathlib, sys, time; sys.path.insert(0, 'tools'); import backup; copied = backup.copied\n"
        "def slowly(*files):\n    copied(*files); print(1, flush=True); time.sleep(60)\n"
        f"backup.copied = slowly; backup.backup(pathlib.Path({str(database)!r}), pathlib.Path({str(place)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE)
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert backup.backups_in(place) == made[1:] and len(list(place.iterdir())) == 3
    backup.restore(database, place)
    time.sleep(0.01)
    newest = backup.backup(database, place)
    assert backup.backups_in(place) == [made[2], newest] and len(list(place.iterdir())) == 2


def test_a_folder_must_be_named(database):
    done = subprocess.run(
        [sys.executable, "tools/backup.py", "restore"],
        cwd=PROJECT,
        env=os.environ | {"GROUNDWORK_DB": str(database)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "Nothing was restored. Name a folder: make restore FROM=/srv/backup.\n"
