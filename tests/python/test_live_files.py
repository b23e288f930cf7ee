"""The folder that live watches: files that are half written, broken, growing, or none of its business."""

import gzip
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import duckdb
import pytest
from warehouse import PROJECT

from live import __main__ as program
from live import page, read, server
from live.files import PATIENCE_SECONDS, QUIET_SECONDS, Folder
from live.problems import Problem

COLUMNS = {
    "event_id": "varchar",
    "occurred_at": "timestamp",
    "properties": "json",
    "_loaded_at": "timestamp",
}


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path, read.table_of)


def write(folder: Folder, name: str, content: bytes | str, mode: str = "wb") -> float:
    """Writes a file, and returns when: the moment to look at it from."""
    file = folder.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, mode) as opened:
        opened.write(content.encode() if isinstance(content, str) else content)
    return file.stat().st_mtime


def lines(folder: Folder, now: float) -> list[str]:
    return [line for part in folder.parts(now) for line in part.lines]


def parquet(file: pathlib.Path, select: str) -> bytes:
    with duckdb.connect() as connection:
        connection.execute(f"copy ({select}) to '{file}' (format parquet)")
    content = file.read_bytes()
    file.unlink()
    return content


def test_a_line_is_read_when_it_is_whole(folder):
    now = write(folder, "a.jsonl", '{"a":1}\n{"b"')
    assert lines(folder, now) == ['{"a":1}']
    assert folder.unfinished(now)[0][:2] == ("a.jsonl", "ends in the middle of a line")
    assert lines(folder, now) == []
    now = write(folder, "a.jsonl", ':2}\n{"c":3}\n', "ab")
    assert lines(folder, now) == ['{"b":2}', '{"c":3}']
    assert folder.unfinished(now) == []


def test_a_last_line_without_its_end_is_taken_when_the_file_is_quiet(folder):
    now = write(folder, "a.jsonl", '{"a":1}')
    assert lines(folder, now) == []
    assert lines(folder, now + QUIET_SECONDS) == ['{"a":1}']


def test_a_file_that_was_written_anew_is_read_from_its_beginning(folder):
    now = write(folder, "a.jsonl", '{"a":1}\n{"b":2}\n')
    assert len(lines(folder, now)) == 2
    now = write(folder, "a.jsonl", '{"c":3}\n')
    assert lines(folder, now) == ['{"c":3}']


