"""Writes the morning report, and sends it where that is configured: `make report`.

It reads what is published (GROUNDWORK_PUBLISHED, else published/), never the warehouse that is being built, and writes
into report/<day>/ in English and in Korean: an HTML page for mail with the headline numbers and pictures of them, plain
text, blocks for Slack, and a PDF where there is Chromium. It is sent once a day, in the language of
GROUNDWORK_LANGUAGE (en or ko):

    GROUNDWORK_SMTP=smtp://user:password@host:587    with GROUNDWORK_REPORT_FROM and GROUNDWORK_REPORT_TO (a@b.c,d@e.f)
    GROUNDWORK_WEBHOOK=https://…                     a webhook that takes Slack's blocks

It is withheld, and says why, when nothing is published, when the last build failed or is not published, when a table
that every company must deliver is late, and, from sending alone, when the data end more than
GROUNDWORK_REPORT_MAX_AGE days (2) before today. GROUNDWORK_REPORTS names another folder.
"""

import json
import os
import pathlib
import shutil
import smtplib
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.message import EmailMessage

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "tools"), str(PROJECT / "website")]

import publish  # noqa: E402
import rendering  # noqa: E402

LANGUAGES = ("en", "ko")
TITLES = {"en": "This morning, {day}", "ko": "오늘 아침, {day}"}
FOOTERS = {
    "en": "Each line is a row of metrics.morning_report, whose column evidence is the query that proves it.",
    "ko": "각 줄은 metrics.morning_report의 한 행이며, evidence 열의 쿼리로 확인할 수 있습니다.",
}
NUMBERS = {"en": "Headline numbers", "ko": "주요 지표"}
SECTIONS = {
    "trust": {"en": "How far the data go", "ko": "데이터 상태"},
    "numbers": {"en": "What moved", "ko": "움직인 지표"},
    "odd": {"en": "Out of the ordinary", "ko": "평소와 다른 것"},
    "goals": {"en": "Goals", "ko": "목표"},
    "experiments": {"en": "Experiments", "ko": "실험"},
    "waiting": {"en": "Waiting for a person", "ko": "사람을 기다리는 일"},
}
MARKS = {
    "warning": {"en": "Warning:", "ko": "경고:"},
    "notice": {"en": "Note:", "ko": "알림:"},
}
# Without these no number of a company is right.
MUST_ARRIVE = ("app.customers", "app.orders", "app.order_items")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Withheld(Exception):
    """Why there is no report."""


@dataclass(frozen=True)
class Report:
    """The day it is about, its lines in order, and the headline numbers: website/mail.py says what each holds."""

    day: date
    lines: list[dict]
    headlines: list[dict] = field(default_factory=list)

    def sections(self, language: str) -> list[dict]:
        """Titles and lines as they are read, those without a line left out."""
        ending = "" if language == "en" else "_ko"
        sections = []
        for name, titles in SECTIONS.items():
            lines = [
                {
                    "sentence": line[f"sentence{ending}"],
                    "severity": line["severity"],
                    "mark": MARKS.get(line["severity"], {}).get(language, ""),
                }
                for line in self.lines
                if line["section"] == name
            ]
            if lines:
                sections.append({"title": titles[language], "lines": lines})
        return sections

    def title(self, language: str) -> str:
        return TITLES[language].format(day=self.day)

    def numbers(self, language: str) -> list[dict]:
        """The headline numbers as they are read."""
        place = LANGUAGES.index(language)
        return [
            number
            | {
                name: number[name][place] if number[name] else ""
                for name in ("label", "change", "sentence", "goal")
            }
            for number in self.headlines
        ]

    def pictures(self) -> dict[str, bytes]:
        """The pictures by the name of their file: they hold no word, and serve both languages."""
        return {
            f"{number['name']}.png": number["picture"]
            for number in self.headlines
            if number["picture"]
        }


