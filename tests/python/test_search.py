"""The search: BM25 against a count of its own, typing errors and Korean, what is deprecated, and golden queries."""

import json
import math
import os
import random
import string
import subprocess
import sys

import duckdb
import pytest
import search_quality
from search_quality import PROJECT, find, golden, measured, place_of_answer
from sklearn.feature_extraction.text import CountVectorizer

FIELDS = ("name", "label", "synonyms", "questions", "description", "columns", "owner")


@pytest.fixture(scope="module")
def of_manifest(parsed_manifest):
    """The index before any build."""
    return find.index_of_manifest(parsed_manifest)


@pytest.fixture(scope="module")
def of_warehouse(demo):
    """The index of the demo company's warehouse."""
    connection = find.index_of_warehouse(demo)
    assert connection is not None
    return connection


def names(connection, query: str) -> list[str]:
    return find.names_of(find.search(connection, query))


# BM25


def random_documents(seed: int) -> list[tuple[str, str, str]]:
    """Assets with texts in their fields: words that the search does not change, some of them often."""
    luck = random.Random(seed)
    words = ["".join(luck.choices("bcdfghjklmnop", k=3)) for _ in range(luck.randint(5, 40))]
    return [
        (f"asset {number}", field, " ".join(luck.choices(words, k=luck.randint(1, 25))))
        for number in range(luck.randint(2, 25))
        for field in FIELDS
        if luck.random() < 0.6
    ] + [("asset 0", "name", words[0])]


def index_of_documents(documents, weights) -> duckdb.DuckDBPyConnection:
    """The project's own index over other texts."""
    connection = duckdb.connect()
    connection.execute(
        "create table int_search_texts (asset_id varchar, field varchar, words varchar)"
    )
    connection.executemany("insert into int_search_texts values (?, ?, ?)", documents)
    connection.execute(
        "create table catalog_assets as select distinct asset_id from int_search_texts"
    )
    connection.execute("create table search_weights (part varchar, name varchar, weight double)")
    connection.executemany("insert into search_weights values (?, ?, ?)", weights)
    connection.execute("create table search_groups (word varchar, word_group varchar)")
    for model in find.CHAIN[3:6]:
        connection.execute(f"create table {model.stem} as {find.rendered(model)}")
    return connection


def counted_by_hand(documents, weights) -> dict[tuple[str, str], float]:
    """BM25F as in Robertson, Zaragoza and Taylor (2004), term by term; words are counted by scikit-learn."""
    constant = {(part, name): weight for part, name, weight in weights}
    texts: dict[tuple[str, str], list[str]] = {}
    for asset, field, words in documents:
        texts.setdefault((asset, field), []).append(words)
    places = sorted(texts)
    vectorizer = CountVectorizer(token_pattern=r"[a-z0-9]+")
    counts = vectorizer.fit_transform(" ".join(texts[place]) for place in places).toarray()
    terms = vectorizer.get_feature_names_out()
    assets = sorted({asset for asset, _ in places})
    lengths = {place: counts[number].sum() for number, place in enumerate(places)}
    usual = {
        field: sum(n for (_, other), n in lengths.items() if other == field)
        / sum(other == field for _, other in places)
        for field in {field for _, field in places}
    }
    found = {}
    for column, term in enumerate(terms):
        weighted = dict.fromkeys(assets, 0.0)
        for number, (asset, field) in enumerate(places):
            b = constant["length", field]
            norm = 1 - b + b * lengths[asset, field] / usual[field]
            weighted[asset] += constant["field", field] * counts[number, column] / norm
        with_term = sum(value > 0 for value in weighted.values())
        idf = math.log(1 + (len(assets) - with_term + 0.5) / (with_term + 0.5))
        k1 = constant["saturation", "k1"]
        for asset, value in weighted.items():
            if value > 0:
                found[term, asset] = idf * value * (k1 + 1) / (k1 + value)
    return found