def test_half_of_a_gzip_file_waits_for_the_rest(folder):
    content = gzip.compress(b'{"a":1}\n{"b":2}\n' + os.urandom(64).hex().encode() + b"\n")
    now = write(folder, "a.jsonl.gz", content[: len(content) // 2])
    assert lines(folder, now) == []
    assert folder.unfinished(now)[0][1] == "is not finished, or no gzip file"
    now = write(folder, "a.jsonl.gz", content)
    assert len(lines(folder, now)) == 3
    # A second member, as a collector appends it.
    now = write(folder, "a.jsonl.gz", gzip.compress(b'{"c":3}\n'), "ab")
    assert lines(folder, now) == ['{"c":3}']


def test_half_of_a_parquet_file_waits_for_the_rest(folder, tmp_path):
    content = parquet(tmp_path / "x", "select 'e1' as event_id")
    now = write(folder, "a.parquet", content[:-7])
    assert list(folder.parts(now)) == []
    name, problem, seconds = folder.unfinished(now + PATIENCE_SECONDS + 1)[0]
    assert (name, problem) == ("a.parquet", "is not finished, or no Parquet file")
    assert seconds > PATIENCE_SECONDS
    now = write(folder, "a.parquet", content)
    assert [part.is_parquet for part in folder.parts(now)] == [True]
    assert folder.unfinished(now) == []


def test_names_say_what_a_file_is(folder):
    now = write(folder, "a.jsonl.tmp", "{}\n")
    for name in (".b.jsonl", "_c.jsonl", "d.jsonl.part", "deep/.e.jsonl"):
        write(folder, name, "{}\n")
    for name in ("payments__payments.jsonl", "x.csv", "y.tsv"):
        write(folder, name, "{}\n")
    for name in ("app__orders/1.jsonl", "app__order_items-1.jsonl", "deep/er/z.log"):
        write(folder, name, "{}\n")
    found = {
        str(part.file.path.relative_to(folder.folder)): part.file.table
        for part in folder.parts(now)
    }
    assert found == {
        "app__orders/1.jsonl": "app__orders",
        "app__order_items-1.jsonl": "app__order_items",
        "deep/er/z.log": "events__events",
    }
    refused = {pathlib.Path(name).name: reason for name, reason in folder.not_read.items()}
    assert set(refused) == {"payments__payments.jsonl", "x.csv", "y.tsv"}
    assert "next load" in refused["payments__payments.jsonl"]


def test_files_of_earlier_days_are_of_the_warehouse(tmp_path):
    folder = Folder(tmp_path, read.table_of, oldest=1000.0)
    now = write(folder, "old.jsonl", "{}\n")
    os.utime(tmp_path / "old.jsonl", (10, 10))
    assert list(folder.parts(now)) == list(folder.parts(now)) == []
    assert len(folder.older) == 1


def test_a_folder_that_goes_away_and_comes_back(folder):
    now = write(folder, "deep/a.jsonl", "{}\n")
    assert len(lines(folder, now)) == 1
    (folder.folder / "deep/a.jsonl").rename(folder.folder / "b.jsonl.tmp")
    assert lines(folder, now + 61) == []


def rows_of(folder: Folder, now: float) -> tuple[list[tuple], list[tuple[int, str]]]:
    """The rows that are read, and the bad lines."""
    with duckdb.connect() as connection:
        connection.execute(
            f"create table found ({', '.join(f'{name} varchar' for name in COLUMNS)})"
        )
        bad = []
        for part in folder.parts(now):
            read.read_part(connection, part, COLUMNS, "found")
            bad += part.bad_lines
        return connection.execute("from found order by 1 nulls last").fetchall(), bad


def test_each_line_is_a_row_or_says_why_not(folder):
    now = write(
        folder,
        "a.jsonl",
        b"\xef\xbb\xbf"
        + b'{"event_id":"1","properties":{"a":[1,2]},"occurred_at":" "}\r\n'
        + b"\n"
        + b"no json\n"
        + b"[1]\n"
        + b'{"event_id":"2","properties":"{\\"b\\":1}","other":1}\n'
        + b'{"event_id":"\xff"}\n'
        + b'{"event_id":"a\x00b"}\n'
        + '{"event_id":"지금"}\n'.encode(),
    )
    rows, bad = rows_of(folder, now)
    assert rows == [
        ("1", None, '{"a":[1,2]}', None),
        ("2", None, '{"b":1}', None),
        ("지금", None, None, None),
    ]
    assert sorted(bad) == [
        (3, "is no JSON object"),
        (4, "is no JSON object"),
        (6, "not UTF-8 text"),
        (7, "has a zero byte"),
    ]


def test_parquet_columns_have_their_types_or_are_named(folder, tmp_path):
    content = parquet(
        tmp_path / "x",
        "select 7 as event_id, timestamptz '2026-01-01 09:00:00+09' as Occurred_At, {'a': 1} as properties",
    )
    now = write(folder, "a.parquet", content)
    rows, _ = rows_of(folder, now)
    assert rows == [("7", "2026-01-01 00:00:00+00", '{"a":1}', None)]
    other = write(folder, "b.parquet", parquet(tmp_path / "x", "select 1 as nothing"))
    with pytest.raises(ValueError, match="none of the columns of the contract"):
        rows_of(folder, other)


def test_a_collectors_own_format_is_read_by_its_adapter(folder, tmp_path, monkeypatch):
    adapter = tmp_path / "adapters" / "tab"
    adapter.mkdir(parents=True)
    (adapter / "adapter.yml").write_text(
        "exports: {hits: {header: id when who, columns: {id: [id], moment: [when], who: [who]}}}\n"
        "fills: {events__events: [hits]}\n"
    )
    (adapter / "events__events.sql").write_text(
        "with hits as (\n    {hits}\n)\n\n"
        "select id as event_id, cast(moment as timestamp) as occurred_at from hits"
    )
    monkeypatch.setattr(read, "ADAPTERS", adapter.parent)
    now = write(
        folder,
        "tab/a.tsv",
        "1\t2026-01-01 00:00:00\tme\n2\tsoon\tme\n3\n4\t2026-01-02 00:00:00\t\n",
    )
    rows, bad = rows_of(folder, now)
    assert [row[:2] for row in rows] == [("1", "2026-01-01 00:00:00"), ("4", "2026-01-02 00:00:00")]
    assert [number for number, _ in sorted(bad)] == [2, 3]
    assert dict(bad)[3] == "has 1 columns and not 3"
    assert "soon" in dict(bad)[2]


SNOWPLOW = {
    "event_id": "s1",
    "collector_tstamp": "2026-07-01 10:00:00.123",
    "event": "page_view",
    "event_name": "page_view",
    "domain_userid": "d1",
    "page_urlpath": "/p",
}
CALL = {
    "type": "track",
    "event": "order_placed",
    "messageId": "m1",
    "anonymousId": "a1",
    "timestamp": "2026-07-01T10:00:00.123Z",
    "receivedAt": "2026-07-01T10:00:01.000Z",
    "context": {"page": {"path": "/x"}},
    "properties": {"order_id": "o1"},
}


@pytest.mark.parametrize("system", ["snowplow", "segment"])
def test_the_adapters_of_the_project_read_live_files(folder, system):
    if not (read.ADAPTERS / system / read.EVENTS_SQL).exists():
        pytest.skip(f"the project has no adapter of {system}")
    if system == "snowplow":
        _, header = read._export_of(system)
        text = "\t".join(SNOWPLOW.get(name, "") for name in header)
    else:
        text = json.dumps(CALL)
    now = write(
        folder, f"{system}/a.{'tsv' if system == 'snowplow' else 'jsonl'}", f"{text}\nbroken\n"
    )
    rows, bad = rows_of(folder, now)
    assert [row[0] for row in rows] == ["s1" if system == "snowplow" else "m1"]
    assert rows[0][1].replace("T", " ").startswith("2026-07-01 10:00:00.123")
    assert [number for number, _ in bad] == [2]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def answer(port: int, path: str, host: str | None = None) -> tuple[int, bytes]:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    asked.request("GET", path, headers={"Host": host} if host else {})
    got = asked.getresponse()
    return got.status, got.read()


def test_the_server_serves_the_page_and_nothing_else(tmp_path):
    port = free_port()
    page.write_page(tmp_path)
    page.write(tmp_path, {"now": "x"})
    (tmp_path / "secret.txt").write_text("secret")
    serving = server.start(tmp_path, port)
    try:
        assert serving.server_address[0] == "127.0.0.1"
        status, text = answer(port, "/")
        assert status == 200 and b"live.js" in text
        assert json.loads(answer(port, "/live.json?x=1")[1]) == {"now": "x"}
        for path in ("/assets/live.js", "/assets/live.css", "/assets/site.css"):
            assert answer(port, path)[0] == 200
        for path in (
            "/secret.txt",
            "/assets/",
            "/assets/../secret.txt",
            "/%2e%2e/x",
            "//etc/passwd",
        ):
            assert answer(port, path)[0] == 404, path
        assert answer(port, "/live.json", "example.com")[0] == 404
        with pytest.raises(Problem, match="make live PORT="):
            server.start(tmp_path, port)
    finally:
        serving.shutdown()
        serving.server_close()


SAID = {
    "now": "2026-03-02T10:00:00+00:00",
    "problem": "",
    "day": "2026-03-02",
    "zone": "Asia/Seoul",
    "currency": "EUR",
    "as_of": "2026-03-01",
    "newest_file_at": "2026-03-02T09:59:58+00:00",
    "newest_event_at": "2026-03-02T09:59:55+00:00",
    "brands": [
        {
            "brand": "club",
            "events": 40,
            "visitors": 3,
            "sessions": 4,
            "converted": 1,
            "orders": None,
            "revenue": None,
        },
        {
            "brand": "shop",
            "events": 2000,
            "visitors": 300,
            "sessions": 1234,
            "converted": 9,
            "orders": 2,
            "revenue": 5,
        },
    ],
    "channels": [{"brand": "shop", "channel": "<b>direct</b>", "sessions": 1234, "converted": 9}],
    "minutes": [{"brand": "shop", "ago": 3, "events": 7}],
    "events": [
        {
            "event_name": "liked",
            "brand": "shop",
            "is_planned": False,
            "event_count": 5,
            "incomplete_event_count": 0,
            "required_properties": None,
        }
    ],
    "funnels": None,
    "rows": {
        "events__events": {
            "read": 2,
            "staged": 1,
            "rejected": 1,
            "reasons": [["event_id: empty", 1]],
        }
    },
    "faults": {
        "bad_line_count": 0,
        "bad_lines": [],
        "bad_files": [],
        "unfinished": [],
        "not_read": [],
        "being_written": 0,
        "older": 0,
    },
}


def test_the_page_shows_what_is_counted(tmp_path, browser):
    """On a phone, in both languages, by brand, and when nobody answers any more."""
    port, errors = free_port(), []
    page.write_page(tmp_path)
    page.write(tmp_path, SAID)
    serving = server.start(tmp_path, port)
    shown = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    shown.on("pageerror", lambda error: errors.append(str(error)))
    try:
        shown.goto(f"http://127.0.0.1:{port}/")
        value = shown.locator("#tiles .value").first
        shown.wait_for_selector("#tiles .value")
        assert value.inner_text() == "1,238"
        assert "18:59:55" in shown.inner_text("#newest")
        assert "is the collector running?" in shown.inner_text("#arrived")
        assert "<b>direct</b>" in shown.inner_text("#channels")
        assert "not in the tracking plan" in shown.inner_text("#events")
        assert "1 rejected, event_id: empty" in shown.inner_text("#reasons")
        assert not shown.is_visible("#funnels_card")
        assert shown.evaluate("document.documentElement.scrollWidth") <= 390
        shown.click("#language")
        assert "방문" in shown.inner_text("#tiles")
        shown.select_option("#brand", "club")
        assert value.inner_text() == "4"
        page.write(tmp_path, {"now": "x", "problem": "", "missing": "no_warehouse", "files": 3})
        shown.wait_for_function(
            "document.querySelector('#notice').innerText.includes('make build')"
        )
        assert not shown.is_visible("#numbers")
        serving.shutdown()
        serving.server_close()
        shown.wait_for_function("document.querySelector('#notice').innerText.includes('make live')")
    finally:
        shown.close()
        serving.server_close()
    assert errors == []


def run_live(tmp_path: pathlib.Path, *words: str) -> subprocess.Popen:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("GROUNDWORK_")
    }
    environment |= {
        "GROUNDWORK_DB": str(tmp_path / "none.duckdb"),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "PYTHONPATH": str(PROJECT),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "live", *words],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_it_and_leaves_nothing(tmp_path):
    """Before there is a warehouse: the page says so, and how many files wait."""
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "a.jsonl").write_text("{}\n")
    port = free_port()
    live = run_live(tmp_path, "--from", str(tmp_path / "incoming"), "--port", str(port))
    try:
        assert f"http://127.0.0.1:{port}/" in live.stdout.readline()
        until = time.monotonic() + 60
        while answer(port, "/live.json")[0] != 200 and time.monotonic() < until:
            time.sleep(0.05)
        said = json.loads(answer(port, "/live.json")[1])
        assert (said["missing"], said["files"]) == ("no_warehouse", 1)
        live.send_signal(signal.SIGINT)
        _, errors = live.communicate(timeout=60)
    finally:
        live.kill()
    assert (live.returncode, errors) == (0, "")
    assert not list((tmp_path / "target" / "live").glob("scratch-*"))


@pytest.mark.parametrize("error", [RuntimeError, duckdb.InterruptException])
def test_ctrl_c_in_a_query_ends_it_too(monkeypatch, error):
    """DuckDB says of it that the query was interrupted."""

    class Interrupted:
        def step(self, now):
            raise error("Query interrupted")

    monkeypatch.setattr(program, "ending", [True])
    with pytest.raises(KeyboardInterrupt):
        program.watch(Interrupted())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--from", "nowhere"], "The folder of live files nowhere does not exist"),
        (["--from", "README.md"], "README.md is no folder"),
        (["--from", "docs", "--port", "many"], "PORT is many. Write a number"),
    ],
)
def test_what_it_cannot_begin_with_is_said(words, says, capsys):
    assert program.main(words) == 1
    assert says in capsys.readouterr().err
