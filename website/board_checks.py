"""What is wrong with a board, said in one line: file, card, column, value, and what to do."""

import copy
import difflib
import functools
import json
import pathlib
import re

import charts
import duckdb
import jinja2
import yaml
from published import Published, refs

UNITS = ("money", "share", "points", "change", "ratio", "count", "month")
TONES = ("good", "warn", "bad")
FILTERS = ("brand", "period")
BOARD_KEYS = ("title", "about", "restricted", "filters", "cards")
CARD_KEYS = (
    "title",
    "about",
    "empty",
    "chart",
    "roles",
    "unit",
    "columns",
    "sql",
    "metric",
    "size",
    "colors",
    "total",
    "needs",
)
# Of a column the keys that name another column of the query.
HELPERS = ("korean", "link", "unit_of", "low", "high")
COLUMN_KEYS = ("en", "ko", "unit", "values", "tones", "sentences", *HELPERS)
TILE_KEYS = ("en", "ko", "unit", "note", "note_korean")
KINDS_OF_CARDS = {"metrics": ("metrics",), "tiles": ("tiles", "sql", "needs")}
# Shares are decimals: a sum of parts may miss 1 by this much.
NEARLY = 1e-9


class WrongBoard(Exception):
    """What is wrong with a board's file, and where."""


