"""The rules of the project, each a plain function: from the project to the objects it looked at, each with what is
wrong with it, or None. Exceptions stand in seeds/reference/rule_exceptions.csv, each with its reason; the rules that
dbt-bouncer has are in dbt-bouncer.yml."""

import ast
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))
sys.path.insert(0, str(PROJECT / "website"))
import boards
from contracts import CLASSES, DIRECT
from personal_columns import suggested_by

Findings = Iterator[tuple[str, str | None]]


@dataclass(frozen=True)
class Project:
    """What dbt understood (the manifest) and what is written (path below the project: text)."""

    manifest: dict
    files: dict[str, str]

    def nodes(self, resource_type: str) -> list[dict]:
        nodes = self.manifest["nodes"].values()
        return [node for node in nodes if node["resource_type"] == resource_type]

    @property
    def models(self) -> list[dict]:
        return self.nodes("model")

    @property
    def raw_seeds(self) -> list[dict]:
        return [seed for seed in self.nodes("seed") if seed["name"].startswith("raw_")]

    @property
    def public_models(self) -> list[dict]:
        return [model for model in self.models if model["access"] == "public"]


def read_files(folder: Path) -> dict[str, str]:
    """The project's own text: models, macros, tests, analyses, boards and reference seeds."""
    paths = [
        path
        for pattern in (
            "models/**/*.*",
            "macros/**/*.sql",
            "tests/**/*.sql",
            "analyses/**/*.sql",
            "dashboards/*.yml",
            "seeds/reference/rule_exceptions.csv",
        )
        for path in folder.glob(pattern)
    ]
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(paths)
        if path.suffix in {".sql", ".py", ".yml", ".csv"} and "__pycache__" not in path.parts
    }


def area_of(node: dict) -> str:
    """staging, vault, metrics, or the area of a mart: the folder it is in."""
    parts = Path(node["original_file_path"]).parts
    return parts[2] if parts[1] == "marts" else parts[1]


def is_metric_part(model: dict) -> bool:
    """Whether the model is an area's part of metric_values or of morning_report."""
    parts = Path(model["original_file_path"]).parts
    names = {f"{parts[2]}_metric_values.sql", f"{parts[2]}_morning_lines.sql"}
    return parts[1:2] == ("marts",) and parts[3:4] == ("metrics",) and set(parts[4:]) <= names


def grains(project: Project) -> dict[str, list[tuple[str, ...]]]:
    """The tested keys of each model: unique_key, or unique and not_null of one column."""
    keys, seen = defaultdict(list), defaultdict(set)
    for test in project.nodes("test"):
        kind = (test.get("test_metadata") or {}).get("name")
        config = test["config"]
        if not test.get("attached_node") or config["severity"] != "error" or config.get("where"):
            continue
        if kind == "unique_key":
            columns = test["test_metadata"]["kwargs"]["columns"]
            keys[test["attached_node"]].append(tuple(sorted(columns)))
        elif kind in {"unique", "not_null"}:
            column = (test["attached_node"], test["column_name"])
            seen[column].add(kind)
            if len(seen[column]) == 2:
                keys[column[0]].append((column[1],))
    return keys


def only_staging_reads_raw(project: Project) -> Findings:
    """Raw is read by staging, and by the vault, which holds what staging leaves out."""
    for model in project.models:
        raw = [n for n in model["depends_on"]["nodes"] if n.startswith("seed.groundwork.raw_")]
        if area_of(model) in {"staging", "vault"}:
            continue
        yield model["name"], f"reads {', '.join(raw)}" if raw else None


def staging_is_one_to_one(project: Project) -> Findings:
    """Each staging model reads the raw table that it is named after, and each raw table has one."""
    models = {model["name"]: model for model in project.models}
    for seed in project.raw_seeds:
        name = seed["name"].removeprefix("raw_")
        validated = models.get(f"validated_{name}", {"depends_on": {"nodes": []}})
        staged = models.get(f"stg_{name}", {"depends_on": {"nodes": []}})
        is_read = seed["unique_id"] in validated["depends_on"]["nodes"]
        is_shown = validated.get("unique_id") in staged["depends_on"]["nodes"]
        wrong = None if is_read else f"no validated_{name} reads it"
        yield seed["name"], wrong or (None if is_shown else f"no stg_{name} shows what is staged")
    for name in models:
        if (
            name.startswith("stg_")
            and f"seed.groundwork.raw_{name[4:]}" not in project.manifest["nodes"]
        ):
            yield name, "there is no raw table of that name"


