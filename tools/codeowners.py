"""The file .github/CODEOWNERS, made from the groups and exposures of the project: who owns a folder
of models owns its tests too. `make pages` writes it; tests/python/test_pages.py holds it."""

import sys
from pathlib import PurePath

from manifest import PROJECT, area_of, nodes_of, read_manifest

FILE = PROJECT / ".github" / "CODEOWNERS"
HEAD = """# Made by `make pages` from the groups and exposures of the project: change owners there.
# The last line that matches a file decides.
"""


def owners(manifest: dict) -> dict[str, str]:
    """For each path the e-mail of its owner; `*` is the owner of core."""
    emails = {group["name"]: group["owner"]["email"] for group in manifest["groups"].values()}
    paths = {"*": emails["core"]}
    for model in nodes_of(manifest, "model"):
        if model["group"] == "core":
            continue
        parts = PurePath(model["original_file_path"]).parts
        folder = "/".join(parts[: 3 if parts[1] == "marts" else 2])
        paths[f"/{folder}/"] = emails[model["group"]]
        if (PROJECT / "tests/reconcile" / area_of(model)).is_dir():
            paths[f"/tests/reconcile/{area_of(model)}/"] = emails[model["group"]]
    for exposure in manifest["exposures"].values():
        board = PROJECT / "dashboards" / f"{exposure['name']}.yml"
        if board.exists() and exposure["owner"].get("email"):
            paths[f"/dashboards/{board.name}"] = exposure["owner"]["email"]
    return paths


def codeowners(manifest: dict) -> str:
    """The text of CODEOWNERS."""
    paths = owners(manifest)
    width = max(map(len, paths))
    return HEAD + "".join(f"{path.ljust(width)}  {paths[path]}\n" for path in sorted(paths))


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(codeowners(read_manifest()), encoding="utf-8")
    sys.stdout.write(f"{FILE.relative_to(PROJECT)} is written again.\n")
