"""Every question leads to a public table, every public table to a question, and the pages say what the tables say."""

import copy
import sys

import pytest
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "docs"))
import questions

# What other tables are counted by; nobody asks for it by name.
HELPERS = {"dates", "metric_periods", "search_assets", "search_terms"}


@pytest.fixture(scope="module")
def manifest(parsed_manifest) -> dict:
    return parsed_manifest


def asked(manifest: dict) -> list[dict]:
    return [item for section in questions.sections(manifest) for item in section["questions"]]


def public_tables(manifest: dict) -> dict[str, set[str]]:
    return {
        node["name"]: set(node["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["access"] == "public"
    }


def test_every_question_is_answered_by_public_columns_and_known_metrics(manifest):
    public = public_tables(manifest)
    metrics = {metric["name"] for metric in manifest["metrics"].values()}
    assert len(asked(manifest)) >= 75
    for item in asked(manifest):
        assert item["table"] in public, f"{item['table']} is not a public table"
        assert set(item["columns"]) <= public[item["table"]], item
        assert item.get("metric", "") in metrics | {""}, item
        assert item["question"] and item["question_ko"] and item["about"], item


def test_every_public_table_answers_a_question(manifest):
    """A public table that no question leads to is not found by a newcomer."""
    found = {item["table"] for item in asked(manifest)}
    assert public_tables(manifest).keys() - found - HELPERS == set()


def test_the_pages_say_what_the_tables_say(manifest):
    found = questions.sections(manifest)
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert readme == questions.with_table(readme, found), "run make pages"
    page = (PROJECT / "docs" / "questions.md").read_text(encoding="utf-8")
    assert page == questions.page(found), "run make pages"


def test_twelve_questions_are_in_readme(manifest):
    assert sum(bool(item.get("in_readme")) for item in asked(manifest)) == 12


def test_a_question_that_changed_is_seen(manifest):
    changed = copy.deepcopy(manifest)
    orders = next(node for node in changed["nodes"].values() if node["name"] == "orders")
    orders["config"]["meta"]["questions"][0]["question"] = "What?"
    found = questions.sections(changed)
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert readme != questions.with_table(readme, found)
    assert "| What? |" in questions.page(found)


def test_readme_without_marks_is_left_alone(manifest):
    with pytest.raises(ValueError, match="has no <!-- questions"):
        questions.with_table("# Groundwork", questions.sections(manifest))