def areas_meet_at_public_models(project: Project) -> Findings:
    """A model reads its own area, staging, and public models of core or of other areas; core reads no other area."""
    nodes = project.manifest["nodes"]
    for model in project.models:
        own_area, wrong = area_of(model), []
        if is_metric_part(model):
            own_area = "metrics"
        if own_area in {"staging", "vault"}:
            allowed = {"staging", "vault"} if own_area == "vault" else {"staging"}
        elif own_area == "core":
            allowed = {"staging", "core"}
        else:
            allowed = None
        for parent in (nodes[n] for n in model["depends_on"]["nodes"] if n.startswith("model.")):
            area = "metrics" if is_metric_part(parent) else area_of(parent)
            if area == own_area:
                continue
            if allowed is not None and area not in allowed:
                wrong.append(f"reads {parent['name']} of {area}")
            elif area == "vault":
                wrong.append(f"reads {parent['name']} of the vault")
            elif area != "staging" and parent["access"] != "public":
                wrong.append(f"reads {parent['name']}, which is private to {area}")
        yield model["name"], "; ".join(wrong) or None


def helpers_are_private(project: Project) -> Findings:
    """int_ models are private and lie in intermediate/; every other model of a mart or of metrics is public, but for
    the areas' parts of metric_values and morning_report, which these alone read."""
    for model in project.models:
        if area_of(model) in {"staging", "vault"}:
            continue
        is_helper = model["name"].startswith("int_")
        expected = "private" if is_helper else "public"
        if is_metric_part(model):
            expected = "protected"
        is_in_folder = "intermediate" in Path(model["original_file_path"]).parts
        wrong = None if model["access"] == expected else f"is {model['access']}, not {expected}"
        if is_helper != is_in_folder and area_of(model) != "metrics":
            wrong = "int_ models, and only those, lie in intermediate/"
        yield model["name"], wrong


def models_have_a_grain_test(project: Project) -> Findings:
    """A description says what one row is; a test proves it. Of two equal raw rows both are validated."""
    keys = grains(project)
    for model in project.models:
        if model["name"].startswith("validated_"):
            continue
        tested = keys.get(model["unique_id"])
        yield model["name"], None if tested else "has neither unique_key nor unique and not_null"


def tables_say_what_a_row_is(project: Project) -> Findings:
    """The description of every seed opens with its grain (dbt-bouncer asks the same of models)."""
    for seed in project.nodes("seed"):
        opens = seed["description"].strip().startswith("One row")
        yield seed["name"], None if opens else "its description does not open with 'One row'"


def models_have_an_owner(project: Project) -> Findings:
    """The group of a model names somebody."""
    owners = {group["name"]: group["owner"] for group in project.manifest["groups"].values()}
    for model in project.models:
        owner = owners.get(model["group"]) or {}
        has_owner = owner.get("name") and owner.get("email")
        yield model["name"], None if has_owner else f"its group, {model['group']}, has no owner"


def truths_are_told_once(project: Project) -> Findings:
    """No two models claim the same entity (meta.truth_of) at the same grain; no two tables share an entity's key."""
    keys = grains(project)
    claims = defaultdict(set)
    for model in project.models:
        entity = model["config"]["meta"].get("truth_of")
        if not entity:
            continue
        for key in keys.get(model["unique_id"]) or [()]:
            claims[(entity, key)].add(model["name"])
        others = {
            other for key in keys.get(model["unique_id"]) or [()] for other in claims[(entity, key)]
        }
        rivals = sorted(others - {model["name"]})
        wrong = f"{', '.join(rivals)} claims to be the truth of {entity} too" if rivals else None
        yield (
            model["name"],
            wrong or (None if model["access"] == "public" else "a table of truth is public"),
        )


def entities_have_one_table(project: Project) -> Findings:
    """An entity of the semantic layer is primary in one table only, and every table can be grouped by brand."""
    primary = defaultdict(list)
    for semantic_model in project.manifest["semantic_models"].values():
        entities = semantic_model["entities"]
        for entity in entities:
            if entity["type"] == "primary":
                primary[entity["name"]].append(semantic_model["name"])
        by_brand = any(e["name"] == "brand" for e in entities)
        yield semantic_model["name"], None if by_brand else "has no entity called brand"
    for entity, tables in primary.items():
        yield entity, f"is primary in {', '.join(tables)}" if len(tables) > 1 else None


