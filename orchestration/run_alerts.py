"""Tells people, by mail and webhook, that a step failed or is late: once, and once more when it is well again.

What is to be said is written down before it is sent and marked after, so a kill loses no message; one that was sent in
the very moment of the kill is sent again, with the same id. A server that does not answer is asked again by the next
call of the runner.
"""

import json
import os
import smtplib
import ssl
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from email.message import EmailMessage

from plan import Plan, Step
from run_state import State, now_text

WORDS = {
    "failed": "failed",
    "late": "is late",
    "recovered": "is well again",
}


def ways_of(plan: Plan, step: Step) -> list[tuple[str, str, str]]:
    """Person, way and address of everybody who is told of a step; names of variables stand for what they hold."""
    found = []
    for person in step.tell:
        for way in ("mail", "webhook"):
            told = plan.people[person].get(way) or []
            known = [
                os.environ.get(address[1:], "") if address.startswith("$") else address
                for address in (told if isinstance(told, list) else [told])
            ]
            # Nobody has said by which server: a mail that waits for one would be old news when it comes.
            if way == "mail" and not os.environ.get("GROUNDWORK_SMTP"):
                continue
            if any(known):
                found.append((person, way, ", ".join(filter(None, known))))
    return found


def tell(state: State, plan: Plan, step: Step, kind: str, run: str, message: str) -> None:
    """Says that a step is not well, unless that was said and it has not been well since; or that it is well again."""
    trouble = state.trouble(step.name)
    if bool(trouble) == (kind != "recovered"):
        return
    subject = f"Groundwork: {step.name} {WORDS[kind]} ({run})"
    since = f"\n\nIt was {trouble['kind']} since {trouble['since'][:16]} UTC." if trouble else ""
    messages = [
        {
            "message_id": f"{run}.{step.name}.{kind}.{person}.{way}.{now_text()}".replace(" ", "T"),
            "step": step.name,
            "kind": kind,
            "person": person,
            "way": way,
            "subject": subject,
            "body": f"{message}{since}".strip(),
        }
        for person, way, _ in ways_of(plan, step)
    ]
    state.note(step.name, None if kind == "recovered" else kind, run, messages)


def send_all(state: State, plan: Plan) -> list[str]:
    """Sends what is to be sent; what could not be, in words without passwords."""
    problems = []
    for row in state.unsent():
        addresses = [
            address
            for step in plan.steps
            if step.name == row["step"]
            for person, way, address in ways_of(plan, step)
            if (person, way) == (row["person"], row["way"])
        ]
        try:
            for address in addresses:
                send_mail(row, address) if row["way"] == "mail" else send_hook(row, address)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            why = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
            problems.append(
                f"{row['person']} could not be told by {row['way']} that {row['step']} {WORDS[row['kind']]} "
                f"({type(error).__name__}: {without_address(str(why), addresses)}). The next run tries again."
            )
            continue
        state.sent(row["message_id"])
    return problems


def without_address(text: str, addresses: list[str]) -> str:
    """An error of a server may quote what it was asked."""
    for address in addresses:
        text = text.replace(address, "…")
    return text[:200]


def send_mail(row, to: str) -> None:
    """One mail, by the server that the morning report uses."""
    server, sender = os.environ.get("GROUNDWORK_SMTP"), os.environ.get("GROUNDWORK_REPORT_FROM")
    if not server or not sender:
        raise ValueError("GROUNDWORK_SMTP and GROUNDWORK_REPORT_FROM are not both set")
    address = urllib.parse.urlsplit(server)
    if address.scheme not in ("smtp", "smtps") or not address.hostname:
        raise ValueError("GROUNDWORK_SMTP must read smtp://host:port or smtps://host:port")
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = row["subject"], sender, to
    mail["Message-ID"] = f"<{row['message_id'].replace(':', '')}@groundwork>"
    mail["Date"] = datetime.fromisoformat(row["told_at"]).replace(tzinfo=UTC)
    mail.set_content(row["body"] + "\n")
    context = ssl.create_default_context()
    if address.scheme == "smtps":
        connection = smtplib.SMTP_SSL(
            address.hostname, address.port or 0, timeout=30, context=context
        )
    else:
        connection = smtplib.SMTP(address.hostname, address.port or 0, timeout=30)
    with connection:
        if address.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls(context=context)
        if address.username:
            user, password = map(urllib.parse.unquote, (address.username, address.password or ""))
            connection.login(user, password)
        connection.send_message(mail)


def send_hook(row, webhook: str) -> None:
    """A POST of JSON; `text` is what Slack shows."""
    told = {
        "text": f"{row['subject']}\n{row['body']}",
        "id": row["message_id"],
        "step": row["step"],
        "kind": row["kind"],
        "told_at": row["told_at"],
    }
    request = urllib.request.Request(
        webhook, data=json.dumps(told).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30):
        pass