@pytest.mark.parametrize(
    "seed", [*range(15), *(pytest.param(s, marks=pytest.mark.slow) for s in range(15, 200))]
)
def test_weights_are_those_of_bm25(seed):
    luck = random.Random(1000 + seed)
    weights = [("field", field, luck.choice([0.5, 1, 3])) for field in FIELDS]
    weights += [("length", field, luck.choice([0, 0.5, 0.75, 1])) for field in FIELDS]
    weights += [("saturation", "k1", luck.choice([0.5, 1.2, 4]))]
    documents = random_documents(seed)
    connection = index_of_documents(documents, weights)
    ours = {
        (term, asset): weight
        for term, asset, weight in connection.execute(
            "select term, asset_id, weight from search_terms where not starts_with(term, '=')"
        ).fetchall()
    }
    theirs = counted_by_hand(documents, weights)
    assert ours.keys() == theirs.keys()
    for key, weight in theirs.items():
        assert ours[key] == pytest.approx(weight, abs=5.0001e-4), key  # weights have three digits


# What is typed


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("orders", "orders"),
        ("ORDERS", "orders"),
        ("metric values", "metric_values"),
        ("core orders", "orders"),
        ("orders.revenue", "orders.revenue"),
        ("매출", "revenue"),
        ("매출은", "revenue"),
        ("매출이", "revenue"),
        ("매출을", "revenue"),
        ("revnue", "revenue"),
        ("ordres", "orders"),
        ("커호트", "retention_cohorts"),
    ],
)
def test_name_label_or_their_misspelling_is_first(of_warehouse, typed, first):
    assert names(of_warehouse, typed)[0] == first


def test_a_part_of_a_korean_word_finds_the_whole(of_manifest):
    """이탈 is in 이탈률 without a blank between."""
    found = find.search(of_manifest, "이탈")
    assert {"customer_churn_rate", "subscriber_churn_rate"} <= {hit["shown_name"] for hit in found}


def misspelt(word: str, luck: random.Random) -> str:
    """A word with one letter added, left out, exchanged, or swapped with the next."""
    place = luck.randrange(len(word) - 1)
    head, letter, tail = word[:place], word[place], word[place + 1 :]
    other = luck.choice(string.ascii_lowercase)
    return luck.choice(
        [
            head + other + letter + tail,
            head + tail,
            head + other + tail,
            head + tail[0] + letter + tail[1:],
        ]
    )


def test_one_wrong_letter_still_finds(of_manifest):
    """Of words that no ending hides. A misspelling that is another word finds that one."""
    luck = random.Random(5)
    known = {
        term: asset
        for term, asset in of_manifest.execute(
            "select term, min(asset_id) from search_terms where field = 'name' "
            "and regexp_full_match(term, '[a-z]{6,}[^aeiousydgx]') group by term order by term"
        ).fetchall()
    }
    all_terms = {
        row[0] for row in of_manifest.execute("select distinct term from search_terms").fetchall()
    }
    tried = 0
    for term, asset in luck.sample(sorted(known.items()), 20):
        typed = misspelt(term, luck)
        if typed in all_terms or find.search(of_manifest, typed) == []:
            # Its last letters may have become an ending: then the rest must be known, or nothing is.
            assert typed in all_terms or typed[-1] in "eygds", typed
            continue
        tried += 1
        assert asset in {hit["asset_id"] for hit in find.search(of_manifest, typed)}, typed
    assert tried >= 10


@pytest.mark.parametrize(
    "query", ["", "   ", "?!", "the of", "의", "%_'\"\\", "🙂", "a" * 3000, "가" * 500]
)
def test_any_query_has_an_answer_or_none(of_manifest, query):
    assert isinstance(find.search(of_manifest, query), list)


def test_every_hit_says_why(of_warehouse):
    for query in ("churn", "매출", "who left us", "custmers"):
        for hit in find.search(of_warehouse, query):
            assert "in its" in hit["why"], hit


# What it is made of