class _Loader(yaml.SafeLoader):
    """YAML in which a key stands once: PyYAML itself takes the last of two without a word."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict:
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key.value} stands twice", key.start_mark
            )
        seen.add(key.value)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@functools.cache
def _parsed(text: str) -> object:
    """What a text says in YAML. The checks and several pages read each board: it is parsed once."""
    return yaml.load(text, Loader=_Loader)


def read(file: pathlib.Path) -> dict:
    """The YAML of a board."""
    try:
        board = copy.deepcopy(_parsed(file.read_text(encoding="utf-8")))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise WrongBoard(f"{file.name}{place}: {error.problem}. Mend the YAML there.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WrongBoard(f"{file.name}: {one_line(error)}. Mend the file.") from None
    if not isinstance(board, dict):
        raise WrongBoard(f"{file.name} is no mapping. Begin it with title, about and cards.")
    return board


def one_line(error: Exception) -> str:
    """The first line of what a library says, which goes on with a picture of the place."""
    return " ".join(str(error).split("\n\n")[0].split()).rstrip(".")


def nearest(name: object, known) -> str:
    """What to write instead of a name that nobody knows."""
    known = sorted(map(str, known))
    close = difflib.get_close_matches(str(name), known, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"There is {', '.join(known[:20])}." if known else "There is none."


def check_keys(place: str, found: object, known) -> None:
    """Stops at what is no mapping, and at a key that nothing reads."""
    if not isinstance(found, dict):
        raise WrongBoard(f"{place} is {found!r}, no mapping. Write its keys: {', '.join(known)}.")
    for key in found:
        if key not in known:
            raise WrongBoard(f"{place}: nothing reads the key {key}. {nearest(key, known)}")


def check_languages(place: str, name: str, found: object) -> None:
    """A text has both languages."""
    for language in ("en", "ko"):
        text = found.get(language) if isinstance(found, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise WrongBoard(
                f"{place}: {name} has no {language}. Write it in both languages, {{en: …, ko: …}}."
            )


def check_name(place: str, name: str, value: object) -> None:
    """A name is a word."""
    if not isinstance(value, str) or not value.strip():
        raise WrongBoard(f"{place}: {name} is {value!r}. Write a name.")


def check_one_of(place: str, name: str, value: object, known) -> None:
    """A word is one of those that are known."""
    if value not in list(known):
        raise WrongBoard(
            f"{place}: {name} {value} is none of {', '.join(sorted(map(str, known)))}. Write one of them."
        )


def place_of(name: str, number: int, card: object) -> str:
    """Where a card stands, as messages say it."""
    title = card.get("title") if isinstance(card, dict) else None
    english = title.get("en") if isinstance(title, dict) else None
    return f"{name}, card {number}{f' ({english})' if english else ''}"


def check_board(board: dict, name: str) -> None:
    """The form of a board: all that can be said without its rows."""
    check_keys(name, board, BOARD_KEYS)
    check_languages(name, "title", board.get("title"))
    if "about" in board:
        check_languages(name, "about", board["about"])
    if not isinstance(board.get("restricted", False), bool):
        raise WrongBoard(f"{name}: restricted is {board['restricted']!r}. Write true or false.")
    filters = board.get("filters", [])
    if not isinstance(filters, list):
        raise WrongBoard(f"{name}: filters is {filters!r}, no list. Write [brand, period].")
    for each in filters:
        check_one_of(name, "the filter", each, FILTERS)
    if not isinstance(board.get("cards"), list) or not board["cards"]:
        raise WrongBoard(f"{name} has no cards. Add a list of them.")
    for number, card in enumerate(board["cards"], 1):
        check_card(place_of(name, number, card), card)


def check_card(place: str, card: dict) -> None:
    """The form of a card: metrics, tiles of a query, a chart or a table."""
    kind = next((kind for kind in KINDS_OF_CARDS if isinstance(card, dict) and kind in card), None)
    check_keys(place, card, KINDS_OF_CARDS[kind] if kind else CARD_KEYS)
    if kind == "metrics":
        if not isinstance(card["metrics"], list) or not card["metrics"]:
            raise WrongBoard(f"{place}: metrics is {card['metrics']!r}. Write a list of names.")
        for metric in card["metrics"]:
            check_name(place, "a metric", metric)
        return
    needs = card.get("needs", [])
    if not isinstance(needs, list) or not all(isinstance(table, str) for table in needs):
        raise WrongBoard(f"{place}: needs is {needs!r}. Write a list of raw tables.")
    if not isinstance(card.get("sql"), str) or not refs(card["sql"]):
        raise WrongBoard(
            f"{place}: its sql reads no table. Write select … from {{{{ ref('…') }}}}."
        )
    if kind == "tiles":
        check_columns(place, "tiles", card["tiles"], TILE_KEYS)
        return
    check_languages(place, "title", card.get("title"))
    for text in ("about", "empty"):
        if card.get(text) is not None:
            check_languages(place, text, card[text])
    if card.get("metric") is not None:
        check_name(place, "metric", card["metric"])
    check_one_of(place, "the size", card.get("size", "full"), ("half", "full"))
    check_one_of(place, "the unit", card.get("unit", "count"), UNITS)
    check_columns(place, "columns", card.get("columns"), COLUMN_KEYS)
    if card.get("chart"):
        check_one_of(place, "the chart", card["chart"], charts.KINDS)
        if not isinstance(card.get("roles"), dict):
            raise WrongBoard(f"{place} has no roles. Say which column is x, y and so on.")
        for role, column in card["roles"].items():
            if not isinstance(column, (str, int, float)):
                raise WrongBoard(
                    f"{place}: the role {role} is {column!r}. Write the name of a column."
                )
        for value, color in card.get("colors", {}).items():
            check_one_of(place, f"the colour of {value}", color, charts.themes()["light"]["colors"])
        if "colors" in card and "color" not in card["roles"]:
            raise WrongBoard(
                f"{place} has colors, and no role color. Say which column they are of."
            )
    elif "roles" in card:
        raise WrongBoard(f"{place} has roles, and no chart that plays them. Name the chart.")


def check_columns(place: str, name: str, columns: object, known: tuple[str, ...]) -> None:
    """Columns of a query, each with its names and its unit."""
    if not isinstance(columns, dict) or not columns:
        raise WrongBoard(f"{place} has no {name}. Name each column of the query, {{en: …, ko: …}}.")
    for column, about in columns.items():
        check_keys(f"{place}, column {column}", about, known)
        check_languages(f"{place}, column {column}", "its name", about)
        check_one_of(f"{place}, column {column}", "the unit", about.get("unit", "count"), UNITS)
        for key in set(about) & {*HELPERS, "note", "note_korean"}:
            check_name(f"{place}, column {column}", key, about[key])
        for key, wanted in (("values", "{value: [English, Korean]}"), ("tones", "{value: good}")):
            if not isinstance(about.get(key, {}), dict):
                raise WrongBoard(
                    f"{place}, column {column}: {key} is {about[key]!r}. Write {wanted}."
                )
        for value, tone in about.get("tones", {}).items():
            check_one_of(f"{place}, column {column}", f"the tone of {value}", tone, TONES)
        for value, names in about.get("values", {}).items():
            if not isinstance(names, list) or len(names) != 2 or not all(names):
                raise WrongBoard(
                    f"{place}, column {column}: the value {value} is called {names!r}. "
                    "Write it in both languages, [English, Korean]."
                )


def check_exposures(folder: pathlib.Path, project) -> None:
    """dbt knows each board that is written; the site leaves out what dbt does not know."""
    for file in sorted(folder.glob("*.yml")):
        if file.stem not in project.boards and file.stem not in project.switched_off:
            raise WrongBoard(
                f"{file.name} has no exposure in the build that is shown. Add one called {file.stem}, of type "
                "dashboard, to models/marts/<area>/_<area>__exposures.yml, and run make build."
            )


def check_names(board: dict, name: str, project) -> None:
    """Tables and metrics that a board names are there, or switched off; its tables are public."""
    for number, card in enumerate(board["cards"], 1):
        place = place_of(name, number, card)
        metrics = card.get("metrics") or ([card["metric"]] if card.get("metric") else [])
        for metric in metrics:
            if metric not in project.metrics and metric not in project.switched_off:
                raise WrongBoard(
                    f"{place}: there is no metric {metric}. {nearest(metric, project.metrics)}"
                )
        raw = [table.removeprefix("raw_") for table in project.tables if table.startswith("raw_")]
        for table in card.get("needs", []):
            if table not in raw:
                raise WrongBoard(
                    f"{place}: needs names the raw table {table}. {nearest(table, raw)}"
                )
        for table in refs(card.get("sql", "")):
            if table not in project.tables and table not in project.switched_off:
                public = [name for name, found in project.tables.items() if found["is_public"]]
                raise WrongBoard(f"{place}: there is no table {table}. {nearest(table, public)}")
            if table in project.tables and not project.tables[table]["is_public"]:
                raise WrongBoard(
                    f"{place}: {table} is not public, and boards read public tables only. "
                    "Read the public table that is made from it."
                )


def rows_of(place: str, sql: str, published: Published) -> tuple[list[str], list[dict]]:
    """The columns and rows of a card's query. A query that fails is told with its card."""
    try:
        found = published.connection.get_table_names(published.rendered(sql), qualified=True)
        for table in sorted(name.split(" AS ")[0].replace('"', "") for name in found):
            if not any(table.endswith(f".{name}") for name in refs(sql)):
                raise WrongBoard(
                    f"{place}: its sql reads {table} without ref(), which lineage does not see. "
                    f"Write {{{{ ref('{table.split('.')[-1]}') }}}}."
                )
        return published.query(sql)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise WrongBoard(
            f"{place}: its sql has an expression in {{{{ }}}} that fails: {one_line(error)}. "
            "Write {{ ref('<table>') }} with the name of one table."
        ) from None
    except (duckdb.Error, jinja2.TemplateError) as error:
        raise WrongBoard(f"{place}: its sql fails: {one_line(error)}. Mend the sql.") from None


