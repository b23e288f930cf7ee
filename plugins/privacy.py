"""What a build asks about personal data, as functions of SQL that models and hooks can call.

`keyed_hash` needs a secret, the pepper: GROUNDWORK_PEPPER, or the file that GROUNDWORK_PEPPER_FILE names, which lies
outside of the project. It is read here and goes nowhere else: not into SQL, a log or dbt's target folder.
"""

import hashlib
import hmac
import json
import math
import os
import pathlib
import subprocess
import sys
from functools import cache

import erasure
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin

PROJECT = pathlib.Path(__file__).resolve().parents[1]
LEAST_SIGNS = 16
HOW_TO_MAKE = (
    "Make one with: python3 -c 'import secrets; print(secrets.token_hex(32))' > ~/.groundwork_pepper, keep a "
    "copy where the company keeps its secrets, and set GROUNDWORK_PEPPER_FILE to its path."
)


class NoPepper(Exception):
    """Why there is no secret to hash with, and what to do."""


def pepper() -> bytes:
    """The secret of keyed hashes, from the environment or from a file outside of the project."""
    found, named = os.environ.get("GROUNDWORK_PEPPER", ""), os.environ.get("GROUNDWORK_PEPPER_FILE")
    if not found and named:
        file = pathlib.Path(named).expanduser().resolve()
        if file.is_relative_to(PROJECT):
            raise NoPepper(
                f"GROUNDWORK_PEPPER_FILE is {file}, which lies in the project. Move it out of there: a secret that is "
                "copied or committed with the project is none."
            )
        try:
            found = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            raise NoPepper(
                f"GROUNDWORK_PEPPER_FILE is {file}, which cannot be read: {getattr(error, 'strerror', error)}."
            ) from None
    if not found:
        raise NoPepper(
            "Keyed hashes need a secret, and there is none: set GROUNDWORK_PEPPER_FILE or GROUNDWORK_PEPPER. "
            + HOW_TO_MAKE
        )
    if len(found) < LEAST_SIGNS:
        raise NoPepper(
            f"The secret of keyed hashes has {len(found)} signs; it needs at least {LEAST_SIGNS}. {HOW_TO_MAKE}"
        )
    return found.encode()


def keyed(text: str) -> str:
    """A hash that nobody can make again without the pepper."""
    return _keyed(pepper(), text)


def _keyed(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def keyed_hash(texts: pa.ChunkedArray) -> pa.Array:
    """The keyed hash of each text, which is that of the text alone."""
    secret = pepper()
    return pa.array(
        [text and _keyed(secret, text) for text in texts.to_pylist()],
        type=pa.string(),
    )


# --- what was forgotten: a file beside the warehouse, so that a warehouse that is built anew knows it


def records_file() -> pathlib.Path:
    """GROUNDWORK_ERASURES, else <warehouse>.erasures.json."""
    named = os.environ.get("GROUNDWORK_ERASURES")
    database = os.environ.get("GROUNDWORK_DB") or str(PROJECT / "groundwork.duckdb")
    return pathlib.Path(named or f"{database}.erasures.json").absolute()


@cache
def _records_of(path: str, _time: int, _size: int) -> dict:
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def records() -> dict:
    """`keys`, keyed hashes of what was forgotten, and `receipts`, one a person; empty where nobody ever was."""
    file = records_file()
    if not file.exists():
        return {"keys": [], "receipts": []}
    found = file.stat()
    return _records_of(str(file), found.st_mtime_ns, found.st_size)


def forgotten_key(kind: str, key: str) -> str:
    return f"{kind}|{key}"


def is_forgotten(kinds: pa.ChunkedArray, keys: pa.ChunkedArray) -> pa.Array:
    """Whether each key was forgotten, by its keyed hash."""
    secret, known = pepper(), set(records()["keys"])
    return pa.array(
        [
            _keyed(secret, forgotten_key(kind, key)) in known
            for kind, key in zip(kinds.to_pylist(), keys.to_pylist(), strict=True)
        ],
        type=pa.bool_(),
    )


def erasure_plan(request: str) -> str:
    """What macros/erasure.sql runs, of {contracts, keeps, arrival_days}: a problem, or statements, as JSON."""
    asked = json.loads(request)
    known = records()
    try:
        tables = erasure.tables_of(asked["contracts"], asked["keeps"])
        if known["keys"]:
            pepper()
    except (erasure.CannotKeep, NoPepper) as problem:
        return json.dumps({"problem": str(problem)})
    days = asked["arrival_days"]
    return json.dumps(
        {
            "problem": "",
            "keys": erasure.key_statements(tables, [], bool(known["keys"])),
            "count": erasure.count_statement(tables),
            "tables": {t.name: erasure.change_statements(t, days[t.name], False) for t in tables},
            "end": erasure.END,
            "views": {t.name: erasure.change_statements(t, days[t.name], True) for t in tables},
        }
    )


def erasure_receipts() -> str:
    """The receipts of those who were forgotten, as JSON."""
    return json.dumps(records()["receipts"])


# --- leaks


def leaks_of_the_build(target: str) -> str:
    """What tools/lineage.py says of dbt's target folder; empty when nothing leaks. In a process of its own."""
    folder = pathlib.Path(target or os.environ.get("DBT_TARGET_PATH") or PROJECT / "target")
    asked = [
        sys.executable,
        str(PROJECT / "tools" / "lineage.py"),
        "--target",
        str(folder.resolve()),
    ]
    answer = subprocess.run(asked, capture_output=True, text=True, encoding="utf-8", check=False)
    return (
        ""
        if answer.returncode == 0
        else answer.stderr.strip() or "tools/lineage.py ended without a word."
    )


def laplace_noise(cell: str, scale: float) -> float:
    """Noise of a scale, drawn from GROUNDWORK_NOISE_SECRET and a text: only who has the secret can take it off."""
    secret = os.environ.get("GROUNDWORK_NOISE_SECRET", "")
    if len(secret) < LEAST_SIGNS:
        raise ValueError(
            "noise_epsilon is set, and so counts need a secret: put at least "
            f"{LEAST_SIGNS} random characters into GROUNDWORK_NOISE_SECRET, and keep them to yourself."
        )
    drawn = hmac.digest(secret.encode(), cell.encode(), "sha256")
    # Between -1/2 and 1/2, neither of them.
    share = (int.from_bytes(drawn[:6]) + 0.5) / 2**48 - 0.5
    return -scale * math.copysign(math.log1p(-2 * abs(share)), share)


class Plugin(BasePlugin):
    def configure_connection(self, connection) -> None:
        connection.create_function("laplace_noise", laplace_noise, ["VARCHAR", "DOUBLE"], "DOUBLE")
        for function, arguments in (
            (leaks_of_the_build, 1),
            (erasure_plan, 1),
            (erasure_receipts, 0),
        ):
            connection.create_function(
                function.__name__, function, ["VARCHAR"] * arguments, "VARCHAR", side_effects=True
            )
        for function, arguments, returned in (
            (keyed_hash, 1, "VARCHAR"),
            (is_forgotten, 2, "BOOLEAN"),
        ):
            connection.create_function(
                function.__name__, function, ["VARCHAR"] * arguments, returned, type="arrow"
            )
