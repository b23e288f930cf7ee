"""The morning report: its forms, when it is withheld, and that it is sent once."""

import http.server
import json
import os
import pathlib
import re
import shutil
import socketserver
import subprocess
import sys
import threading
from datetime import date
from email import message_from_string, policy

import duckdb
import pytest
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))

import publish
import report


@pytest.fixture(scope="module")
def published(tested_demo, few_tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    publish.publish(folder, tested_demo, few_tables)
    return folder


@pytest.fixture(scope="module")
def morning(published):
    return report.read(published)


def changed(published, tmp_path, sql: str) -> pathlib.Path:
    """A copy of what is published, changed."""
    folder = pathlib.Path(shutil.copytree(published, tmp_path / "published", symlinks=True))
    file = folder / "current" / publish.DATABASE
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute(sql)
    return folder


def test_every_form_has_every_line_in_both_languages(morning, tmp_path):
    files = {file.name: file for file in report.write(morning, tmp_path)}
    assert {name for name in files if not name.endswith("pdf")} == {
        f"morning.{language}.{ending}"
        for language in ("en", "ko")
        for ending in ("html", "txt", "slack.json")
    }
    assert len(morning.lines) > 5
    for language, column in (("en", "sentence"), ("ko", "sentence_ko")):
        page = files[f"morning.{language}.html"].read_text()
        text = files[f"morning.{language}.txt"].read_text()
        slack = json.loads(files[f"morning.{language}.slack.json"].read_text())
        told = "\n".join(block["text"]["text"] for block in slack["blocks"])
        for line in morning.lines:
            assert line[column] in text
            assert line[column] in told.replace("&amp;", "&")
            assert line[column] in page.replace("&amp;", "&").replace("&#39;", "'")
        assert f'lang="{language}"' in page
        assert not re.search(r"<script|<link|src=|https?://", page), "mail programs drop these"
        assert re.search(r"<td style=", dropped_style(page)), "the style of lines is inline"


def dropped_style(page: str) -> str:
    """The page in a mail program that drops its only style element, which is for dark mode."""
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(styles) == 1 and styles[0].strip().startswith("@media (prefers-color-scheme: dark)")
    return re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


PNG = b"\x89PNG\r\n\x1a\n"


def with_numbers(morning):
    """The report with two headline numbers, one of which has a picture."""
    number = {
        "name": "revenue",
        "label": ("Revenue", "매출"),
        "value": "$27,399",
        "change": ("−9.2 %", "−9.2 %"),
        "verdict": "bad",
        "sentence": ("$27,399 in Jun 2026, −9.2 % on May 2026.", "2026년 6월 $27,399."),
        "goal": ("Goal $30,000: off track.", "목표 $30,000: 벗어남."),
        "picture": PNG + b"one",
    }
    second = number | {"name": "orders", "label": ("Orders", "주문"), "goal": None, "picture": None}
    return report.Report(morning.day, morning.lines, [number, second])


def test_headline_numbers_stand_in_every_form(morning, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "write_pdf", lambda page: [])
    made = with_numbers(morning)
    files = {file.name: file for file in report.write(made, tmp_path)}
    assert files["revenue.png"].read_bytes() == PNG + b"one" and "orders.png" not in files
    for place, language in enumerate(report.LANGUAGES):
        page = files[f"morning.{language}.html"].read_text()
        text = files[f"morning.{language}.txt"].read_text()
        slack = json.loads(files[f"morning.{language}.slack.json"].read_text())
        told = "\n".join(block["text"]["text"] for block in slack["blocks"])
        for number in made.headlines:
            for said in (number["label"][place], number["sentence"][place]):
                assert said in text and said in told and said in page
        assert made.headlines[0]["goal"][place] in page and made.headlines[0]["goal"][place] in told
        # Whole without its pictures: what a picture shows stands beside it, and in its alternative text.
        (image,) = re.findall(r"<img[^>]*>", page)
        assert 'src="revenue.png"' in image and f'alt="{made.headlines[0]["label"][place]}' in image
        assert made.headlines[0]["sentence"][place] in re.sub(
            r"<img[^>]*>", "", dropped_style(page)
        )


def test_pictures_travel_in_the_mail(morning, tmp_path, mailbox):
    made = with_numbers(morning)
    assert report.send_all(made, tmp_path, settings_of(mailbox), made.day) == ["sent by mail"]
    mail = message_from_string(mailbox.taken[0], policy=policy.default)
    assert mail.get_content_type() == "multipart/alternative"
    assert made.headlines[0]["sentence"][0] in mail.get_body(("plain",)).get_content()
    page = mail.get_body(("html",)).get_content()
    (source,) = re.findall(r'src="cid:([^"]+)"', page)
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == f"<{source}>" and picture.get_content() == PNG + b"one"
    assert picture.get_content_disposition() == "inline"


def test_headline_numbers_of_the_demo_are_those_of_the_home_page(published_demo, demo, site):
    found = report.read(published_demo, demo.with_name("warehouse.duckdb.target"))
    home = (site / "index.html").read_text()
    tiles = home[home.index('id="headlines"') : home.index('id="areas"')]
    assert 5 <= len(found.headlines) <= 6
    for number in found.headlines:
        assert f"metrics/{number['name']}.html" in tiles
        assert f'<div class="value">{number["value"]}' in tiles
    pictures = found.pictures()
    assert 2 <= len(pictures) <= 3
    assert all(picture.startswith(PNG) and len(picture) < 200_000 for picture in pictures.values())
    # A project whose manifest nobody has, and tables that are not published: no numbers, and no fault.
    assert report.read(published_demo).headlines == []


def test_what_looks_like_markup_is_text(morning, tmp_path):
    odd = [morning.lines[0] | {"sentence": "<b>&</b> *x*" + "y" * 5000}] * 3
    made = report.Report(morning.day, odd)
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in report.as_html(made, "en")
    blocks = report.as_blocks(made, "en")["blocks"]
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks)
    assert len(blocks) == 4 and "<b>" not in json.dumps(blocks)