def check_query(place: str, card: dict, names: list[str]) -> None:
    """The columns of the query are those that the card names; brand and roles of the drawing need no name."""
    columns = card["columns"]
    for column, about in columns.items():
        for key, wanted in (("", column), *((helper, about.get(helper)) for helper in HELPERS)):
            if wanted is not None and wanted not in names:
                said = f"{key} of {column} is" if key else "`columns` names"
                raise WrongBoard(
                    f"{place}: {said} {wanted}, which the query does not give. {nearest(wanted, names)}"
                )
    helpers = {about.get(key) for about in columns.values() for key in HELPERS}
    named = {
        "brand",
        card.get("total"),
        *columns,
        *helpers,
        *map(str, (card.get("roles") or {}).values()),
    }
    for name in names:
        if name not in named:
            raise WrongBoard(
                f"{place}: the query has the column {name}, which `columns` does not name. "
                "Name it {en: …, ko: …}, or leave it out of the select."
            )


def check_drawing(place: str, card: dict, spec: dict, names: list[str]) -> None:
    """Each column that the drawing reads is one of the query, and each role is one that the drawing plays."""
    known = charts.roles_of(card["chart"])
    for role, column in card["roles"].items():
        if role not in known:
            raise WrongBoard(
                f"{place}: the chart {card['chart']} has no role {role}. {nearest(role, known)}"
            )
        if column in fields_of(spec) and column not in names:
            raise WrongBoard(
                f"{place}: the role {role} is the column {column}, which the query does not give. "
                f"{nearest(column, names)}"
            )


def fields_of(spec: object) -> set[str]:
    """The columns that a Vega-Lite specification reads, as field or in an expression."""
    text = json.dumps(spec, ensure_ascii=False)
    return set(re.findall(r'"field": "([^"]*)"', text)) | set(
        re.findall(r"datum\['([^']*)'\]", text)
    )


def check_shares(place: str, columns: dict, rows: list[dict]) -> None:
    """A share lies between 0 and 1."""
    shares = [name for name, about in columns.items() if about.get("unit") == "share"]
    for number, row in enumerate(rows, 1):
        for name in shares:
            value = row.get(name)
            if value is not None and not (
                isinstance(value, (int, float)) and -NEARLY <= value <= 1 + NEARLY
            ):
                raise WrongBoard(
                    f"{place}: {name} is {value} in row {number}, and a share lies between 0 and 1. "
                    "Mend the sql, or give the column the unit points or ratio."
                )
