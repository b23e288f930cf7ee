"""Servers that tests publish to, on this machine alone: PostgreSQL, and a bucket that speaks S3."""

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
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


def program(name: str) -> str | None:
    """The path of a program of PostgreSQL; Debian keeps them aside."""
    aside = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(aside[-1]) if aside else None)


def unprivileged() -> dict:
    """How to run as somebody else than root, as whom PostgreSQL does not start."""
    if os.geteuid() != 0:
        return {}
    names = {user.pw_name: user for user in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
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