def formula(metric: dict) -> str:
    """What a metric computes, whatever it is called."""
    params = metric["type_params"]
    inputs = [
        (m["name"], m.get("filter"), m.get("offset_window"), m.get("offset_to_grain"))
        for m in [params["numerator"], params["denominator"], *(params["metrics"] or [])]
        if m
    ]
    parts = [
        metric["type"],
        re.sub(r"\s", "", str(params["expr"])),
        params["metric_aggregation_params"],
        params["window"],
        params["grain_to_date"],
        params["cumulative_type_params"],
        params["conversion_type_params"],
        inputs,
        metric["filter"],
    ]
    return repr(parts)


def metrics_are_defined_once(project: Project) -> Findings:
    """No two metrics have one formula or one label."""
    formulas, labels = {}, {}
    for metric in project.manifest["metrics"].values():
        twin = formulas.setdefault(formula(metric), metric["name"])
        namesake = labels.setdefault(str(metric["label"]).casefold(), metric["name"])
        rival = twin if twin != metric["name"] else namesake
        yield metric["name"], None if rival == metric["name"] else f"is {rival} under another name"


def metrics_say_what_they_are(project: Project) -> Findings:
    """Label, description, owner, unit, direction, certified, and the label in Korean."""
    for metric in project.manifest["metrics"].values():
        meta = metric["config"]["meta"]
        missing = [key for key in ("label", "description") if not metric[key]]
        missing += [key for key in ("owner", "label_ko") if not meta.get(key)]
        if meta.get("unit") not in {"money", "count", "share", "ratio", "days", "hours", "seconds"}:
            missing.append("unit")
        if meta.get("direction") not in {"up", "down"}:
            missing.append("direction")
        if not isinstance(meta.get("certified"), bool):
            missing.append("certified")
        yield metric["name"], f"lacks {', '.join(missing)}" if missing else None


def cumulative_metrics_take_the_last_day(project: Project) -> Findings:
    """MetricFlow takes the first day of a week or month unless it is told otherwise."""
    for metric in project.manifest["metrics"].values():
        if metric["type"] == "cumulative":
            period_agg = (metric["type_params"]["cumulative_type_params"] or {}).get("period_agg")
            wrong = f"period_agg is {period_agg}, not last"
            yield metric["name"], None if period_agg == "last" else wrong


def no_personal_data_in_marts(project: Project) -> Findings:
    """No column of a mart or of metrics is tagged personal, or bears the name of a raw column that is."""
    personal = {
        column["name"]
        for seed in project.raw_seeds
        for column in seed["columns"].values()
        if column["config"]["meta"].get("pii") in DIRECT
    }
    for model in project.models:
        if area_of(model) in {"staging", "vault"}:
            continue
        for column in model["columns"].values():
            pii = column["config"]["meta"].get("pii", "none")
            tagged = pii in DIRECT or "pii" in column.get("tags", [])
            wrong = bool(personal) and (tagged or column["name"] in personal)
            yield f"{model['name']}.{column['name']}", "is personal data" if wrong else None


def personal_columns_have_a_class(project: Project) -> Findings:
    """A raw column whose name suggests something personal says its class, or `none`; a class is one of the list."""
    for seed in project.raw_seeds:
        for name, column in seed["columns"].items():
            pii, suggested = column["config"]["meta"].get("pii"), suggested_by(name)
            wrong = None
            if pii is None and suggested:
                wrong = f"sounds like {suggested}: give it meta pii, or pii: none"
            elif pii not in CLASSES | {None}:
                wrong = f"has the class {pii}, which is none of {', '.join(sorted(CLASSES))}"
            yield f"{seed['name']}.{name}", wrong


