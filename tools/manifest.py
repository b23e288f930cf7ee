"""What dbt understood of the project: reading its manifest, and walking the graph of models."""

import json
import sys
from pathlib import Path, PurePath

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

from built import target_folder  # noqa: E402


def read_manifest(path: str | Path = PROJECT / "target" / "manifest.json") -> dict:
    """dbt's manifest; `dbt parse` writes it. Fails with what to do when there is none."""
    if not Path(path).exists():
        raise SystemExit(f"{path} is missing. Run `make build`, or `.venv/bin/dbt parse`, first.")
    return json.loads(Path(path).read_text(encoding="utf-8"))


def parsed_manifest() -> dict:
    """The manifest of the project as it is now, which dbt writes into its target folder."""
    from dbt.cli.main import dbtRunner

    options = ["--quiet", "--no-use-colors", "--target-path", str(target_folder())]
    if not dbtRunner().invoke(["parse", *options]).success:
        sys.exit("The project cannot be parsed: see above.")
    return read_manifest(target_folder() / "manifest.json")


def nodes_of(manifest: dict, *kinds: str) -> list[dict]:
    """The nodes of these resource types, by name."""
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in kinds]
    return sorted(nodes, key=lambda node: node["name"])


def room_of(node: dict) -> str:
    """The folder of a model below models/, without marts/: `core`, `core/intermediate/sessions`."""
    folder = PurePath(node["original_file_path"]).parent.relative_to("models")
    return str(folder.relative_to("marts")) if folder.parts[:1] == ("marts",) else str(folder)


def area_of(node: dict) -> str:
    """The first part of the room: staging, vault, metrics, or the area of a mart."""
    return room_of(node).split("/")[0]


def parents_of(manifest: dict) -> dict[str, set[str]]:
    """For each model the models and seeds that it reads, by unique_id."""
    return {
        node["unique_id"]: {
            parent
            for parent in node["depends_on"]["nodes"]
            if parent.startswith(("model.", "seed.", "source."))
        }
        for node in nodes_of(manifest, "model")
    }


def children_of(manifest: dict) -> dict[str, set[str]]:
    """For each model, seed and source the models that read it, by unique_id."""
    children: dict[str, set[str]] = {}
    for child, parents in parents_of(manifest).items():
        for parent in parents:
            children.setdefault(parent, set()).add(child)
    return children


def descendants(children: dict[str, set[str]], start: str) -> set[str]:
    """All models that are made from `start`, directly or not."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = children.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


def longest_path(manifest: dict) -> list[str]:
    """The names of the longest chain of models, each made from the one before."""
    parents = parents_of(manifest)
    chains: dict[str, list[str]] = {}

    def chain(model: str) -> list[str]:
        if model not in chains:
            before = [chain(parent) for parent in sorted(parents[model]) if parent in parents]
            chains[model] = [*max(before, key=len, default=[]), model]
        return chains[model]

    longest = max((chain(model) for model in sorted(parents)), key=len)
    return [model.split(".")[-1] for model in longest]