def read(published: pathlib.Path, target: pathlib.Path | None = None) -> Report:
    """The report of the current build; withheld where it cannot be believed. With dbt's target folder it has the
    headline numbers, too."""
    build = publish.current_of(published)
    if build is None:
        raise Withheld(f"Nothing is published in {published} yet. Run make build and make publish.")
    with duckdb.connect(str(build / publish.DATABASE), read_only=True) as connection:
        late = connection.execute(
            "select subject, sentence from metrics.morning_report "
            "where line_name = 'table_late' and subject in (select unnest($1)) order by subject",
            [list(MUST_ARRIVE)],
        ).fetchall()
        if late:
            raise Withheld(
                f"What every number hangs on is late. {' '.join(text for _, text in late)}"
            )
        found = connection.execute("from metrics.morning_report order by section, place")
        names = [name for name, *_ in found.description]
        lines = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    about = json.loads((build / publish.MANIFEST).read_text(encoding="utf-8"))
    headlines = []
    if target:
        # The charts take a second to load: who asks for no numbers does not wait for it.
        import mail

        headlines = mail.headlines(build, target)
    return Report(date.fromisoformat(about["as_of"]), lines, headlines)


def check_build(published: pathlib.Path, database: pathlib.Path, target: pathlib.Path) -> None:
    """Withholds the report of an older build after one that failed or was not published; of none, where there is no
    warehouse here."""
    build = publish.current_of(published)
    if build is None or not database.exists():
        return
    about = json.loads((build / publish.MANIFEST).read_text(encoding="utf-8"))
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            newest = publish.last_whole_run(connection, target)
    except publish.CannotPublish as error:
        raise Withheld(str(error)) from error
    except duckdb.IOException as error:
        raise Withheld(
            publish.in_use(error, database)
            or f"{database} is being built. Wait for the end, then run make publish."
        ) from error
    if newest["last_invocation_id"] != about["built"].get("last_invocation_id"):
        raise Withheld("The last build is not published. Run make publish.")


def as_text(report: Report, language: str) -> str:
    """For a terminal, or a mail program that shows no HTML."""
    blocks = [report.title(language)]
    if numbers := report.numbers(language):
        lines = [
            f"- {number['label']}: {number['sentence']} {number['goal']}".rstrip()
            for number in numbers
        ]
        blocks.append("\n".join([NUMBERS[language].upper(), *lines]))
    for section in report.sections(language):
        lines = [
            f"- {line['mark']} {line['sentence']}".replace("-  ", "- ") for line in section["lines"]
        ]
        blocks.append("\n".join([section["title"].upper(), *lines]))
    return "\n\n".join([*blocks, FOOTERS[language]]) + "\n"


def as_html(report: Report, language: str, prefix: str = "") -> str:
    """For mail: no script, no request. `prefix` stands before the names of pictures: cid: in a mail."""
    environment = rendering.environment(PROJECT / "docs", is_html=True)
    return environment.get_template("morning_report.html.j2").render(
        language=language,
        title=report.title(language),
        numbers=[
            number | {"picture": f"{prefix}{number['name']}.png" if number["picture"] else None}
            for number in report.numbers(language)
        ],
        sections=report.sections(language),
        footer=FOOTERS[language],
    )


def as_blocks(report: Report, language: str) -> dict:
    """For Slack: a header, and a section each with at most 3,000 characters, as Slack takes them."""

    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    title = report.title(language)
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": title}}]
    numbers = [
        {
            "mark": "",
            "sentence": f"{number['label']}: {number['sentence']} {number['goal']}".rstrip(),
        }
        for number in report.numbers(language)
    ]
    first = [{"title": NUMBERS[language], "lines": numbers}] if numbers else []
    for section in first + report.sections(language):
        part = f"*{escaped(section['title'])}*"
        for line in section["lines"]:
            text = "\n• " + escaped(f"{line['mark']} {line['sentence']}".strip())[:2900]
            if len(part) + len(text) > 3000:
                blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": part}})
                part = text.lstrip()
            else:
                part += text
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": part}})
    return {"text": title, "blocks": blocks}


def write(report: Report, folder: pathlib.Path) -> list[pathlib.Path]:
    """Writes every form in every language; the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, picture in report.pictures().items():
        file = folder / name
        file.write_bytes(picture)
        written.append(file)
    for language in LANGUAGES:
        forms = {
            "html": as_html(report, language),
            "txt": as_text(report, language),
            "slack.json": json.dumps(as_blocks(report, language), ensure_ascii=False, indent=1),
        }
        for ending, text in forms.items():
            file = folder / f"morning.{language}.{ending}"
            file.write_text(text, encoding="utf-8")
            written.append(file)
        written += write_pdf(folder / f"morning.{language}.html")
    return written


def write_pdf(page: pathlib.Path) -> list[pathlib.Path]:
    """The page as PDF beside it, where there is a browser."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return []
    pdf = page.with_suffix(".pdf")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    subprocess.run(
        [browser, *flags, f"--print-to-pdf={pdf}", page.as_uri()], check=True, capture_output=True
    )
    return [pdf]


