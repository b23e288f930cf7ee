"""The kinds of files that exports come in, and the SQL that reads each as text, whatever its encoding and separators.

What DuckDB cannot read (workbooks, CP949, UTF-16) is written once as CSV in UTF-8 to `converted_files/` in dbt's target
folder, under a name made of what the file is: never into the user's folder. A file is written under another name first
and then renamed, so that a run that is killed leaves none that is half.
"""

import codecs
import contextlib
import csv
import datetime
import decimal
import glob
import gzip
import hashlib
import html
import io
import json
import os
import pathlib
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree

import duckdb

HEADER_BYTES = 1_000_000
HEAD_BYTES = 65_536
STEP = 4_000_000
DELIMITED = (".csv", ".tsv", ".txt", ".tab")
JSON = (".json", ".jsonl", ".ndjson")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
EXPORTS = (*DELIMITED, *JSON, *WORKBOOKS, ".parquet")
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# By which names people know the encodings that are read, and Python's name of each.
ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf8": "utf-8-sig",
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "utf16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "cp949": "cp949",
    "ms949": "cp949",
    "euc-kr": "cp949",
    "euckr": "cp949",
    "ks_c_5601-1987": "cp949",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "shift_jis": "cp932",
    "cp932": "cp932",
}
SHOWN = {
    "utf-8-sig": "UTF-8",
    "cp949": "CP949 (Korean Windows)",
    "cp1252": "Windows-1252 (latin-1)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp932": "Shift JIS (Japanese Windows)",
}
# A spreadsheet keeps fifteen digits of a number.
SPREADSHEET_DIGITS = 15
CSV_ADVICE = (
    "Save it again as CSV in UTF-8, with commas, double quotes around text that holds them, "
    "and one kind of line end."
)


class Problem(Exception):
    """What is wrong with a file, and what to do; a sentence for the person who brought it."""


@dataclass(frozen=True)
class Column:
    """A column of a file: its name there, how SQL reads it, and DuckDB's type."""

    name: str
    source: str
    type: str = "VARCHAR"


@dataclass(frozen=True)
class Assumption:
    """What was taken to be so of a file, or of a column of it: an example before and after, and how many values."""

    file: str
    column: str | None
    assumption: str
    value_before: str | None = None
    value_after: str | None = None
    value_count: int | None = None


@dataclass(frozen=True)
class Content:
    """What is in a file: its columns by lower-case name, the SQL that reads it, and what was assumed of the file.

    `rejects` says whether DuckDB can keep its unreadable lines, `is_converted` that its rows lie in another file, and
    `broken` names the columns whose long numbers a spreadsheet cut: (name there, row, value). `failed` are the formulas
    of a workbook that have no value, as they show, and the first row of each.
    """

    reader: str
    columns: dict[str, Column] = field(default_factory=dict)
    rejects: bool = False
    is_converted: bool = False
    assumed: tuple[Assumption, ...] = ()
    broken: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)

    def names(self) -> str:
        return ", ".join(column.name for column in self.columns.values())


@dataclass(frozen=True)
class Options:
    """What is said of a file instead of found out: all may be missing."""

    sheet: str | int | None = None
    skip: int | None = None
    delim: str | None = None
    encoding: str | None = None


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def as_name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def composed(text: str) -> str:
    """A text in the form in which keyboards write it: a Mac takes Hangul of file names apart (NFD)."""
    return unicodedata.normalize("NFC", text)


def key_of(heading: str) -> str:
    """What a heading is found by, however it is written."""
    return composed(heading).strip().lower()


def error_text(error: Exception) -> str:
    """What DuckDB says, in one line."""
    message = re.split("\n\n|Possible fixes", str(error))[0]
    return " ".join(message.split()).rstrip(".") + "."


def reading_error(connection: duckdb.DuckDBPyConnection, select: str) -> str:
    """What keeps DuckDB from running a select, in one line; '' when it runs. It sees what is committed."""
    try:
        connection.cursor().execute(select).fetchall()
    except duckdb.Error as error:
        return error_text(error)
    return ""


