"""The tiny company in which leaks and lawful uses are planted, and what the gate says of each."""

import sys

import yaml
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))
import lineage

CASES = PROJECT / "tests" / "python" / "privacy_cases"


def cases(name: str) -> list[dict]:
    return yaml.safe_load((CASES / f"{name}.yml").read_text(encoding="utf-8"))


def world() -> list[lineage.Node]:
    told = cases("world")
    nodes = [
        lineage.Node(name=name, kind="table", columns=list(columns), classes=columns)
        for name, columns in told["raw"].items()
    ]
    for name, sql in told["models"].items():
        nodes.append(lineage.Node(name=name, kind="table", sql=sql, parents=reads(sql, nodes)))
    return nodes


def reads(sql: str, nodes: list[lineage.Node]) -> list[str]:
    return [node.name for node in nodes if node.name in sql]


def planted(case: dict, nodes: list[lineage.Node]) -> lineage.Node:
    """A case as a node that reads the world."""
    if "python" in case:
        return lineage.Node(
            name="core.leak", kind="python", parents=case["python"], written=case.get("code", "")
        )
    for kind in ("board", "analysis"):
        if kind in case:
            return lineage.Node(
                name="page", kind=kind, sql=case[kind], parents=reads(case[kind], nodes)
            )
    return lineage.Node(
        name=case.get("model", "core.leak"),
        kind="table",
        sql=case["sql"],
        parents=reads(case["sql"], nodes),
        hooks=[case["hook"]] if "hook" in case else [],
        materialized=case.get("materialized", "table"),
        written=case.get("code", ""),
    )


def verdict(case: dict) -> list[str]:
    """What the gate says of a case; empty when it passes."""
    nodes = world()
    nodes.append(planted(case, nodes))
    return lineage.leaks(nodes, lineage.follow(nodes), [])