def public_tables_say_who_is_in_them(project: Project) -> Findings:
    """`disclosure` is nobody, persons, groups or open, and what is open leads to nobody and is measured."""
    measured = {
        read
        for model in project.models
        if model["name"] == "anonymity"
        for read in model["depends_on"]["nodes"]
    }
    leading = ids_of_persons(project)
    for model in project.public_models:
        if area_of(model) in {"staging", "vault"}:
            continue
        meta = model["config"]["meta"]
        kind = meta.get("disclosure")
        persons = sorted(name for name in model["columns"] if leads_to_a_person(name, leading))
        wrong = None
        if kind not in {"nobody", "persons", "groups", "open"}:
            wrong = f"has the disclosure {kind}: write nobody, persons, groups or open"
        elif (kind == "persons") != bool(persons):
            wrong = (
                f"has {persons[0]}: write disclosure: persons"
                if persons
                else "has no column that leads to a person: write disclosure: groups or open"
            )
        elif kind == "open" and not (meta.get("quasi_identifiers") or meta.get("small_cells")):
            wrong = "is open: declare quasi_identifiers, or small_cells"
        elif meta.get("quasi_identifiers") and model["unique_id"] not in measured:
            wrong = "has quasi_identifiers: add it to privacy.anonymity"
        elif meta.get("small_cells") and not measured & {*model["depends_on"]["nodes"]}:
            wrong = "has small_cells: add the cells that it is made of to privacy.anonymity"
        yield model["name"], wrong


# What an id is called by that leads to a person, and the columns that are such without being called an id.
PERSONS = {"anonymous", "customer", "device", "entity", "patient", "person", "session", "subject"}
PERSONS |= {"unit", "user", "viewer", "visitor"}


def leads_to_a_person(column: str, keys: set[str]) -> bool:
    """Whether a column is the id of a person, or of what is one person's alone."""
    return column in keys or (
        column.endswith("_id") and column.removesuffix("_id").split("_")[-1] in PERSONS
    )


def ids_of_persons(project: Project) -> set[str]:
    """The keys of raw tables whose rows lead to a person: an order, a payment, a reading."""
    keys: set[str] = set()
    while True:
        new = {
            key[0]
            for seed in project.raw_seeds
            if len(key := seed["config"]["meta"].get("key", [])) == 1
            and key[0] not in keys
            and any(leads_to_a_person(name, keys) for name in seed["columns"])
        }
        if not new:
            return keys
        keys |= new


def public_columns_are_described(project: Project) -> Findings:
    """Every column of a public model has a type and says what it holds."""
    for model in project.public_models:
        if not model["columns"]:
            yield model["name"], "lists no columns"
        for column in model["columns"].values():
            described = len(column["description"].strip()) > 3
            wrong = "has no description" if not described else None
            wrong = wrong or (None if column["data_type"] else "has no data_type")
            yield f"{model['name']}.{column['name']}", wrong


def names_match_folders(project: Project) -> Findings:
    """The folder of a model or seed follows from its name, and its schema from its folder."""
    for node in project.models + project.nodes("seed"):
        path, name = Path(node["original_file_path"]), node["name"]
        layer = area_of(node) if node["resource_type"] == "model" else path.parts[1]
        if node["resource_type"] == "seed":
            right = name.startswith("raw_") == (layer == "raw") and len(path.parts) == 3
        elif layer == "staging":
            system = path.parts[2]
            right = re.fullmatch(rf"(stg|validated)_{system}__\w+", name) or name == "known_rates"
        else:
            right = not re.match(r"(stg|validated|fct|dim|mart)_", name) and "__" not in name
        right = right and node["schema"] == layer
        yield name, None if right else f"does not belong in {path.parent}, schema {node['schema']}"


def exposures_use_public_models(project: Project) -> Findings:
    """A dashboard reads public models only, and says whose it is (dbt-bouncer asks the first too, but knows no zero)."""
    nodes = project.manifest["nodes"]
    for exposure in project.manifest["exposures"].values():
        parents = [n for n in exposure["depends_on"]["nodes"] if n.startswith(("model.", "seed."))]
        closed = [n for n in parents if nodes[n].get("access") != "public"]
        wrong = f"reads {', '.join(closed)}" if closed else None
        wrong = wrong or (None if parents else "reads nothing")
        wrong = wrong or (None if exposure["description"] else "has no description")
        yield exposure["name"], wrong or (None if exposure["owner"].get("name") else "has no owner")


def boards_of(project: Project) -> dict[str, dict]:
    """What is written in dashboards/, by the name of the board."""
    return {
        Path(path).stem: yaml.safe_load(text)
        for path, text in project.files.items()
        if path.startswith("dashboards/")
    }


def dashboards_of(project: Project) -> dict[str, dict]:
    """The exposures of type dashboard, by name."""
    exposures = project.manifest["exposures"].values()
    return {each["name"]: each for each in exposures if each["type"] == "dashboard"}