def kind_of(file: str) -> str:
    """The ending that says how a file is read, in lower case and without .gz: `.csv` of `Orders.CSV.gz`."""
    name = file.lower().removesuffix(".gz")
    return pathlib.PurePath(name).suffix


def is_export(file: str) -> bool:
    kind = kind_of(file)
    return kind in EXPORTS and (not file.lower().endswith(".gz") or kind in (*DELIMITED, *JSON))


def fingerprint_of(file: str) -> str:
    """Size, time and a hash of the head of a file."""
    found = os.stat(file)
    with open(file, "rb") as opened:
        head = hashlib.md5(opened.read(HEAD_BYTES)).hexdigest()
    return f"{os.path.abspath(file)} {found.st_size} {found.st_mtime_ns} {head}"


def opened_bytes(file: str):
    return gzip.open(file, "rb") if file.lower().endswith(".gz") else open(file, "rb")


@contextlib.contextmanager
def readable_bytes(file: str):
    """The bytes of a file, unpacked; a Problem where they cannot be read, to whatever byte that is."""
    try:
        with opened_bytes(file) as opened:
            yield opened
    except (OSError, EOFError, zlib.error) as error:
        if file.lower().endswith(".gz"):
            raise Problem(
                f"{file} cannot be read: {error}. Its ending says gzip: compress it again, or copy it again."
            ) from error
        raise Problem(f"{file} cannot be read: {error.strerror}. Let this user read it.") from error


def head_of(file: str, count: int = HEADER_BYTES) -> bytes:
    with readable_bytes(file) as opened:
        return opened.read(count)


# --- where converted files are


def cache_folder() -> pathlib.Path:
    return pathlib.Path(os.environ.get("DBT_TARGET_PATH") or "target") / "converted_files"


