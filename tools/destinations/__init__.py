"""Where builds are published: a folder, an S3-compatible bucket, or a PostgreSQL database.

A build is a folder with MANIFEST, DATABASE and Parquet files. Each kind of destination is a module with

    shown(to)                    its address without a password
    check(to)                    stops where nothing could be written, before anything is
    send(build, to)              has its readers read this build, all at once
    roll_back(to, published)     has them read the build before the one they read; its name

where `to` is the address, `build` the folder of a build and `published` the folder in which builds are made. What goes
wrong is one CannotPublish that says what and what to do, and leaves what readers read.
"""

import difflib
import importlib
import re
import sys
from types import ModuleType

from built import CannotPublish

KEPT = 3
DATABASE = "groundwork.duckdb"
MANIFEST = "manifest.json"
SCHEMES = {"s3": "bucket", "postgresql": "postgresql", "postgres": "postgresql"}
KINDS = "a folder, s3://bucket/prefix, or postgresql://user@host:5432/database"


def say(text: str) -> None:
    """Where it is."""
    print(text, file=sys.stderr, flush=True)


def module_of(to: str) -> ModuleType:
    """The module that writes to this address, by its scheme; a path has none."""
    # One letter is a drive.
    scheme, slashes = re.match(r"(?:([A-Za-z][\w.+-]+):(//)?)?", to).groups()
    if scheme is None:
        return importlib.import_module("destinations.folder")
    if scheme in SCHEMES and slashes:
        return importlib.import_module(f"destinations.{SCHEMES[scheme]}")
    near = difflib.get_close_matches(scheme.lower(), SCHEMES, n=1)
    hint = f" Did you mean {near[0]}://?" if near else ""
    raise CannotPublish(
        f"{scheme}:{slashes or ''}… is no place to publish to.{hint} Write {KINDS}."
    )