def boards_are_exposures(project: Project) -> Findings:
    """Each board has an exposure of its name, with its title in both languages as label, its page as url and the verb
    that builds it in the description; each exposure of type dashboard has a board."""
    written, exposures = boards_of(project), dashboards_of(project)
    for name in sorted(written.keys() | exposures.keys()):
        if name not in exposures:
            yield (
                name,
                f"dashboards/{name}.yml has no exposure of type dashboard: add {name} to the _<area>__exposures.yml of its area",
            )
            continue
        exposure = exposures[name]
        path = exposure["original_file_path"]
        if name not in written:
            yield name, f"{path} has the exposure {name}, and there is no dashboards/{name}.yml"
            continue
        title = written[name]["title"]
        folder = "restricted" if written[name].get("restricted") else "boards"
        wanted = {
            "url": (exposure["url"], f"../{folder}/{name}.html"),
            "label": (exposure["label"], title["en"]),
            "label_ko": (exposure["config"]["meta"].get("label_ko"), title["ko"]),
        }
        wrong = [
            f"{key} is {found!r}: write {right!r} in {path}, as in dashboards/{name}.yml"
            for key, (found, right) in wanted.items()
            if found != right
        ]
        if "make docs" not in exposure["description"]:
            wrong.append(f"its description does not say that make docs builds it: add it in {path}")
        yield name, "; ".join(wrong) or None


def boards_read_what_they_say(project: Project) -> Findings:
    """An exposure depends on the tables that its board's SQL and tiles of metrics read, and on no others."""
    exposures = dashboards_of(project)
    for name, board in boards_of(project).items():
        if name not in exposures:
            continue
        path = exposures[name]["original_file_path"]
        said = {node.split(".")[-1] for node in exposures[name]["depends_on"]["nodes"]}
        read = set(boards.tables_of(board))
        wrong = [
            f"{name} reads {table}: add ref('{table}') to depends_on of {name} in {path}"
            for table in sorted(read - said)
        ] + [
            f"{name} does not read {table}: take ref('{table}') out of depends_on of {name} in {path}"
            for table in sorted(said - read)
        ]
        yield name, "; ".join(wrong) or None


def boards_stay_in_their_area(project: Project) -> Findings:
    """A board reads tables of the area in whose folder its exposure lies, of core and of metrics, and of areas without
    which its area is off: a table of another area is missing where that is switched off."""
    nodes = project.manifest["nodes"]
    for name, exposure in dashboards_of(project).items():
        own = area_of(exposure)
        switch = str(exposure.get("unrendered_config", {}).get("enabled", ""))
        always = {own, "core", "metrics", *re.findall(r"'(\w+)' in var", switch)}
        read = [nodes[node] for node in exposure["depends_on"]["nodes"] if node in nodes]
        areas = {area_of(node) for node in read}
        wrong = [
            f"{name} reads {node['name']} of {area_of(node)}, which can be switched off while {own} is on: "
            f"show it on a board of {area_of(node)}, or move the exposure of {name} there"
            for node in read
            if area_of(node) not in always
        ]
        has_tables = any(area_of(model) == own for model in project.public_models)
        if not wrong and has_tables and own not in {*areas, "metrics"}:
            wrong = [f"{name} reads no table of {own}: move its exposure to the area that it reads"]
        yield name, "; ".join(wrong) or None


def returned_by(project: Project, macro: str):
    """The literal that a macro of macros/contract.sql returns."""
    text = project.files["macros/contract.sql"]
    body = text.split(f"macro {macro}()")[1].split("{% endmacro %}")[0]
    return ast.literal_eval(re.search(r"return\((.*)\)\s*}}", body, re.S)[1].strip())


def raw_tables_are_listed(project: Project) -> Findings:
    """The macro that lists raw tables, by which the vault counts their rows, names those of seeds/raw."""
    text = (
        project.files["macros/contract.sql"]
        .split("macro raw_tables()")[1]
        .split("{% endmacro %}")[0]
    )
    systems = ast.literal_eval(re.search(r"return\((.*)\)\s*}}", text, re.S)[1].strip())
    listed = {f"{system}__{table}" for system, tables in systems.items() for table in tables}
    seeds = {seed["name"].removeprefix("raw_") for seed in project.raw_seeds}
    for table in sorted(listed | seeds):
        places = {"raw_tables() in macros/contract.sql": listed, "seeds/raw": seeds}
        missing = [place for place, tables in places.items() if table not in tables]
        yield table, f"is missing in {', '.join(missing)}" if missing else None