def test_it_is_withheld_with_the_reason(published, tested_demo, few_tables, tmp_path):
    with pytest.raises(report.Withheld, match=r"Nothing is published in .* make publish"):
        report.read(tmp_path / "nothing")
    late = changed(
        published,
        tmp_path,
        """insert into metrics.morning_report by name
        select tables.*, lines.* exclude (line_name, subject, sentence)
        from (from metrics.morning_report limit 1) as lines
        cross join (values
            ('table_late', 'app.orders', 'app.orders is late.'), ('table_late', 'ads.campaigns', 'not this')
        ) as tables (line_name, subject, sentence)""",
    )
    with pytest.raises(report.Withheld, match=r"late\. app\.orders is late\.$"):
        report.read(late)
    report.check_build(published, tested_demo, few_tables)
    report.check_build(published, tmp_path / "no.duckdb", few_tables)
    newer = pathlib.Path(shutil.copy(tested_demo, tmp_path))
    for sql, reason in (
        ("update platform.runs set invocation_id = 'newer'", "The last build is not published"),
        ("update platform.runs set status = 'failed'", "The last dbt build has failed"),
    ):
        with duckdb.connect(str(newer)) as connection:
            connection.execute(sql)
        with pytest.raises(report.Withheld, match=reason):
            report.check_build(published, newer, few_tables)
    with duckdb.connect(str(newer)), pytest.raises(duckdb.Error):
        duckdb.connect(str(newer), read_only=True)


class Mailbox(socketserver.StreamRequestHandler):
    """Enough of SMTP to take a mail."""

    def handle(self):
        def say(line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        say("220 test")
        while line := self.rfile.readline().decode():
            word = line[:4].upper()
            if word == "DATA":
                say("354 go on")
                lines = []
                while (part := self.rfile.readline().decode()) != ".\r\n":
                    lines.append(part)
                self.server.taken.append("".join(lines))
            say("221 bye" if word == "QUIT" else "250 ok")
            if word == "QUIT":
                return


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_):
        pass


