"""A folder of builds, and a link to the one that readers read.

builds/<build>/    a build; its name begins with the time
current            the link
"""

import contextlib
import os
import pathlib
import secrets
import shutil
from collections.abc import Iterator

from built import CannotPublish
from filelock import FileLock, Timeout

from destinations import KEPT


def builds_of(published: pathlib.Path) -> list[pathlib.Path]:
    """The whole builds, oldest first: their names begin with the time."""
    folder = published / "builds"
    if not folder.exists():
        return []
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def current_of(published: pathlib.Path) -> pathlib.Path | None:
    """The build that readers read, or none yet."""
    link = published / "current"
    return published / link.readlink() if link.is_symlink() else None


def kept_on_disk(path: pathlib.Path) -> None:
    """Waits until a file, or the names in a folder, would outlive the power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def point_to(published: pathlib.Path, build: pathlib.Path) -> None:
    """Turns the link to a build, in one step for whoever reads."""
    turning = published / f".current.{secrets.token_hex(4)}"
    turning.symlink_to(build.relative_to(published))
    turning.rename(published / "current")
    kept_on_disk(published)


def sweep(published: pathlib.Path) -> None:
    """Takes away what a killed run left, and all but the last builds; never the one that is read."""
    for left in [*published.glob(".current.*"), *published.glob("builds/.*")]:
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    for old in builds_of(published)[:-KEPT]:
        if old != current_of(published):
            # A half of a build has no build's name.
            going = old.rename(old.with_name(f".{old.name}"))
            shutil.rmtree(going)


@contextlib.contextmanager
def alone(published: pathlib.Path) -> Iterator[None]:
    """Holds the folder; stops when another process does."""
    published.mkdir(parents=True, exist_ok=True)
    lock = FileLock(published / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CannotPublish(
            f"Another process is publishing to {published}. Wait for it."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def new_build(published: pathlib.Path, name: str) -> Iterator[pathlib.Path]:
    """An empty folder to fill; when that ends well it is the build of this name, and readers read it."""
    with alone(published):
        sweep(published)
        making = published / "builds" / f".{name}"
        making.mkdir(parents=True)
        try:
            yield making
        except BaseException:
            shutil.rmtree(making)
            raise
        for path in making.rglob("*"):
            kept_on_disk(path)
            if path.is_file():
                path.chmod(0o444)
        build = making.rename(making.with_name(name))
        kept_on_disk(build.parent)
        point_to(published, build)
        sweep(published)


def shown(to: str) -> str:
    """The path, from the root."""
    return str(pathlib.Path(to).expanduser().resolve())


@contextlib.contextmanager
def in_words(to: str) -> Iterator[None]:
    """Has the system's errors say what to do."""
    try:
        yield
    except OSError as error:
        raise CannotPublish(
            f"{shown(to)} cannot be written: {error.strerror or error}. "
            "Make room there, or name a folder that you may write."
        ) from error


def check(to: str) -> None:
    """Stops where the folder cannot be made or written."""
    with in_words(to), alone(pathlib.Path(to).expanduser().resolve()):
        pass


def send(build: pathlib.Path, to: str) -> None:
    """Copies the build, unless it is there, and turns the link."""
    folder = pathlib.Path(to).expanduser().resolve()
    there = folder / "builds" / build.name
    with in_words(to):
        if there.exists():
            with alone(folder):
                point_to(folder, there)
        else:
            with new_build(folder, build.name) as making:
                shutil.copytree(build, making, dirs_exist_ok=True, copy_function=shutil.copyfile)


def roll_back(to: str, published: pathlib.Path | None = None) -> str:
    """Turns the link to the build before the current one; its name."""
    folder = pathlib.Path(to).expanduser().resolve()
    current = current_of(folder)
    if current is None:
        raise CannotPublish(f"Nothing was published in {folder} yet. Run make publish.")
    with in_words(to), alone(folder):
        earlier = [build for build in builds_of(folder) if build.name < current.name]
        if not earlier:
            raise CannotPublish(
                f"{current.name} is the oldest build that is kept: there is none before it."
            )
        point_to(folder, earlier[-1])
    return earlier[-1].name