def test_every_asset_of_the_project_is_there_before_and_after_a_build(of_manifest, of_warehouse):
    """The same SQL, from the manifest and by dbt: the same terms for the same assets."""
    sql = """
        select term, asset_id, field from search_terms
        where asset_id in (select asset_id from catalog_assets where node_id is not null)"""
    before, after = (set(c.execute(sql).fetchall()) for c in (of_manifest, of_warehouse))
    assert len(before) > 40_000
    assert {row[:2] for row in before} == {row[:2] for row in after}
    counts = (
        "select asset_id, downstream_count from catalog_assets where asset_id = node_id order by 1"
    )
    assert of_manifest.execute(counts).fetchall() == of_warehouse.execute(counts).fetchall()


def test_catalog_holds_what_the_warehouse_adds(demo):
    with duckdb.connect(str(demo), read_only=True) as warehouse:
        found = dict(
            warehouse.execute(
                "select kind, count(*) from catalog.catalog_assets group by 1"
            ).fetchall()
        )
        expected = {
            "experiment": "select count(*) from staging.stg_experiments__experiments",
            "feature": "select count(*) from reference.features",
        }
        for kind, sql in expected.items():
            assert found[kind] == warehouse.execute(sql).fetchone()[0] > 0, kind
        views = warehouse.execute(
            """
            select count(*)
            from catalog.catalog_assets as assets
            inner join staging.stg_bi__dashboards as boards on assets.asset_id = 'dashboard.' || boards.dashboard_id
            cross join staging.as_of
            where
                assets.view_count is distinct from (
                    select count(*) from staging.stg_bi__dashboard_views as views
                    where
                        views.dashboard_id = boards.dashboard_id
                        and cast(views.viewed_at as date) <= as_of_date
                        and cast(views.viewed_at as date) > as_of_date - 90
                )
                or assets.trust is distinct from case
                    when boards.certified_until >= as_of_date then 'certified'
                    when boards.certified_until is not null then 'lapsed' else 'open' end"""
        ).fetchone()[0]
        assert views == 0


def test_no_views_delivered_is_unknown_not_unused():
    connection = duckdb.connect()
    connection.execute(
        """
        create table project_nodes as select 'model.orders' as node_id, 'orders' as node_name, 'model' as node_kind;
        create table stg_bi__dashboards as select 'd1' as dashboard_id;
        create table stg_bi__dashboard_sources as
            select unnest(['d1', 'd1', 'gone']) as dashboard_id, unnest(['orders', 'nothing', 'orders']) as model_name;
        create table stg_bi__dashboard_views (dashboard_id varchar, viewed_at timestamp);
        create table as_of as select date '2026-01-31' as as_of_date"""
    )
    model = find.ROOM / "intermediate" / "assets" / "int_board_view_counts.sql"
    sql = find.rendered(model, as_of=lambda: "as_of")
    assert connection.execute(sql).fetchall() == []
    connection.execute(
        """
        insert into stg_bi__dashboard_views values
        ('d1', '2026-01-31 23:00'), ('d1', '2025-10-01 10:00'), ('d1', '2026-02-01 10:00'), ('gone', '2026-01-30')"""
    )
    assert sorted(connection.execute(sql).fetchall()) == [("dashboard.d1", 1), ("model.orders", 1)]


# What is deprecated


def test_deprecated_is_never_among_the_first_three(parsed_manifest, of_manifest):
    """The first answer of one golden query in four becomes deprecated, each by what was second."""
    manifest = json.loads(json.dumps(parsed_manifest))
    nodes = manifest["nodes"] | manifest["metrics"] | manifest["exposures"]
    gone = set()
    for number, row in enumerate(golden()[::4]):
        hits = [hit for hit in find.search(of_manifest, row["query"]) if hit["asset_id"] in nodes][
            :2
        ]
        if len(hits) == 2 and hits[1]["asset_id"] not in gone:
            old = nodes[hits[0]["asset_id"]]
            if number % 2 and old.get("resource_type") == "model":
                old["deprecation_date"] = "2026-01-01T00:00:00+00:00"
            else:
                old["config"]["meta"]["deprecated_by"] = hits[1]["shown_name"]
            gone.add(hits[0]["asset_id"])
    after = find.index_of_manifest(manifest)
    assert len(gone) > 10
    for row in golden()[::4]:
        found = find.search(after, row["query"])
        for hit in found[:3]:
            assert not hit["is_deprecated"] or hit["place"] > 3, row["query"]
        old_names = {hit["shown_name"] for hit in found if hit["is_deprecated"]}
        live = {hit["shown_name"] for hit in found if not hit["is_deprecated"]}
        assert not (old_names - live) & set(find.names_of(found)[:3]), row["query"]