def served(server):
    server.taken, server.answer = [], 200
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def mailbox():
    yield from served(socketserver.TCPServer(("127.0.0.1", 0), Mailbox))


@pytest.fixture
def hook():
    yield from served(http.server.HTTPServer(("127.0.0.1", 0), Hook))


def settings_of(mailbox=None, hook=None, **more) -> dict:
    settings = dict(more)
    if mailbox:
        settings |= {
            "GROUNDWORK_SMTP": f"smtp://127.0.0.1:{mailbox.server_address[1]}",
            "GROUNDWORK_REPORT_FROM": "data@example.com",
            "GROUNDWORK_REPORT_TO": "all@example.com,boss@example.com",
        }
    if hook:
        settings["GROUNDWORK_WEBHOOK"] = f"http://127.0.0.1:{hook.server_address[1]}/x"
    return settings


def test_it_is_sent_once_by_each_way(morning, tmp_path, mailbox, hook):
    settings = settings_of(mailbox, hook, GROUNDWORK_LANGUAGE="ko")
    assert report.send_all(morning, tmp_path, settings, morning.day) == [
        "sent by mail",
        "sent by webhook",
    ]
    again = report.send_all(morning, tmp_path, settings, morning.day)
    assert all("not sent again" in line for line in again)
    (text,) = mailbox.taken
    mail = message_from_string(text, policy=policy.default)
    assert mail["To"] == "all@example.com, boss@example.com" and "오늘 아침" in mail["Subject"]
    assert morning.lines[0]["sentence_ko"] in mail.get_body(("plain",)).get_content()
    assert morning.lines[0]["sentence_ko"] in mail.get_body(("html",)).get_content()
    (blocks,) = hook.taken
    assert blocks == json.loads(json.dumps(report.as_blocks(morning, "ko")))


def test_what_could_not_be_sent_is_sent_later(morning, tmp_path, hook):
    hook.answer = 500
    settings = settings_of(hook=hook)
    with pytest.raises(OSError):
        report.send_all(morning, tmp_path, settings, morning.day)
    hook.answer = 200
    assert report.send_all(morning, tmp_path, settings, morning.day) == ["sent by webhook"]
    assert len(hook.taken) == 2


def test_old_data_and_wrong_settings_are_not_sent(morning, tmp_path, mailbox, hook):
    settings = settings_of(mailbox, hook)
    with pytest.raises(report.Withheld, match="The data end on 2026-06-30, 3 days ago"):
        report.send_all(morning, tmp_path, settings, date(2026, 7, 3))
    for name, value, message in (
        ("GROUNDWORK_LANGUAGE", "de", "GROUNDWORK_LANGUAGE is de: write one of en, ko"),
        ("GROUNDWORK_REPORT_TO", "", "needs GROUNDWORK_REPORT_FROM and GROUNDWORK_REPORT_TO"),
        ("GROUNDWORK_SMTP", "localhost:25", "must read smtp://"),
    ):
        with pytest.raises(report.Withheld, match=message):
            report.send_all(morning, tmp_path, settings | {name: value}, morning.day)
    assert mailbox.taken == hook.taken == []
    assert list(tmp_path.glob("sent.*")) == []
    assert "not sent" in report.send_all(morning, tmp_path, {}, morning.day)[0]


def test_the_program_writes_and_says_where(published, tested_demo, few_tables, tmp_path):
    done = subprocess.run(
        [sys.executable, PROJECT / "tools" / "report.py"],
        env=os.environ
        | {
            "GROUNDWORK_PUBLISHED": str(published),
            "GROUNDWORK_DB": str(tested_demo),
            "DBT_TARGET_PATH": str(few_tables),
            "GROUNDWORK_REPORTS": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert "This morning, 2026-06-30" in done.stdout
    assert str(tmp_path / "2026-06-30" / "morning.ko.html") in done.stdout
