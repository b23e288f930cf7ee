"""A .sql file of a raw folder: one select, in which read_export('<file>') is a reader of that file, all as text, and
the helpers of landing_values.py may be called. What is wrong with it is said with its line and a caret."""

import difflib
import json
import os
import pathlib
import re
from dataclasses import dataclass

import duckdb
import landing_values as values
from landing_files import (
    CSV_ADVICE,
    Assumption,
    Content,
    Options,
    Problem,
    as_name,
    content_of_export,
    files_meant,
    is_export,
    quoted,
)

ADVICE = "It must hold one select, over tables and files that DuckDB can read from the folder of the project."
# A word of SQL, or what must not be looked into: strings, quoted names, comments.
TOKEN = re.compile(
    r"""(?P<skip>[eE]?'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)|(?P<word>[A-Za-z_]\w*)""",
    re.DOTALL,
)
# A helper directly in try() is given what does not stop.
IN_TRY = re.compile(r"\btry\s*\(\s*(?:cast\s*\(\s*)*$", re.IGNORECASE)
ARGUMENTS = ("sheet", "skip", "delim", "encoding", "filename")


@dataclass(frozen=True)
class Select:
    """The text of a .sql file as DuckDB runs it, where its pieces come from, and which files it reads."""

    file: str
    text: str
    given: str
    pieces: tuple[tuple[int, int, int], ...]
    contents: tuple[tuple[str, Content], ...]

    def place_in_file(self, position: int) -> int:
        """The place in the file of a place in the text that is run."""
        for new, old, length in reversed(self.pieces):
            if position >= new:
                return old + min(position - new, length)
        return 0


def at(given: str, position: int) -> str:
    """The line of a text with a caret below a place in it."""
    position = min(position, len(given))
    start = given.rfind("\n", 0, position) + 1
    line = given[start:].partition("\n")[0]
    number = given.count("\n", 0, start) + 1
    column = position - start
    # A long line is shown around its place.
    first = max(0, column - 60)
    shown = line[first : first + 110]
    prefix = f"line {number}: "
    return f"\n  {prefix}{shown}\n  {' ' * (len(prefix) + column - first)}^\n"


def problem_at(file: str, given: str, position: int, what: str, advice: str) -> Problem:
    line = given.count("\n", 0, position) + 1
    return Problem(f"{file} cannot be read, line {line}: {what}{at(given, position)}{advice}")


def read_select(connection, file: str) -> Select:
    """The select of a .sql file, with every read_export and helper in place."""
    raw = pathlib.Path(file).read_bytes()
    try:
        given = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            given = raw.decode("cp949")
        except UnicodeDecodeError as error:
            raise Problem(f"{file} is not UTF-8 text: save it so.") from error
    end = _end_of_select(given)
    given_end = given[:end]
    text, pieces, contents, last = "", [], [], 0
    helpers = values.helpers().keys()
    position = 0
    while found := TOKEN.search(given_end, position):
        position = found.end()
        word = (found["word"] or "").lower()
        if word not in helpers and word != "read_export":
            continue
        after = re.match(r"\s*\(", given_end[found.end() :])
        before = given_end[: found.start()].rstrip()
        if not after or before.endswith("."):
            continue
        pieces.append((len(text), last, found.start() - last))
        text += given_end[last : found.start()]
        if word == "read_export":
            asked, last = _arguments(file, given, found.start(), found.end() + after.end())
            made = _reader_of(connection, file, given, found.start(), asked)
            contents += made[1]
            pieces.append((len(text), found.start(), 0))
            text += made[0]
            position = last
        else:
            pieces.append((len(text), found.start(), 0))
            tried = values.TRIED if IN_TRY.search(before) else ""
            text += f"{values.SCHEMA}.main.{tried}{word}"
            last = found.end()
    pieces.append((len(text), last, len(given_end) - last))
    text += given_end[last:]
    if f"{values.SCHEMA}.main." in text:
        values.register(connection)
    return Select(file, text, given, tuple(pieces), tuple(contents))


def _end_of_select(given: str) -> int:
    """Where a text ends without the semicolon and the comments that may follow its select."""
    found = re.search(r";\s*(?:(?:--[^\n]*(?:\n\s*|$))|(?:/\*.*?\*/\s*))*$", given, re.DOTALL)
    if not found:
        return len(given)
    # The semicolon may be inside a comment or a string.
    for token in TOKEN.finditer(given):
        if token["skip"] and token.start() <= found.start() < token.end():
            return len(given)
    return found.start()