def converted(file: str, options: str, ending: str, write) -> str:
    """The path of what `write(path)` makes of a file; made once for each state of the file."""
    place = hashlib.md5(f"{os.path.abspath(file)} {options}".encode()).hexdigest()[:12]
    state = hashlib.md5(f"{fingerprint_of(file)} {_OWN_HASH}".encode()).hexdigest()[:12]
    folder = cache_folder()
    made = folder / f"{place}_{state}{ending}"
    if made.exists():
        return str(made)
    making = folder / f"{place}.{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(str(making))
        for old in folder.glob(f"{place}_*{ending}"):
            old.unlink(missing_ok=True)
        making.rename(made)
    except OSError as error:
        raise Problem(
            f"{file} is written again as UTF-8 to {folder}, which failed: {error.strerror or error}. "
            "Make room or let this user write there, or set DBT_TARGET_PATH to another folder."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            making.unlink(missing_ok=True)
    return str(made)


# --- encodings


def encoding_given(name: str, where: str) -> str:
    """Python's name of an encoding that somebody wrote."""
    known = ENCODINGS.get(name.strip().lower())
    if not known:
        raise Problem(
            f"{where}: the encoding '{name}' is not known. Write one of utf-8, utf-16, cp949, euc-kr, latin-1."
        )
    return known


def encoding_of(file: str) -> str | None:
    """Python's name of the encoding that a whole file is in; None where none can be proved.

    UTF-16 has a mark or a zero in every second byte. What is UTF-8 nearly everywhere is UTF-8 with broken lines. CP949
    must read every byte, make mostly Korean syllables, and most lines must be no UTF-8. Latin-1 reads everything, so
    that its letters must stand in words beside English ones.
    """
    head = head_of(file, HEAD_BYTES)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if len(head) > 3 and head[:200].count(0) * 3 > len(head[:200]):
        return "utf-16-le" if head[1] == 0 else "utf-16-be"
    utf8, lines = codecs.getincrementaldecoder("utf-8")(), []
    with readable_bytes(file) as opened:
        while step := opened.read(STEP):
            if utf8 and step.isascii() and not utf8.getstate()[0]:
                continue
            try:
                utf8.decode(step)
            except UnicodeDecodeError:
                lines = None
                break
        if lines is not None:
            with contextlib.suppress(UnicodeDecodeError):
                utf8.decode(b"", True)
                return "utf-8-sig"
    return _encoding_by_lines(file)


def _encoding_by_lines(file: str) -> str | None:
    good = bad = hangul = others = 0
    is_korean = is_latin = True
    with readable_bytes(file) as opened:
        for line in opened:
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                good += 1
                continue
            except UnicodeDecodeError:
                bad += 1
            if is_korean:
                try:
                    text = line.decode("cp949")
                    hangul += len(re.findall("[가-힣]", text))
                    others += sum(not letter.isascii() for letter in text)
                except UnicodeDecodeError:
                    is_korean = False
            if is_latin:
                is_latin = _is_latin(line)
            if not is_korean and not is_latin:
                return None
    if bad <= good:
        return None
    if is_korean and hangul * 2 > others:
        return "cp949"
    return "cp1252" if is_latin else None


def _is_latin(line: bytes) -> bool:
    """Whether every letter of a line that is not English stands in a word of mostly English letters."""
    try:
        text = line.decode("cp1252")
    except UnicodeDecodeError:
        return False
    for word in re.findall(r"[^\s\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+", text):
        letters = [letter for letter in word if not letter.isascii()]
        if not letters:
            continue
        if not all(
            ("À" <= letter <= "ÿ" and letter not in "×÷") or letter in "€£°–—’‘“”«»ŠšŽžŒœŸ®©²"
            for letter in letters
        ):
            return False
        accented = sum("À" <= letter <= "ÿ" for letter in letters)
        if accented * 2 > max(len(word), 2):
            return False
    return True


def utf8_of(file: str, encoding: str) -> str:
    """The path of the same text in UTF-8: the file itself where it is that. Strict: an error tells line and byte."""
    if encoding == "utf-8-sig":
        return file

    def write(path: str) -> None:
        decoder = codecs.getincrementaldecoder(encoding)()
        line, at = 1, 0
        with readable_bytes(file) as opened, open(path, "w", encoding="utf-8", newline="") as out:
            while True:
                step = opened.read(STEP)
                try:
                    text = decoder.decode(step, not step)
                except UnicodeDecodeError as error:
                    before = error.object[: error.start].decode(encoding, "replace")
                    raise Problem(
                        f"{file}, line {line + before.count(chr(10))}, byte {at + error.start + 1}: "
                        f"0x{error.object[error.start]:02x} is no {SHOWN[encoding]} text. "
                        "Save the file again as CSV UTF-8, or say its encoding."
                    ) from error
                line += text.count("\n")
                at += len(step)
                out.write(text.removeprefix("\ufeff") if at == len(step) else text)
                if not step:
                    break

    return converted(file, f"utf8 {encoding}", ".csv", write)


# --- separators and title lines


@dataclass(frozen=True)
class Layout:
    """How a file with separators is written: encoding, separator, lines above the header, and the header."""

    encoding: str
    delim: str
    skip: int
    names: list[str]


def first_records(text: str, delim: str, count: int = 50) -> list[tuple[int, list[str]]]:
    """The first records of a text, each with the number of lines before it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[: count * 4]
    found, before = [], 0
    reader = csv.reader((line + "\n" for line in lines), delimiter=delim)
    try:
        for record in reader:
            found.append((before, record))
            before = reader.line_num
            if len(found) >= count:
                break
    except csv.Error:
        pass
    return found


def filled(record: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in record)


def usual_width(records: list[list[str]]) -> int:
    """The number of columns that most records have."""
    widths = Counter(len(record) for record in records if filled(record))
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def is_heading(record: list[str]) -> bool:
    """Whether a record can be a header: text in every cell, and no two alike."""
    cells = [cell.strip().lower() for cell in record]
    return (
        len(cells) > 1
        and all(cells)
        and len(set(cells)) == len(cells)
        and not any(re.fullmatch(r"[-+]?[\d.,:/ -]+", cell) for cell in cells)
    )


def title_lines(records: list[tuple[int, list[str]]]) -> int:
    """The number of lines above the header: those that are far narrower than the table below them."""
    width = usual_width([record for _, record in records])
    if not records or width < 2:
        return 0
    first = next((record for _, record in records if filled(record)), [])
    if filled(first) * 2 > width or (filled(first) > 1 and len(first) == width):
        return 0
    for before, record in records:
        if len(record) == width and is_heading(record):
            return before
    return 0


def separator_of(text: str, kind: str) -> str:
    """The separator by which the first lines fall into most columns of one width."""
    usual = "\t" if kind in (".tsv", ".tab") else ","
    best, most = usual, (0.0, 0)
    for delim in dict.fromkeys([usual, *SEPARATORS]):
        records = [record for _, record in first_records(text, delim) if filled(record)]
        width = usual_width(records)
        if width < 2:
            continue
        share = sum(len(record) == width for record in records) / len(records)
        if delim == usual and share == 1:
            return delim
        # A title above the table is one column in every reading.
        score = (round(share, 1), width) if share > 0.5 else (0.0, width)
        if score[0] > most[0] or (score[0] == most[0] and width > most[1] + 1):
            best, most = delim, score
    return best


def layout_of(file: str, options: Options) -> Layout:
    """How a file with separators is written, as said or as its first lines show."""
    encoding = (
        encoding_given(options.encoding, file) if options.encoding else encoding_of(file)
    ) or "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    head = head_of(file)
    text = decoder.decode(head).removeprefix("\ufeff")
    if len(head) == HEADER_BYTES and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    delim = options.delim or separator_of(text, kind_of(file))
    skip = title_lines(first_records(text, delim)) if options.skip is None else options.skip
    return Layout(encoding, delim, skip, header_in(text, delim, skip))


def header_in(text: str, delim: str, skip: int) -> list[str]:
    """The names in the first line of a text after those to skip; [''] when it is blank."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for _ in range(skip):
        text = text.partition("\n")[2]
    names = next(csv.reader(io.StringIO(text), delimiter=delim), [])
    return [composed(name.strip()) for name in names] or [""]


def csv_reader(file: str, width: int, option: str, delim: str = ",", skip: int = 0) -> str:
    """SQL that reads a CSV whose columns go by their place."""
    columns = ", ".join(f"'column_{place}': 'VARCHAR'" for place in range(1, width + 1))
    lines = f"skip = {skip}, " if skip else ""
    lines += "compression = 'gzip', " if file.lower().endswith(".gz") else ""
    separator = delim if delim != "\t" else "\\t"
    return (
        f"read_csv({quoted(file)}, header = true, delim = {quoted(separator)}, quote = '\"', escape = '\"', "
        f"auto_detect = false, {lines}{option}, columns = {{{columns}}})"
    )


def content_of_csv(connection, file: str, option: str, options: Options = Options()) -> Content:
    """A file with separators. `option` is one of read_csv, about lines that cannot be read."""
    try:
        layout = layout_of(file, options)
    except csv.Error as error:
        message = f"{file} cannot be read as CSV: its first line: {error}. {CSV_ADVICE}"
        raise Problem(message) from error
    names = layout.names
    if names == [""]:
        raise Problem(
            f"{file} is empty, it has no header. Write the names of the columns in its first line, "
            "or take the file out of the folder."
        )
    if "\x00" in "".join(names):
        raise Problem(f"{file} is not UTF-8 text (it looks like UTF-16). Save it as CSV in UTF-8.")
    columns, twice = {}, []
    for place, name in enumerate(names, 1):
        if key_of(name) in columns:
            twice.append(name)
        if name:
            columns[key_of(name)] = Column(name, f"column_{place}")
    if twice:
        raise Problem(
            f"{file} has the column {', '.join(twice)} twice. Rename or remove one of the two."
        )
    text = utf8_of(file, layout.encoding)

    def reader(rejects: str) -> str:
        return csv_reader(text, len(names), rejects, layout.delim, layout.skip)

    first_row = f"select 1 from {reader('ignore_errors = true')} limit 1"
    if error := reading_error(connection, first_row):
        raise Problem(f"{file} cannot be read as CSV: {error} {CSV_ADVICE}")
    return Content(
        reader(option),
        columns,
        rejects=True,
        is_converted=text != file,
        assumed=tuple(_assumed_of_layout(file, layout, options)),
    )


def _assumed_of_layout(file: str, layout: Layout, options: Options):
    if layout.encoding != "utf-8-sig" and not options.encoding:
        yield Assumption(file, None, f"the file is in {SHOWN[layout.encoding]}")
    usual = "\t" if kind_of(file) in (".tsv", ".tab") else ","
    if layout.delim != usual and not options.delim:
        yield Assumption(file, None, f"columns are separated by {SEPARATORS[layout.delim]}")
    if layout.skip and options.skip is None:
        what = (
            "the first line is a title"
            if layout.skip == 1
            else f"the first {layout.skip} lines are titles"
        )
        yield Assumption(file, None, f"{what}, the header is line {layout.skip + 1}")


# --- JSON


def content_of_json(connection, file: str) -> Content:
    """JSON objects, one a line or in one array; every value is text, objects and lists are JSON."""
    head = head_of(file, HEAD_BYTES)
    if not head.strip():
        raise Problem(f"{file} is empty. Put JSON objects in it, or take it out of the folder.")
    if encoding_of(file) not in ("utf-8-sig", None):
        raise Problem(f"{file} is not UTF-8 text. JSON is written in UTF-8: save it again so.")
    source = f"read_json_objects({quoted(file)}, maximum_object_size = 100000000)"
    try:
        cursor = connection.cursor()
        first = cursor.execute(
            f"select json_type(json), json_keys(json) from {source} limit 1"
        ).fetchone()
        kinds = cursor.execute(
            f"select json_type(json), left(cast(any_value(json) as varchar), 60) from {source} "
            "where json_type(json) <> 'OBJECT' group by 1"
        ).fetchall()
        if kinds or not first:
            shown = f", and it has the {kinds[0][0].lower()} {kinds[0][1]}" if kinds else ""
            raise Problem(
                f"{file} must hold one JSON object a row, one a line or all in one list{shown}. Write it so."
            )
        keys = [
            key
            for (key,) in cursor.execute(
                f"select key from (select distinct unnest(json_keys(json)) as key from {source}) order by key"
            ).fetchall()
        ]
        twice = cursor.execute(
            "select list_filter(json_keys(json), lambda key, place: "
            "list_position(json_keys(json), key) < place)[1] as key, left(cast(json as varchar), 80) "
            f"from {source} where len(json_keys(json)) > len(list_distinct(json_keys(json))) limit 1"
        ).fetchone()
    except duckdb.Error as error:
        raise Problem(
            f"{file} cannot be read as JSON: {error_text(error)} Write one object a line, or all in one list."
        ) from error
    keys = list(dict.fromkeys([*first[1], *keys]))
    columns = {}
    if twice:
        raise Problem(
            f"{file} has the key {twice[0]} twice in one object: {twice[1]}. Keep one of the two."
        )
    for key in keys:
        if key_of(key) in columns:
            raise Problem(
                f"{file} has the column {key} twice ({columns[key_of(key)].name}). Rename or remove one of the two."
            )
        columns[key_of(key)] = Column(composed(key), as_name(key))
    types = ", ".join(f"{quoted(key)}: 'VARCHAR'" for key in keys)
    return Content(
        f"read_json({quoted(file)}, columns = {{{types}}}, maximum_object_size = 100000000)",
        columns,
    )


# --- workbooks


def cell_text(cell, is_1904: bool = False) -> str:
    """What a cell of a workbook says, as text: whole numbers without .0, days and times in ISO."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        return str(cell)
    return str(cell)


def starts_1904(file: str) -> bool:
    """Whether a workbook counts its days from 1904, as old ones of the Macintosh do."""
    try:
        with zipfile.ZipFile(file) as parts, parts.open("xl/workbook.xml") as opened:
            return bool(re.search(rb"date1904\s*=\s*[\"'](?:1|true|on)[\"']", opened.read()))
    except (OSError, KeyError, zipfile.BadZipFile):
        return False


def workbook_sheets(file: str) -> dict[str, list[list]]:
    """The rows of every sheet of a workbook that has any."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(file)
        return {
            name: rows
            for name in book.sheet_names
            if (rows := book.get_sheet_by_name(name).to_python(skip_empty_area=False))
        }
    except (CalamineError, OSError, ValueError) as error:
        raise Problem(
            f"{file} cannot be read as a workbook: {error}. Save it again as .xlsx without a password, or as CSV UTF-8."
        ) from error


def content_of_workbook(connection, file: str, options: Options, needed=()) -> Content:
    """A sheet of a workbook. Of several it is the one that has the `needed` columns, or the one that is said."""
    path = converted(
        file,
        f"sheet {options.sheet} {options.skip} {sorted(needed)}",
        ".csv",
        lambda path: _write_sheet(file, options, needed, path),
    )
    with open(path, newline="", encoding="utf-8") as opened:
        told = json.loads(next(csv.reader(opened))[0])
    inside = content_of_csv(
        connection, path, "store_rejects = false", Options(skip=1, delim=",", encoding="utf-8")
    )
    broken = {name: tuple(found) for name, found in told["broken"].items()}
    return replace(
        inside,
        rejects=False,
        is_converted=True,
        assumed=tuple(Assumption(file, None, what) for what in told["assumed"]),
        broken=broken,
        failed=told["failed"],
    )


def _write_sheet(file: str, options: Options, needed, path: str) -> None:
    """The sheet as CSV in UTF-8; its first line says what was assumed, and which columns hold cut numbers."""
    sheets = workbook_sheets(file)
    if not sheets:
        raise Problem(f"{file} is empty: no sheet has a row. Take it out of the folder.")
    assumed = []
    name = _sheet_named(file, sheets, options) if options.sheet is not None else None
    if name is None:
        name = _sheet_found(file, sheets, needed)
        if len(sheets) > 1:
            assumed.append(f"the sheet {name} is meant, of {', '.join(sheets)}")
    rows = sheets[name]
    texts = [[cell_text(cell) for cell in row] for row in rows]
    failed = _as_shown(file, name, texts)
    skip = options.skip
    if skip is None:
        skip = sheet_titles(texts)
        if skip:
            assumed.append(f"the first {skip} rows are titles, the header is row {skip + 1}")
    if skip >= len(texts):
        raise Problem(
            f"{file}, sheet {name}: it has {len(texts)} rows, and {skip} are skipped. Skip fewer."
        )
    if starts_1904(file):
        assumed.append("days are counted from 1904-01-01, as the workbook says (date1904)")
    header = [cell.strip() for cell in texts[skip]]
    width = max((place for place, cell in enumerate(header, 1) if cell), default=0)
    if not width:
        raise Problem(
            f"{file}, sheet {name}: row {skip + 1} has no heading. Say which row has: skip."
        )
    broken = {}
    for at, row in enumerate(rows[skip + 1 :], skip + 2):
        for place, cell in enumerate(row[:width]):
            if (
                isinstance(cell, (int, float))
                and abs(cell) >= 10**SPREADSHEET_DIGITS
                and key_of(header[place]) not in broken
            ):
                broken[key_of(header[place])] = (header[place], at, cell_text(cell))
    with open(path, "w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        told = {"assumed": assumed, "broken": broken, "failed": failed}
        writer.writerow([json.dumps(told, ensure_ascii=False)])
        writer.writerow(header[:width])
        writer.writerows(
            [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row[:width]]
            for row in texts[skip + 1 :]
            if any(row)
        )


CELL = rb"<(?:\w+:)?c\s(?P<told>[^>]*?)>"
# A formula that nothing has computed: the program that wrote the workbook left that to who opens it.
UNCOMPUTED = re.compile(
    CELL + rb"\s*<(?:\w+:)?f\b[^>]*?(?:/>|>(?P<shown>[^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
FAILED = re.compile(
    rb'<(?:\w+:)?c\s(?P<told>[^>]*?\bt="e"[^>]*)>.*?<(?:\w+:)?v>(?P<shown>[^<]*)<', re.DOTALL
)


def _as_shown(file: str, sheet: str, texts: list[list[str]]) -> dict[str, int]:
    """Writes into the texts of a sheet what its reader leaves out: the errors of formulas (#N/A), formulas that were
    never computed, the zeros that a format of zeros (00000) puts before a number, and the % of a share. The formulas
    without a value, as they show, and the first row of each."""
    failed: dict[str, int] = {}
    if kind_of(file) not in (".xlsx", ".xlsm"):
        return failed
    cells, formats = _sheet_xml(file, sheet)

    def place(told: bytes) -> tuple[int, int] | None:
        found = re.search(rb'\br="([A-Z]+)(\d+)"', told)
        if not found:
            return None
        column = 0
        for letter in found[1]:
            column = column * 26 + letter - 64
        row = int(found[2])
        return (row, column) if row <= len(texts) and column <= len(texts[row - 1]) else None

    def write(told: bytes, shown: str) -> None:
        at = place(told)
        if at and not texts[at[0] - 1][at[1] - 1]:
            texts[at[0] - 1][at[1] - 1] = shown
            failed.setdefault(shown, at[0])

    if b't="e"' in cells:
        for found in FAILED.finditer(cells):
            write(found["told"], html.unescape(found["shown"].decode()))
    if b"<f" in cells or b":f" in cells:
        for found in UNCOMPUTED.finditer(cells):
            if b't="str"' not in found["told"]:
                write(found["told"], "=" + html.unescape((found["shown"] or b"").decode()))
    if formats:
        for found in re.finditer(CELL, cells):
            style = re.search(rb'\bs="(\d+)"', found["told"])
            at = style and int(style[1]) in formats and place(found["told"])
            if at:
                texts[at[0] - 1][at[1] - 1] = _in_format(
                    texts[at[0] - 1][at[1] - 1], formats[int(style[1])]
                )
    return failed


def _in_format(text: str, code: str) -> str:
    """A number as its cell shows it: with the zeros before it, or as a percentage with all its digits."""
    if code != "%":
        return text.zfill(len(code)) if text.isdigit() else text
    try:
        return f"{(decimal.Decimal(text) * 100).normalize():f}%"
    except decimal.InvalidOperation:
        return text


def _sheet_xml(file: str, sheet: str) -> tuple[bytes, dict[int, str]]:
    """The cells of a sheet as the workbook holds them, and the format of each style of zeros (00000) or of shares
    (%)."""
    try:
        with zipfile.ZipFile(file) as parts:
            book = ElementTree.fromstring(parts.read("xl/workbook.xml"))
            links = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
            link = next(
                value
                for each in book.iter()
                if each.tag.endswith("}sheet") and each.get("name") == sheet
                for key, value in each.attrib.items()
                if key.endswith("}id")
            )
            target = next(each.get("Target") for each in links if each.get("Id") == link)
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return parts.read(part), _formats(parts)
    except (OSError, KeyError, StopIteration, ElementTree.ParseError, zipfile.BadZipFile):
        # What no spreadsheet program has written so is read without it.
        return b"", {}


# The formats that have a number and no code in the workbook.
PERCENTAGES = {"9": "%", "10": "%"}


def _formats(parts: zipfile.ZipFile) -> dict[int, str]:
    styles = ElementTree.fromstring(parts.read("xl/styles.xml"))
    codes = dict(PERCENTAGES)
    for each in styles.iter():
        if each.tag.endswith("}numFmt"):
            code = each.get("formatCode", "")
            if re.fullmatch("0{2,}", code):
                codes[each.get("numFmtId")] = code
            elif re.fullmatch(r"[#0,. ?]+%.*", code.split(";")[0]):
                codes[each.get("numFmtId")] = "%"
    used = next((each for each in styles if each.tag.endswith("}cellXfs")), ())
    return {
        at: codes[each.get("numFmtId")]
        for at, each in enumerate(used)
        if each.get("numFmtId") in codes
    }


def sheet_titles(texts: list[list[str]]) -> int:
    """The number of rows above the header of a sheet: the first that is filled as far as the widest."""
    head = texts[:50]
    width = max((filled(row) for row in head), default=0)
    for at, row in enumerate(head):
        if (
            filled(row) * 2 > width
            and (width < 2 or filled(row) > 1)
            and is_heading([cell for cell in row if cell.strip()]) | (width < 2)
        ):
            return at
    return next((at for at, row in enumerate(texts) if filled(row)), 0)


def _sheet_named(file: str, sheets: dict, options: Options) -> str:
    asked = options.sheet
    names = list(sheets)
    if isinstance(asked, int):
        if 1 <= asked <= len(names):
            return names[asked - 1]
        raise Problem(
            f"{file} has {len(names)} sheets with rows ({', '.join(names)}), and no sheet {asked}."
        )
    for name in names:
        if composed(name) == composed(asked):
            return name
    raise Problem(f"{file} has no sheet '{asked}' with rows. It has: {', '.join(names)}.")


def _sheet_found(file: str, sheets: dict, needed) -> str:
    if len(sheets) == 1:
        return next(iter(sheets))
    fitting = [
        name
        for name, rows in sheets.items()
        if needed
        and any(set(needed) <= {key_of(cell_text(cell)) for cell in row} for row in rows[:50])
    ]
    if len(fitting) == 1:
        return fitting[0]
    raise Problem(
        f"{file} has {len(sheets)} sheets with rows: {', '.join(sheets)}. Say which one is meant: sheet = "
        f"'{next(iter(sheets))}' in read_export(…) or columns.yml, or save it as a file of its own."
    )


# --- any of them


def content_of_export(
    connection,
    file: str,
    options: Options = Options(),
    option: str = "store_rejects = false",
    needed=(),
) -> Content:
    """What is in a file of whatever kind. `option` is read_csv's, about lines that cannot be read; `needed` are columns
    that a sheet must have to be the one that is meant."""
    kind = kind_of(file)
    if kind in WORKBOOKS:
        return content_of_workbook(connection, file, options, needed)
    if kind == ".parquet":
        return content_of_parquet(connection, [file], f"{file}")
    if kind in JSON:
        return content_of_json(connection, file)
    return content_of_csv(connection, file, option, options)


def content_of_parquet(connection, files: list[str], named: str) -> Content:
    """Parquet, of one file or of many whose columns go by their names."""
    listed = ", ".join(quoted(file) for file in files)
    reader = (
        f"read_parquet({listed})"
        if len(files) == 1
        else f"read_parquet([{listed}], union_by_name = true)"
    )
    if error := reading_error(connection, f"select * from (select * from {reader}) limit 0"):
        raise Problem(f"{named} cannot be read: {error} Write the file again as Parquet.")
    described = connection.cursor().execute(
        f"select column_name, column_type from (describe select * from {reader})"
    )
    return Content(
        reader,
        {
            key_of(name): Column(composed(name), as_name(name), type_)
            for name, type_ in described.fetchall()
        },
    )


def files_meant(pattern: str, folders: list[str]) -> list[str]:
    """The files that a path or a pattern means, in the first folder that has any."""
    path = os.path.expanduser(pattern)
    forms = dict.fromkeys([path, composed(path), unicodedata.normalize("NFD", path)])
    tried = [os.path.join(folder, form) for folder in folders or [""] for form in forms]
    for each in tried:
        if os.path.isfile(each):
            return [os.path.normpath(each)]
        found = sorted(
            os.path.normpath(file)
            for file in glob.glob(each, recursive=True)
            if os.path.isfile(file) and is_export(file)
        )
        if found:
            return found
    return []


_OWN_HASH = hashlib.md5(pathlib.Path(__file__).read_bytes()).hexdigest()