def code_of(text: str) -> str:
    """SQL and Jinja without comments and without quoted text."""
    text = re.sub(r"{#.*?#}|--[^\n]*", " ", text, flags=re.S)
    return re.sub(r"'(?:[^']|'')*'", "''", text)


def only_dialect_knows_the_engine(project: Project) -> Findings:
    """Differences between engines are macros in macros/dialect.sql."""
    for path, text in project.files.items():
        if path.endswith((".sql", ".py")) and path != "macros/dialect.sql":
            found = re.search(
                r"target\.type|target\[|adapter\.type\(|adapter\.dispatch", code_of(text)
            )
            yield path, f"asks for the engine: {found[0]}" if found else None


CLOCK = (
    r"\bcurrent_(date|time|timestamp)\b|\b(now|today|getdate|localtimestamp|sysdate|transaction_timestamp)\s*\("
    r"|\blocaltime(stamp)?\b|run_started_at|modules\.datetime|datetime\.(now|today)|time\.time\(|run_moment\("
)


def no_model_reads_the_clock(project: Project) -> Findings:
    """The same raw data gives the same tables on any day: as_of is settled before the models run."""
    for path, text in project.files.items():
        if path.startswith("models/") and path.endswith((".sql", ".py")):
            found = re.search(CLOCK, code_of(text), re.I)
            yield path, f"reads the clock: {found[0]}" if found else None


ONE_ENGINE = (
    r"\bqualify\b|\*\s*exclude\b|\bgenerate_series\b|\bstrftime\b|\blist_\w+\s*\(|\bunnest\s*\(|\barg_(max|min)\b"
    r"|\bpivot\b|::|(?<![:/])//|\bdate_diff\s*\(|\bepoch(_ms)?\s*\("
)


def models_run_on_both_engines(project: Project) -> Findings:
    """DESIGN 7: staging and marts are written in the SQL that DuckDB and Spark share."""
    for path, text in project.files.items():
        if path.startswith(("models/staging/", "models/marts/", "models/vault/")) and path.endswith(
            ".sql"
        ):
            found = re.search(ONE_ENGINE, code_of(text), re.I)
            yield path, f"only DuckDB knows {found[0]}" if found else None


def macros_are_described(project: Project) -> Findings:
    """A macro that a model or test calls is described in macros/_macros.yml, each of its arguments too."""
    called = {
        name
        for node in project.manifest["nodes"].values()
        for name in node["depends_on"].get("macros", [])
    }
    for name, macro in project.manifest.get("macros", {}).items():
        if name not in called or macro["package_name"] != "groundwork":
            continue
        if macro["name"].startswith(("test_", "materialization_")):
            continue
        arguments = [a["name"] for a in macro["arguments"] if not a["description"]]
        wrong = f"does not describe {', '.join(arguments)}" if arguments else None
        yield macro["name"], wrong if macro["description"] else "has no description"


RULES: dict[str, Callable[[Project], Findings]] = {
    rule.__name__: rule
    for rule in (
        only_staging_reads_raw,
        staging_is_one_to_one,
        areas_meet_at_public_models,
        helpers_are_private,
        models_have_a_grain_test,
        tables_say_what_a_row_is,
        models_have_an_owner,
        truths_are_told_once,
        entities_have_one_table,
        metrics_are_defined_once,
        metrics_say_what_they_are,
        cumulative_metrics_take_the_last_day,
        no_personal_data_in_marts,
        personal_columns_have_a_class,
        public_tables_say_who_is_in_them,
        public_columns_are_described,
        names_match_folders,
        exposures_use_public_models,
        boards_are_exposures,
        boards_read_what_they_say,
        boards_stay_in_their_area,
        raw_tables_are_listed,
        only_dialect_knows_the_engine,
        no_model_reads_the_clock,
        models_run_on_both_engines,
        macros_are_described,
    )
}


def exceptions(project: Project) -> dict[tuple[str, str], str]:
    """(rule, object): the reason why the rule does not hold there."""
    rows = csv.DictReader(project.files["seeds/reference/rule_exceptions.csv"].splitlines())
    return {(row["rule"], row["object"]): row["reason"] for row in rows}


def violations(project: Project, rule: str) -> dict[str, str]:
    """Object: what is wrong with it. A rule that looked at nothing is itself at fault."""
    findings = list(RULES[rule](project))
    if not findings:
        return {"(nothing)": "the rule found nothing to look at"}
    return {name: wrong for name, wrong in findings if wrong}