def _arguments(file: str, given: str, start: int, position: int) -> tuple[dict, int]:
    """What is in the brackets of read_export, and where they end."""
    advice = (
        "Write read_export('<path>'), with sheet := 'name', skip := 2, delim := ';' or encoding := 'cp949' after it "
        "if need be."
    )
    asked, end = {}, None
    literal = re.compile(
        r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+))\s*(?P<end>[,)])", re.DOTALL
    )
    named = re.compile(r"\s*(?P<name>\w+)\s*(?::=|=>|=)", re.DOTALL)
    while end is None:
        name = "path"
        if asked:
            found = named.match(given, position)
            if not found:
                raise problem_at(
                    file, given, position, "read_export: an argument has no name.", advice
                )
            name = found["name"].lower()
            if name not in ARGUMENTS:
                close = difflib.get_close_matches(name, ARGUMENTS, 1, 0.5)
                hint = f" Did you mean {close[0]}?" if close else ""
                raise problem_at(
                    file,
                    given,
                    found.start("name"),
                    f"read_export has no argument {found['name']}.{hint}",
                    advice,
                )
            position = found.end()
        found = literal.match(given, position)
        if not found or (name == "path" and not found["text"]):
            raise problem_at(
                file,
                given,
                position,
                f"read_export: its {name} must be a text{' or a number' * (name != 'path')} as it is.",
                advice,
            )
        value = found["text"][1:-1].replace("''", "'") if found["text"] else int(found["number"])
        if name == "skip" and not isinstance(value, int):
            raise problem_at(
                file, given, position, "read_export: skip must be a number of lines.", advice
            )
        asked[name] = value
        position = found.end()
        end = position if found["end"] == ")" else None
    return asked, end


def _reader_of(connection, file: str, given: str, start: int, asked: dict) -> tuple[str, list]:
    """SQL that reads the files that read_export names, and their contents."""
    folder = os.path.dirname(os.path.abspath(file))
    files = files_meant(asked["path"], [folder, os.getcwd()])
    if not files:
        path = os.path.join(folder, asked["path"])
        near = os.path.dirname(path)
        there = sorted(
            each for each in (os.listdir(near) if os.path.isdir(near) else []) if is_export(each)
        )
        close = difflib.get_close_matches(os.path.basename(path), there, 3, 0.4)
        hint = (
            f"Did you mean {', '.join(close)}? "
            if close
            else f"{near} holds {', '.join(there[:8]) or 'no file that can be read'}. "
            if os.path.isdir(near)
            else f"There is no folder {near}. "
        )
        raise problem_at(
            file,
            given,
            start,
            f"there is no file '{asked['path']}'.",
            f"{hint}Paths are relative to {folder}, else to {os.getcwd()}.",
        )
    options = Options(
        asked.get("sheet"), asked.get("skip"), asked.get("delim"), asked.get("encoding")
    )
    if options.delim is not None:
        options = Options(
            options.sheet, options.skip, options.delim.replace("\\t", "\t"), options.encoding
        )
        if len(options.delim) != 1:
            raise problem_at(
                file,
                given,
                start,
                f"the separator '{options.delim}' is not one character.",
                "Write delim := ';'.",
            )
    selects, contents = [], []
    for each in files:
        try:
            content = content_of_export(connection, each, options)
        except Problem as problem:
            raise problem_at(file, given, start, str(problem), "") from problem
        selects.append(text_select(each, content, asked.get("filename")))
        contents.append((each, content))
    return f"({' union all by name '.join(selects)})", contents


def text_select(file: str, content: Content, with_filename: object = None) -> str:
    """SQL that selects every column of a file as text under its own name, and its path if asked.

    A number that a spreadsheet has cut fails where it is used.
    """
    columns = []
    for key, column in content.columns.items():
        source = f"cast({column.source} as varchar)"
        if column.type.split("[")[0].split("(")[0].split(" ")[0] in (
            "STRUCT",
            "MAP",
            "LIST",
        ) or column.type.endswith("]"):
            source = f"cast(to_json({column.source}) as varchar)"
        if key in content.broken:
            name, row, value = content.broken[key]
            sentence = cut_number(file, name, row, value)
            number = r"'-?\d+(\.\d+)?(e\+?\d+)?'"
            failing = f"{quoted('read_export: ' + sentence)} || left({column.source}, 0)"
            source = (
                f"case when length({column.source}) > 15 and regexp_full_match({column.source}, {number}) "
                f"then cast(cast({failing} as integer) as varchar) else {source} end"
            )
        columns.append(f"{source} as {as_name(column.name)}")
    if with_filename:
        columns.append(f"{quoted(file)} as filename")
    return f"select {', '.join(columns)} from {content.reader}"


def cut_number(file: str, name: str, row: int, value: str) -> str:
    return (
        f"{file}, column {name}, row {row}: {value} came as a number of more than 15 digits, and a spreadsheet keeps "
        "15. If it is an id, its end is lost: export the column as text where it is made"
    )


