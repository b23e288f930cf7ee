"""Servers of the tests, on this machine alone: PostgreSQL, MariaDB, and a bucket that speaks S3."""

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from urllib.parse import quote

import adbc_driver_postgresql.dbapi as adbc
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))

from destinations.postgresql_session import address_of

PASSWORD = "s3cret@/:#x'\\"
NOT_FOUND = (
    "initdb and pg_ctl are not on this machine: install PostgreSQL's server (Debian: postgresql)"
)
NO_MARIADB = "mariadbd and mariadb-install-db are not on this machine: install MariaDB's server (Debian: mariadb-server)"


def has_mariadb() -> bool:
    return bool(mariadb_program("mariadbd") and mariadb_program("mariadb-install-db"))


def mariadb_program(name: str) -> str | None:
    """The path of a program of MariaDB; a server is not in everybody's path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def program(name: str) -> str | None:
    """The path of a program of PostgreSQL; Debian keeps them aside."""
    aside = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(aside[-1]) if aside else None)


def unprivileged(name: str = "postgres") -> dict:
    """How to run as somebody else than root, as whom neither database starts."""
    if os.geteuid() != 0:
        return {}
    names = {user.pw_name: user for user in pwd.getpwall()}
    user = names.get(name) or names["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def free_port() -> int:
    """One that nothing listens to."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextlib.contextmanager
def postgresql() -> Iterator[int]:
    """The port of a server of its own, whose superuser is `owner`."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="groundwork-postgresql-"))
    (folder / "password").write_text(PASSWORD)
    as_user = unprivileged()
    if as_user:
        for path in (folder, folder / "password"):
            os.chown(path, as_user["user"], as_user["group"])
    options = {"cwd": "/", "check": True, "stdout": subprocess.DEVNULL} | as_user
    data, port = folder / "data", free_port()
    initdb = [program("initdb"), "-D", data, "-U", "owner", "--pwfile", folder / "password"]
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    control = [program("pg_ctl"), "-D", data, "-w", "-s"]
    try:
        subprocess.run(
            [*initdb, "-A", "scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C"], **options
        )
        subprocess.run([*control, "-l", folder / "log", "-o", settings, "start"], **options)
        yield port
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], **options | {"check": False})
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def mariadb() -> Iterator[int]:
    """The port of a server of its own, whose user `owner` may do all in any database."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="groundwork-mariadb-"))
    as_user = unprivileged("mysql")
    if as_user:
        os.chown(folder, as_user["user"], as_user["group"])
    quiet = {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | as_user
    data, port = folder / "data", free_port()
    literal = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
    begin = folder / "begin.sql"
    begin.write_text(
        f"create or replace user owner@'127.0.0.1' identified by '{literal}';\n"
        "grant all on *.* to owner@'127.0.0.1' with grant option;\n"
    )
    begin.chmod(0o644)
    server = None
    try:
        subprocess.run(
            [
                mariadb_program("mariadb-install-db"),
                "--no-defaults",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            check=True,
            **quiet,
        )
        server = subprocess.Popen(
            [
                mariadb_program("mariadbd"),
                "--no-defaults",
                f"--datadir={data}",
                f"--socket={folder}/socket",
                f"--port={port}",
                f"--pid-file={folder}/pid",
                f"--init-file={begin}",
                "--bind-address=127.0.0.1",
                "--skip-name-resolve",
                "--innodb-flush-log-at-trx-commit=0",
            ],
            **quiet,
        )
        _wait_for(port, server)
        yield port
    finally:
        if server:
            server.terminate()
            server.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, server: subprocess.Popen) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as s:
            if s.recv(1):
                return
        time.sleep(0.1)
    raise RuntimeError(f"MariaDB did not start (exit code {server.poll()})")


@contextlib.contextmanager
def bucket(name: str) -> Iterator[dict[str, str]]:
    """The environment in which programs find an S3 server with this bucket in it."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    client = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=name)
    try:
        yield environment
    finally:
        server.stop()


def address(port: int, database: str, user: str = "owner") -> str:
    """Of a database of the server, with the password in it."""
    return f"postgresql://{user}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/{database}"


def ask(to: str, *statements: str, autocommit: bool = False) -> list[tuple]:
    """Runs the statements in one transaction; the rows of the last."""
    with adbc.connect(address_of(to).conninfo, autocommit=autocommit) as connection:
        with connection.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql)
            rows = cursor.fetchall() if cursor.description else []
        if not autocommit:
            connection.commit()
    return rows