def test_what_replaces_something_is_found_by_its_name(parsed_manifest):
    manifest = json.loads(json.dumps(parsed_manifest))
    manifest["nodes"]["model.groundwork.spend_ranks"]["config"]["meta"]["deprecated_by"] = (
        "customers"
    )
    connection = find.index_of_manifest(manifest)
    found = find.search(connection, "spend_ranks")
    assert found[0]["shown_name"] == "customers"
    last = next(hit for hit in found if hit["asset_id"] == "model.groundwork.spend_ranks")
    assert "deprecated, see customers" in last["why"] and last["place"] > 3
    assert "spend_ranks" not in names(connection, "spend_ranks")[:3]


# The terminal


def run_find(database, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(PROJECT / "tools" / "find.py"), *arguments],
        env=os.environ | {"GROUNDWORK_DB": str(database)},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def test_terminal_prints_names_and_keeps_what_it_does_not_find(demo, tmp_path):
    database = tmp_path / "warehouse.duckdb"
    database.symlink_to(demo)
    done = run_find(database, "--query", "orders", "--names", "1")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "orders" and len(lines) == len(set(lines)) and done.stderr == ""
    for _ in range(2):
        done = run_find(database, "--query", "qqqq, zzzz")
        assert done.returncode == 1 and "Nothing is called" in done.stderr and done.stdout == ""
    kept = run_find(database, "--gaps", "1").stdout.split(maxsplit=2)
    assert kept[0] == "2" and kept[2].strip() == "qqqq, zzzz"
    assert run_find(database).returncode == 2


@pytest.mark.slow
def test_terminal_finds_before_any_build(tmp_path):
    done = run_find(
        tmp_path / "none" / "warehouse.duckdb", "--query", "who left us", "--names", "1"
    )
    assert done.returncode == 0, done.stderr
    assert "customers_churned" in done.stdout.splitlines()[:3]
    assert not (tmp_path / "none" / "warehouse.duckdb").exists()


# How well it answers


def test_no_golden_query_comes_twice():
    queries = [row["query"] for row in golden()]
    assert len(queries) == len(set(queries)) == 250


def test_golden_queries_expect_what_there_is(of_warehouse):
    known = {
        row[0] for row in of_warehouse.execute("select shown_name from search_assets").fetchall()
    }
    assert {name for row in golden() for name in row["expected"].split()} <= known


@pytest.mark.parametrize(
    ("index", "half", "least_rank", "least_first_three"),
    [
        ("of_warehouse", "tuning", 0.85, 0.95),
        # The aim is as high, and was missed (docs/decisions/0322): what was reached is not to be lost.
        ("of_warehouse", "unseen", 0.78, 0.88),
        pytest.param("of_manifest", "tuning", 0.85, 0.95, marks=pytest.mark.slow),
        pytest.param("of_manifest", "unseen", 0.78, 0.88, marks=pytest.mark.slow),
    ],
)
def test_golden_queries_are_answered(
    index, half, least_rank, least_first_three, request, golden_hits
):
    connection = request.getfixturevalue(index)
    own = [row for row in golden() if row["half"] == half]

    def found(query: str) -> list[str]:
        if index == "of_warehouse":
            return find.names_of(golden_hits[query])
        return names(connection, query)

    ours = [place_of_answer(found(row["query"]), row["expected"]) for row in own]
    rank, first_three, _ = measured(ours)
    assert rank >= least_rank, rank
    assert first_three >= least_first_three, first_three
    plain = [
        place_of_answer(
            search_quality.by_substring(connection, row["query"], every_word=True), row["expected"]
        )
        for row in own
    ]
    assert measured(plain)[0] < rank - 0.3