def check_select(connection, select: Select) -> None:
    """Stops at a file that is no single select that DuckDB can run, with the line and a caret."""
    try:
        statements = connection.extract_statements(select.text)
    except duckdb.Error:
        statements = None
    if statements is not None:
        if not statements:
            raise Problem(f"{select.file} cannot be read: it is empty. {ADVICE}")
        if len(statements) > 1:
            first = select.text.find(statements[0].query.strip())
            position = max(first, 0) + len(statements[0].query.strip())
            while position < len(select.text) and select.text[position] in "; \t\r\n":
                position += 1
            raise problem_at(
                select.file,
                select.given,
                select.place_in_file(position),
                f"{len(statements)} statements, and one select is read.",
                f"Put each select into a file of its own, or join them with union all. {ADVICE}",
            )
        kind = statements[0].type.name
        if kind != "SELECT":
            raise problem_at(
                select.file,
                select.given,
                select.place_in_file(0),
                f"a {kind.lower()}, and a select is needed.",
                ADVICE,
            )
    failed = run_error(
        connection, f"select * from (\n{select.text}\n) limit 0", select, len("select * from (\n")
    )
    if failed:
        raise failed


def run_error(connection, statement: str, select: Select, before: int) -> Problem | None:
    """What goes wrong when a statement around a select is run, as a Problem; `before` is where the select begins."""
    cursor = connection.cursor()
    cursor.execute("set errors_as_json = true")
    try:
        cursor.execute(statement).fetchall()
    except duckdb.Error as error:
        return problem_of(select, str(error), before)
    return None


def problem_of(select: Select, message: str, before: int) -> Problem:
    """An error of DuckDB (as JSON) as a Problem of the file."""
    told = {}
    start = message.find("{")
    try:
        told = json.loads(message[start:])
    except ValueError:
        told = {"exception_message": message, "exception_type": ""}
    what = told["exception_message"]
    helper = re.search(
        r"Could not convert string '"
        r"((?:as_number|as_time|as_day|from_epoch|from_minor_units)\(.*?|read_export: .*?)' to INT32",
        what,
        re.DOTALL,
    )
    position = told.get("position")
    if helper:
        sentence = helper[1].removeprefix("read_export: ")
        word = (
            re.match(r"\w+", sentence)[0]
            if not helper[1].startswith("read_export")
            else "read_export"
        )
        places = [
            found.start() for found in re.finditer(rf"\b{word}\s*\(", select.given, re.IGNORECASE)
        ]
        if len(places) == 1:
            return problem_at(select.file, select.given, places[0], f"{sentence}.", "")
        return Problem(f"{select.file}: {sentence}.")
    if "CSV Error on Line" in what:
        return Problem(f"{select.file}: {bad_line(what, [file for file, _ in select.contents])}")
    what = " ".join(re.split("\n\n|Possible fixes|\nLINE ", what)[0].split()).rstrip(".") + "."
    kind = f"{told.get('exception_type', '')} Error: " if told.get("exception_type") else ""
    advice = ADVICE
    if told.get("exception_type") in ("Conversion", "Invalid Input", "Out of Range"):
        advice = (
            "Correct the value where it is made, or read it with as_time(…), as_number(…) or try_cast(… as …): "
            "what try_cast cannot read is empty."
        )
    if position is None or int(position) < before:
        return Problem(f"{select.file} cannot be read: {kind}{what} {advice}")
    # DuckDB counts bytes.
    run = select.text.encode()[: int(position) - before].decode(errors="ignore")
    place = min(len(run), len(select.text))
    return problem_at(
        select.file, select.given, select.place_in_file(place), f"{kind}{what}", advice
    )


def bad_line(message: str, exports: list[str]) -> str:
    """What DuckDB says of a line that is no CSV, with the file that it is in."""
    named = [file for file in exports if file in message] or exports
    where = f"{' or '.join(named)} cannot be read as CSV, " if named else ""
    found = re.search(
        r"CSV Error on Line: (\d+)\s+(?:Original Line: ?([^\n]*))?\s*(.*?)(?:\n|$)", message
    )
    if not found:
        return f"{where}{' '.join(message.split())[:300]} {CSV_ADVICE}"
    what = f" ({found[3].strip().rstrip('.')})" if found[3] and "Possible" not in found[3] else ""
    return f"{where}line {found[1]}: {(found[2] or '')[:120]}{what}. {CSV_ADVICE}"


def assumed_of(select: Select) -> tuple[Assumption, ...]:
    return tuple(each for _, content in select.contents for each in content.assumed)
