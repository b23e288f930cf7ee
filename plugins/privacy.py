"""What builds ask about personal data, as functions of SQL: leaks at their end, and noise on counts of people."""

import hmac
import math
import os
import pathlib
import subprocess
import sys

from dbt.adapters.duckdb.plugins import BasePlugin

PROJECT = pathlib.Path(__file__).resolve().parents[1]
SHORTEST_SECRET = 16


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
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(
            "noise_epsilon is set, and so counts need a secret: put at least "
            f"{SHORTEST_SECRET} random characters into GROUNDWORK_NOISE_SECRET, and keep them to yourself."
        )
    drawn = hmac.digest(secret.encode(), cell.encode(), "sha256")
    # Between -1/2 and 1/2, neither of them.
    share = (int.from_bytes(drawn[:6]) + 0.5) / 2**48 - 0.5
    return -scale * math.copysign(math.log1p(-2 * abs(share)), share)


class Plugin(BasePlugin):
    def configure_connection(self, connection) -> None:
        connection.create_function("laplace_noise", laplace_noise, ["VARCHAR", "DOUBLE"], "DOUBLE")
        connection.create_function("leaks_of_the_build", leaks_of_the_build, ["VARCHAR"], "VARCHAR")
