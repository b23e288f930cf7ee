"""The SQL of the models that live runs, as dbt compiles it: once for each state of the project, and then from a file.

dbt opens a database to compile. That is an empty one here, of the warehouse's name, so that nobody waits for the other.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from live.problems import Problem

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(PROJECT / "tools"))

from contracts import DELETED_COLUMN  # noqa: E402

# In the order in which each reads those before it.
EVENT_MODELS = (
    "int_planned_events",
    "stg_ads__campaigns",
    "validated_events__events",
    "stg_events__events",
    "int_staged_events",
    "events",
    "int_session_runs",
    "int_origin_channels",
    "int_landings",
    "int_sessions",
    "int_arrivals",
    "session_sources",
    "sessions",
    "tracking_plan_checks",
)
FUNNEL_MODELS = ("int_funnel_events", "int_funnel_visitors", "int_funnel_counts")
ORDER_MODELS = (
    "validated_app__orders",
    "validated_app__order_items",
    "stg_app__orders",
    "stg_app__order_versions",
    "stg_app__order_items",
    "dates",
    "exchange_rate_days",
    "int_order_payments",
    "int_order_brands",
    "int_order_rates",
    "int_order_lines",
    "int_order_amounts",
    "orders",
)
# What orders are told from beside their own rows; validated again where rows of the warehouse begin to count.
BESIDE_ORDERS = (
    "validated_app__customers",
    "validated_app__products",
    "validated_app__order_status_events",
    "validated_payments__payments",
)
STAGED_BESIDE_ORDERS = (
    "stg_app__customers",
    "stg_app__products",
    "stg_app__order_status_events",
    "stg_payments__payments",
)
ALL_MODELS = EVENT_MODELS + FUNNEL_MODELS + BESIDE_ORDERS + STAGED_BESIDE_ORDERS + ORDER_MODELS
# What decides how the project compiles.
READ_BY_DBT = ("dbt_project.yml", "profiles.yml", "vars.yml", "models", "macros", "seeds")


@dataclass(frozen=True)
class Models:
    """The relations and the SQL of models by name, the columns of raw tables with their types, and the settings."""

    database: str
    relations: Mapping[str, str]
    sql: Mapping[str, str]
    raw_columns: Mapping[str, Mapping[str, str]]
    settings: Mapping[str, object]

    @property
    def database_as_of(self) -> str:
        """The settings of the run, which every validated model reads."""
        return f'"{self.database}"."staging"."as_of"'


def compiled(database: pathlib.Path, target: pathlib.Path) -> Models:
    """The models for a warehouse, from `target` where they were compiled before of the same project."""
    file = target / f"live_models_{_state_of_the_project(database.stem)}.json"
    if not file.exists():
        target.mkdir(parents=True, exist_ok=True)
        _compile(database.stem, target / "live")
        for older in target.glob("live_models_*.json"):
            older.unlink()
        making = file.with_suffix(".tmp")
        making.write_text(json.dumps(described(target / "live")), encoding="utf-8")
        making.replace(file)
    return Models(**json.loads(file.read_text(encoding="utf-8")))


def described(target: pathlib.Path) -> dict:
    """What `Models` holds, from a folder in which dbt has compiled."""
    import yaml

    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    by_name = {node["name"]: node for node in nodes.values()}
    models = {
        name: node
        for name, node in by_name.items()
        if node["resource_type"] in ("model", "seed") and node["config"].get("enabled", True)
    }
    compiled_files = {path.stem: path for path in (target / "compiled").rglob("*.sql")}
    return {
        "database": models["events"]["database"],
        "relations": {
            name: '"{database}"."{schema}"."{alias}"'.format(**node)
            for name, node in models.items()
        },
        "sql": {
            name: compiled_files[name].read_text(encoding="utf-8").strip().rstrip(";")
            for name in ALL_MODELS
            if name in models and name in compiled_files
        },
        "raw_columns": {
            name: {
                column["name"]: column["data_type"]
                for column in [*node["columns"].values(), DELETED_COLUMN]
            }
            for name, node in models.items()
            if name.startswith("raw_")
        },
        "settings": yaml.safe_load((PROJECT / "vars.yml").read_text("utf-8"))["vars"],
    }


def _compile(stem: str, target: pathlib.Path) -> None:
    scratch = target / f"{stem}.duckdb"
    target.mkdir(parents=True, exist_ok=True)
    words = [str(pathlib.Path(sys.executable).with_name("dbt")), "--quiet", "--no-use-colors"]
    words += ["compile", "--full-refresh", "--select", *ALL_MODELS]
    environment = os.environ | {
        "GROUNDWORK_DB": str(scratch),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target / "logs"),
        "PYTHONPATH": str(PROJECT),
    }
    ended = subprocess.run(
        words,
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    scratch.unlink(missing_ok=True)
    if ended.returncode:
        said = "\n".join((ended.stdout + ended.stderr).strip().splitlines()[-8:])
        raise Problem(f"dbt cannot compile the models, so there is nothing to run live:\n{said}")


def _state_of_the_project(stem: str) -> str:
    """A hash of all that decides what dbt compiles for a database of this name."""
    found = hashlib.md5(stem.encode())
    for file in _files(PROJECT / name for name in READ_BY_DBT):
        found.update(str(file.relative_to(PROJECT)).encode())
        found.update(file.read_bytes())
    for file in (PROJECT / "live").glob("models.py"):
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


def _files(places: Iterable[pathlib.Path]) -> list[pathlib.Path]:
    """Their files that dbt parses; rows of seeds do not change what is compiled."""
    found = []
    for place in places:
        inside = place.rglob("*") if place.is_dir() else [place]
        found += [file for file in inside if file.suffix in (".sql", ".yml")]
    return sorted(found)