def send_mail(report: Report, language: str, server: str, sender: str, to: str) -> None:
    """One mail to all, as text and as HTML with its pictures inline."""
    address = urllib.parse.urlsplit(server)
    if address.scheme not in ("smtp", "smtps") or not address.hostname:
        raise Withheld("GROUNDWORK_SMTP must read smtp://host:port or smtps://host:port.")
    if not sender or not to:
        raise Withheld("GROUNDWORK_SMTP needs GROUNDWORK_REPORT_FROM and GROUNDWORK_REPORT_TO.")
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = report.title(language), sender, to
    mail.set_content(as_text(report, language))
    mail.add_alternative(as_html(report, language, prefix="cid:"), subtype="html")
    for name, picture in report.pictures().items():
        mail.get_payload()[1].add_related(
            picture, "image", "png", cid=f"<{name}>", filename=name, disposition="inline"
        )
    kind = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
    with kind(address.hostname, address.port or 0, timeout=30) as connection:
        if address.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls()
        if address.username:
            user, password = map(urllib.parse.unquote, (address.username, address.password or ""))
            connection.login(user, password)
        connection.send_message(mail)


def send_blocks(report: Report, language: str, webhook: str) -> None:
    """The blocks to a webhook."""
    request = urllib.request.Request(
        webhook,
        data=json.dumps(as_blocks(report, language)).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30):
        pass


def send_once(folder: pathlib.Path, channel: str, send) -> str:
    """Sends unless it was sent, or may have been, on that day; what was done, in words.

    The mark is made before it is sent: who is killed in between does not send twice.
    """
    mark = folder / f"sent.{channel}"
    try:
        with mark.open("x", encoding="utf-8") as opened:
            opened.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n")
    except FileExistsError:
        return (
            f"not sent again by {channel}: {mark} says it was. Remove that file to send it again."
        )
    try:
        send()
    except (ConnectionError, TimeoutError, urllib.error.URLError, smtplib.SMTPException, Withheld):
        mark.unlink()
        raise
    return f"sent by {channel}"


def send_all(report: Report, folder: pathlib.Path, settings: dict, today: date) -> list[str]:
    """Sends it wherever that is configured; what was done, in words."""
    server, webhook = settings.get("GROUNDWORK_SMTP"), settings.get("GROUNDWORK_WEBHOOK")
    if not server and not webhook:
        return ["not sent: neither GROUNDWORK_SMTP nor GROUNDWORK_WEBHOOK is set"]
    most = int(settings.get("GROUNDWORK_REPORT_MAX_AGE", "2"))
    age = (today - report.day).days
    if age > most:
        raise Withheld(
            f"The data end on {report.day}, {age} days ago, more than {most} (GROUNDWORK_REPORT_MAX_AGE)."
        )
    language = settings.get("GROUNDWORK_LANGUAGE", "en")
    if language not in LANGUAGES:
        raise Withheld(f"GROUNDWORK_LANGUAGE is {language}: write one of {', '.join(LANGUAGES)}.")
    done = []
    if server:
        sender, to = settings.get("GROUNDWORK_REPORT_FROM"), settings.get("GROUNDWORK_REPORT_TO")
        done.append(
            send_once(folder, "mail", lambda: send_mail(report, language, server, sender, to))
        )
    if webhook:
        done.append(send_once(folder, "webhook", lambda: send_blocks(report, language, webhook)))
    return done


def main() -> None:
    published = publish.published_folder()
    database, target = publish.warehouse_of_the_run()
    reports = pathlib.Path(os.environ.get("GROUNDWORK_REPORTS", PROJECT / "report")).resolve()
    try:
        check_build(published, database, target)
        report = read(published, target)
        folder = reports / f"{report.day}"
        files = write(report, folder)
        print(as_text(report, "en"))
        print(*files, sep="\n")
        print(*send_all(report, folder, dict(os.environ), datetime.now(UTC).date()), sep="\n")
    except Withheld as error:
        sys.exit(f"The morning report is withheld. {error}")
    except (OSError, smtplib.SMTPException) as error:
        sys.exit(f"The morning report was written but not sent: {error}")


if __name__ == "__main__":
    main()
