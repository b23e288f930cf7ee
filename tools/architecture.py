"""The pictures of docs/architecture.md, drawn from dbt's manifest: the way of the data, and one
picture per area, with the rooms of its helpers (folders below intermediate/) and its public tables.
`make pages` draws them again; tests/python/test_pages.py holds them equal to the project."""

import re
import sys
from collections import Counter
from pathlib import PurePath

from manifest import PROJECT, nodes_of, parents_of, read_manifest, room_of

PAGE = PROJECT / "docs" / "architecture.md"
NOT_AREAS = {"staging", "vault"}


def layer_of(model: dict) -> str:
    """The area, staging or vault; metrics also for the room in which an area computes its metrics."""
    room = room_of(model).split("/")
    return "metrics" if room[1:2] == ["metrics"] else room[0]


def areas_of(manifest: dict) -> list[str]:
    """The areas, those read by others before those that read them, then by name."""
    nodes = manifest["nodes"]
    reads = {layer_of(model): set() for model in nodes_of(manifest, "model")}
    for child, parents in parents_of(manifest).items():
        reads[layer_of(nodes[child])] |= {
            layer_of(nodes[parent]) for parent in parents if parent.startswith("model.")
        }
    ordered: list[str] = []
    waiting = sorted(reads)
    while waiting:
        free = [area for area in waiting if not reads[area] - {area, *ordered}]
        # Staging and vault may read each other: then the first by name goes on.
        ordered.append((free or waiting)[0])
        waiting.remove(ordered[-1])
    return [area for area in ordered if area not in NOT_AREAS]


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def picture(direction: str, boxes: dict[str, str], arrows: set[tuple[str, str]]) -> str:
    """A Mermaid flowchart of boxes (id: how it is drawn) and arrows between ids."""
    lines = [f"    {box}{drawn}" for box, drawn in boxes.items()]
    lines += [f"    {start} --> {end}" for start, end in sorted(arrows)]
    return "\n".join(["```mermaid", f"flowchart {direction}", *lines, "```"])


def way_of_the_data(manifest: dict) -> str:
    """Raw tables, staging, vault, areas and boards, with an arrow where one reads another."""
    nodes = manifest["nodes"]
    raw = [seed for seed in nodes_of(manifest, "seed") if seed["name"].startswith("raw_")]
    raw += list(manifest.get("sources", {}).values())
    raw_ids = {table["unique_id"] for table in raw}
    boxes = {"raw": f'["raw<br>{counted(len(raw), "table")}"]'}
    public = Counter(layer_of(m) for m in nodes_of(manifest, "model") if not is_helper(m))
    for area in ["staging", "vault", *areas_of(manifest)]:
        boxes[area] = f'["{area}<br>{counted(public[area], "table")}"]'
    boxes["boards"] = f'(["boards<br>{counted(len(manifest["exposures"]), "page")}"])'
    arrows = set()
    for child, parents in parents_of(manifest).items():
        end = layer_of(nodes[child])
        for parent in parents:
            if parent in raw_ids:
                arrows.add(("raw", end))
            elif parent.startswith("model."):
                arrows.add((layer_of(nodes[parent]), end))
    for exposure in manifest["exposures"].values():
        for parent in exposure["depends_on"]["nodes"]:
            if parent.startswith("model."):
                arrows.add((layer_of(nodes[parent]), "boards"))
    return picture("LR", boxes, {(start, end) for start, end in arrows if start != end})


def is_helper(model: dict) -> bool:
    return "intermediate" in PurePath(model["original_file_path"]).parts


def box_of(model: dict) -> str:
    """The id of the box that a model is drawn in: its room if it is a helper, else its own."""
    if not is_helper(model):
        return model["name"]
    below = room_of(model).split("intermediate")[1].strip("/")
    return "room_" + re.sub(r"\W", "_", below or "helpers")


def area_picture(manifest: dict, area: str) -> str:
    """The rooms of an area and its public tables, with an arrow where one reads another."""
    models = [model for model in nodes_of(manifest, "model") if layer_of(model) == area]
    own = {model["unique_id"]: box_of(model) for model in models}
    helpers = Counter(box_of(model) for model in models if is_helper(model))
    boxes = {
        room: f'["{room.removeprefix("room_").replace("_", " ")}<br>{counted(count, "step")}"]'
        for room, count in sorted(helpers.items())
    }
    boxes |= {model["name"]: f"([{model['name']}])" for model in models if not is_helper(model)}
    parents = parents_of(manifest)
    arrows = {
        (own[parent], own[child]) for child in own for parent in parents[child] if parent in own
    }
    return picture("LR", boxes, {(start, end) for start, end in arrows if start != end})


def tables_read(manifest: dict, area: str) -> list[str]:
    """What an area reads of other areas, as `area.table`; staging is left out."""
    nodes = manifest["nodes"]
    return sorted(
        {
            f"{layer_of(nodes[parent])}.{nodes[parent]['name']}"
            for child, parents in parents_of(manifest).items()
            for parent in parents
            if layer_of(nodes[child]) == area
            and parent.startswith("model.")
            and layer_of(nodes[parent]) not in {area, "staging"}
        }
    )


def wrapped(words: list[str], width: int = 116) -> str:
    """Words joined by blanks, in lines of at most `width` characters."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines)


def area_section(manifest: dict, area: str) -> str:
    """Heading, what the area reads of others, and its picture."""
    read = tables_read(manifest, area)
    names = ", ".join(f"`{name}`" for name in read)
    sentence = f"Reads staging and, of other areas, {names}." if read else "Reads staging only."
    return f"### {area}\n\n{wrapped(sentence.split())}\n\n{area_picture(manifest, area)}"


def drawn(page: str, manifest: dict) -> str:
    """The page with its pictures drawn again between the markers."""
    parts = {
        "way": way_of_the_data(manifest),
        "areas": "\n\n".join(area_section(manifest, area) for area in areas_of(manifest)),
    }
    for name, text in parts.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, rest = page.split(start)
        page = f"{before}{start}\n{text}\n{end}{rest.split(end)[1]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8"), read_manifest()), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PROJECT)} is drawn again.\n")
