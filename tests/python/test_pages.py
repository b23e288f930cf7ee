"""Pages that are made from the project say what the project is: `make pages` writes them again."""

import re
import sys

from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))
import architecture
import codeowners


def test_architecture_is_that_of_the_project(parsed_manifest):
    page = architecture.PAGE.read_text(encoding="utf-8")
    assert page == architecture.drawn(page, parsed_manifest), "run make pages"


def test_pictures_can_be_read(parsed_manifest):
    """A picture has a box for each area, table or room, and no more than fit on a screen."""
    assert architecture.areas_of(parsed_manifest)[0] == "core"
    for area in architecture.areas_of(parsed_manifest):
        boxes = re.findall(r"^    \w+[\[(]", architecture.area_picture(parsed_manifest, area), re.M)
        assert 1 < len(boxes) <= 30, area


def model(name, path, *parents):
    return {
        "name": name,
        "unique_id": f"model.groundwork.{name}",
        "resource_type": "model",
        "original_file_path": path,
        "depends_on": {"nodes": [f"model.groundwork.{parent}" for parent in parents]},
    }


def test_rooms_are_folders_of_intermediate():
    nodes = [
        model("int_days", "models/marts/core/intermediate/visits/int_days.sql"),
        model("int_visits", "models/marts/core/intermediate/visits/int_visits.sql", "int_days"),
        model("int_prices", "models/marts/core/intermediate/int_prices.sql"),
        model("visits", "models/marts/core/visits.sql", "int_visits", "int_prices"),
    ]
    drawn = architecture.area_picture({"nodes": {n["unique_id"]: n for n in nodes}}, "core")
    assert drawn.splitlines()[2:-1] == [
        '    room_helpers["helpers<br>1 step"]',
        '    room_visits["visits<br>2 steps"]',
        "    visits([visits])",
        "    room_helpers --> visits",
        "    room_visits --> visits",
    ]


def test_links_lead_somewhere():
    """Every page and picture that a document links to is there."""
    for path in [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_readme_shows_a_board():
    assert 10_000 < (PROJECT / "docs/images/board.png").stat().st_size < 200_000


def test_codeowners_are_the_owners_of_the_groups(parsed_manifest):
    written = codeowners.FILE.read_text(encoding="utf-8")
    assert written == codeowners.codeowners(parsed_manifest), "run make pages"
    for area in ("growth", "experiments", "lifecycle", "care"):
        assert f"/models/marts/{area}/" in written
    for line in written.splitlines():
        if not line.startswith("#"):
            assert re.fullmatch(r"\S+ +\S+@\S+", line)
