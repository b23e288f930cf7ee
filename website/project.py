"""What dbt's manifest says, as the site shows it: metrics, tables, boards, and who reads whom."""

import functools
import pathlib
import re
from collections.abc import Callable, Iterable, Iterator

import yaml
from published import PROJECT, Published


class Project:
    """The manifest of the build that is published."""

    def __init__(self, manifest: dict, given: dict | None = None):
        """`given` are vars that the build was told beside vars.yml."""
        self.manifest = manifest
        own = yaml.safe_load((PROJECT / "vars.yml").read_text(encoding="utf-8"))["vars"]
        self.settings = own | (given or {})
        self.nodes = manifest["nodes"] | manifest["metrics"] | manifest["exposures"]

    @functools.cached_property
    def metrics(self) -> dict[str, dict]:
        """Every metric by name."""
        found = {}
        for node in sorted(self.manifest["metrics"].values(), key=lambda node: node["name"]):
            meta = node["config"]["meta"]
            found[node["name"]] = {
                "id": node["unique_id"],
                "name": node["name"],
                "label": node["label"],
                "label_ko": meta["label_ko"],
                "description": " ".join(node["description"].split()),
                "owner": meta["owner"],
                "unit": meta["unit"],
                "direction": meta["direction"],
                "is_certified": bool(meta["certified"]),
                "certified_by": meta.get("certified_by", meta["owner"]),
                "certified_until": meta.get("certified_until"),
                "headline": meta.get("headline"),
                "area": area_of(node["path"]),
                "synonyms": meta.get("synonyms", []),
                "type": node["type"],
            }
        return found

    @functools.cached_property
    def tables(self) -> dict[str, dict]:
        """Every model and seed by name."""
        found = {}
        for node in self.manifest["nodes"].values():
            if node["resource_type"] not in ("model", "seed"):
                continue
            folders = pathlib.PurePath(node["path"]).parts
            layer = folders[0]
            group = self.manifest["groups"].get(
                f"group.{node['package_name']}.{node['config'].get('group')}"
            )
            meta = node["config"]["meta"]
            found[node["name"]] = {
                "id": node["unique_id"],
                "name": node["name"],
                "schema": node["schema"],
                "layer": layer,
                "area": folders[1] if layer == "marts" else layer,
                "is_public": node.get("access") == "public",
                "description": " ".join(node["description"].split()),
                "grain": first_sentence(node["description"]),
                "truth_of": meta.get("truth_of", ""),
                "label_ko": meta.get("label_ko", ""),
                "meta": meta,
                "synonyms": meta.get("synonyms", []),
                "questions": meta.get("questions", []),
                "owner": group["owner"]["name"] if group else "",
                "columns": node["columns"],
                "materialized": node["config"]["materialized"],
                "sql": node.get("compiled_code") or "",
            }
        return dict(sorted(found.items()))

    @functools.cached_property
    def switched_off(self) -> set[str]:
        """The names of what lies in areas that are switched off."""
        return {
            node["name"] for found in self.manifest.get("disabled", {}).values() for node in found
        }

    @functools.cached_property
    def boards(self) -> dict[str, dict]:
        """Every board that dbt knows as an exposure, by the name of its file."""
        return {
            node["name"]: {
                "id": node["unique_id"],
                "name": node["name"],
                "owner": node["owner"]["name"],
                "description": " ".join(node["description"].split()),
                "label": node["label"] or node["name"],
                "label_ko": node["config"]["meta"].get("label_ko", ""),
            }
            for node in self.manifest["exposures"].values()
            if node["type"] == "dashboard"
            and (PROJECT / "dashboards" / f"{node['name']}.yml").exists()
        }

    def parents(self, node_id: str) -> list[str]:
        """What it is made from, one step before, without steps of which no page exists."""
        return self._shown(node_id, self.manifest["parent_map"])

    def children(self, node_id: str) -> list[str]:
        """What reads it, one step after, without steps of which no page exists."""
        return self._shown(node_id, self.manifest["child_map"])

    def steps(
        self, starts: Iterable[str], ways: dict, goes_on: Callable[[str], bool]
    ) -> Iterator[str]:
        """Every node from these on along the ways, each once; beyond those alone that `goes_on` says."""
        seen, left = set(), list(starts)
        while left:
            step = left.pop()
            if step in seen:
                continue
            seen.add(step)
            yield step
            if goes_on(step):
                left += ways.get(step, [])

    def _shown(self, node_id: str, ways: dict) -> list[str]:
        def is_shown(step: str) -> bool:
            node = self.nodes.get(step)
            is_page = node is not None and self.has_page(node)
            return step.split(".")[0] in ("metric", "exposure") or is_page

        def goes_on(step: str) -> bool:
            kinds = ("model", "semantic_model", "saved_query")
            return step.split(".")[0] in kinds and not is_shown(step)

        found = filter(is_shown, self.steps(ways.get(node_id, []), ways, goes_on))
        return sorted(found, key=lambda key: (key.split(".")[-1], key))

    def has_page(self, node: dict) -> bool:
        """Public tables, raw tables, rules and the vault have pages; steps on the way have dbt's."""
        is_of_vault = node.get("path", "").startswith("vault")
        return node["resource_type"] == "seed" or node.get("access") == "public" or is_of_vault

    def raw_before(self, table: str) -> set[str]:
        """The raw tables that a table is made from, at any distance."""
        starts = [self.tables[table]["id"]] if table in self.tables else []
        steps = self.steps(starts, self.manifest["parent_map"], lambda step: True)
        seeds = (self.nodes[step] for step in steps if step.startswith("seed."))
        return {node["name"].removeprefix("raw_") for node in seeds if node["schema"] == "raw"}

    def undelivered(self, tables: list[str], published: Published) -> list[str]:
        """The raw tables before these that hold no row: without them a card stays empty."""
        if not published.has("freshness"):
            return []
        delivered = {
            row["raw_table"]
            for row in published.rows(
                "select replace(raw_table, '.', '__') as raw_table from {{ ref('freshness') }} "
                "where row_count > 0"
            )
        }
        before = set().union(*(self.raw_before(table) for table in tables))
        return sorted(before - delivered)


def area_of(path: str) -> str:
    """The area of a file under models: its folder in marts, else the folder it is in."""
    folders = pathlib.PurePath(path).parts
    return folders[1] if folders[0] == "marts" else folders[0]


def first_sentence(description: str, *, plain: bool = True) -> str:
    """A description opens with its grain."""
    found = re.split(r"(?<=\.)\s", " ".join(description.split()), maxsplit=1)[0]
    return found.replace("`", "") if plain else found
