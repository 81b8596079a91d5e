"""The mailbox door against a real IMAP server: what is taken, what is not, who is answered."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from ingestion.core.connection import Connection
from ingestion.core.environment import ConfigurationError, engine
from ingestion.core.errors import IngestionError, SourceUnavailable
from ingestion.embedded.postgres import Cluster
from ingestion.ledger.due import all_agencies
from ingestion.reading.isolation import Isolated
from ingestion.sources.agency_reports.doors.mailbox import Collected, collect, mail_limits
from ingestion.sources.agency_reports.doors.postbox import Postbox
from ingestion.sources.agency_reports.doors.senders import Contact, Senders
from ingestion.sources.agency_reports.doors.settings import read_door_settings
from sandbox.mailbox.delivery import ArrivedMail, report_mail
from tests.conftest import copy_of_template
from tests.fixtures.mailbox import RunningMailbox, running_mailbox
from tests.fixtures.report_intake import NotingIntake

SENT_AT = datetime(2026, 10, 12, 1, 30, tzinfo=UTC)
SNV = "cchc.snv@sonla.example"
STC = "cchc.stc@sonla.example"
FOLDERS = read_door_settings().mailbox.folders


@pytest.fixture(scope="module")
def server() -> Iterator[RunningMailbox]:
    with running_mailbox() as running:
        yield running


@pytest.fixture(scope="module")
def pool() -> Iterator[Isolated]:
    with Isolated(limits=mail_limits(read_door_settings().mailbox)) as isolated:
        yield isolated


@pytest.fixture(scope="module")
def database(postgres_cluster: Cluster, migrated_template: str) -> Iterator[Engine]:
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    warehouse = engine("cchc_ingest", url)
    yield warehouse
    warehouse.dispose()


class Office:
    """One test's mailbox, intake and contact book."""

    def __init__(self, server: RunningMailbox, pool: Isolated, database: Engine) -> None:
        self.server = server
        self.pool = pool
        self.engine = database
        self.intake = NotingIntake(self.engine)
        self.settings = read_door_settings()
        keys = {a.code: a.key for a in all_agencies() if a.is_valid_on(SENT_AT.date())}
        self.contacts = [
            Contact(keys["SNV"], SNV, date(2025, 7, 1), None),
            Contact(keys["STC"], STC, date(2025, 7, 1), date(2026, 11, 1)),
        ]

    def bounds(self, **mailbox: Any) -> None:
        self.settings = replace(self.settings, mailbox=replace(self.settings.mailbox, **mailbox))

    def collect(self, connection: Connection | None = None) -> Collected:
        return collect(
            connection or self.server.connection,
            self.intake,
            self.engine,
            own=["kho-chi-tieu@sonla.example"],
            senders=Senders(self.contacts, all_agencies()),
            settings=self.settings,
            pool=self.pool,
        )

    def arrives(self, *mails: ArrivedMail) -> Collected:
        self.server.put(*mails)
        return self.collect()

    @property
    def taken(self) -> list[tuple[str, str | None, str | None, str]]:
        return [
            (d.file_name, d.claimed_agency_code, d.refused_with, d.reply_by)
            for d in self.intake.deliveries
        ]


@pytest.fixture
def office(server: RunningMailbox, pool: Isolated, database: Engine) -> Office:
    server.empty()
    owner = create_engine(database.url)
    with owner.begin() as connection:
        connection.execute(text("truncate ops.submission"))
    owner.dispose()
    return Office(server, pool, database)


def test_a_report_is_taken_with_its_sender_its_time_and_its_thread(office: Office) -> None:
    mail = report_mail(f"Sở Nội vụ <{SNV}>", {"Báo cáo quý III.xlsx": b"PK"}, SENT_AT)
    done = office.arrives(mail)
    (delivery,) = office.intake.deliveries
    assert delivery.content == b"PK"
    assert office.taken == [("Báo cáo quý III.xlsx", "SNV", None, "mail")]
    assert delivery.received_at == SENT_AT
    assert delivery.reply_to == SNV
    assert delivery.reply_thread is not None and delivery.reply_thread.endswith("@sonla.example>")
    assert done.taken == 1 and done.receipts == ["BN-2026-000001"]
    assert office.server.folders() == {
        "INBOX": [],
        FOLDERS.taken: ["Báo cáo cải cách hành chính"],
    }


def test_the_server_s_date_counts_not_what_the_sender_writes(office: Office) -> None:
    early = {"Date": "Thu, 01 Jan 2026 00:00:00 +0700"}
    office.arrives(report_mail(SNV, {"a.xlsx": b"1"}, SENT_AT, headers=early))
    assert office.intake.deliveries[0].received_at == SENT_AT


def test_each_attachment_is_a_delivery_and_scans_go_along(office: Office) -> None:
    files = {"quy.xlsx": b"1", "Nam.XLS": b"2", "ban-ky.pdf": b"%PDF", "cong-van.docx": b"PK"}
    office.arrives(report_mail(SNV, files, SENT_AT))
    assert [name for name, *_ in office.taken] == ["quy.xlsx", "Nam.XLS"]


def test_a_scan_alone_is_taken_so_that_its_sender_is_told(office: Office) -> None:
    office.arrives(report_mail(SNV, {"ban-ky.pdf": b"%PDF"}, SENT_AT))
    assert office.taken == [("ban-ky.pdf", "SNV", None, "mail")]


def test_pictures_of_a_signature_are_no_attachments(office: Office) -> None:
    mail = EmailMessage()
    mail["From"], mail["Message-ID"] = SNV, "<chu-ky@sonla.example>"
    mail.set_content("Kính gửi")
    mail.add_alternative('<img src="cid:logo">', subtype="html")
    html = mail.get_payload()[1]
    html.add_related(b"\x89PNG", "image", "png", cid="<logo>", filename="logo.png")
    mail.add_attachment(b"PK", maintype="application", subtype="octet-stream", filename="a.xlsx")
    office.arrives(ArrivedMail(mail.as_bytes(), SENT_AT))
    assert [name for name, *_ in office.taken] == ["a.xlsx"]


def test_a_mail_read_again_after_a_crash_is_the_same_delivery(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.server.put(report_mail(SNV, {"a.xlsx": b"1", "b.xlsx": b"2"}, SENT_AT))
    with monkeypatch.context() as patch:
        patch.setattr(Postbox, "move", _killed)
        with pytest.raises(KeyboardInterrupt):
            office.collect()
    office.collect()
    ids = [d.submission_id for d in office.intake.deliveries]
    assert len(ids) == 4 and ids[:2] == ids[2:]
    assert len(office.intake.receipts) == 2
    assert office.server.folders()["INBOX"] == []


def _killed(self: Postbox, uid: str, folder: str) -> None:
    raise KeyboardInterrupt


def test_a_duplicate_message_id_hides_no_other_file_and_no_other_office(office: Office) -> None:
    same = {"Message-ID": "<mot-so@sonla.example>"}
    office.arrives(
        report_mail(SNV, {"a.xlsx": b"1"}, SENT_AT, headers=same),
        report_mail(SNV, {"a.xlsx": b"1"}, SENT_AT, headers=same),
        report_mail(SNV, {"a.xlsx": b"2"}, SENT_AT, headers=same),
        report_mail(STC, {"a.xlsx": b"1"}, SENT_AT, headers=same),
    )
    told = [(r.agency_code, r.sha256[:4]) for r in office.intake.receipts.values()]
    assert len(told) == len(set(told)) == 3


def test_mails_without_an_id_are_told_apart_and_recognised(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = {"Message-ID": ""}
    mails = [
        report_mail(SNV, {"a.xlsx": b"1"}, SENT_AT, subject=subject, headers=without)
        for subject in ("một", "hai")
    ]
    office.server.put(*mails)
    with monkeypatch.context() as patch:
        patch.setattr(Postbox, "move", lambda self, uid, folder: None)
        office.collect()
    office.collect()
    assert len(office.intake.deliveries) == 4 and len(office.intake.receipts) == 2
    assert {d.reply_thread for d in office.intake.deliveries} == {None}


STRANGERS = (
    "la@khac.example",
    f'"{SNV}" <la@khac.example>',
    f"{SNV} <la@khac.example>",
    f"{SNV}, la@khac.example",
    f"la@khac.example ({SNV})",
    f"<{SNV}> <la@khac.example>",
    "cchc.snv@\u017fonla.example",
    "",
)


def test_a_stranger_is_registered_and_neither_read_nor_answered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Postbox, "content", None)  # nothing but the header may be fetched
    for number, sender in enumerate(STRANGERS):
        raw = report_mail(SNV, {"a.xlsx": bytes([number])}, SENT_AT).content
        raw = raw.replace(f"From: {SNV}".encode(), f"From: {sender}".encode())
        office.server.put(ArrivedMail(raw, SENT_AT))
    done = office.collect()
    assert done.strangers == len(STRANGERS) == len(office.intake.receipts)
    for delivery in office.intake.deliveries:
        assert (delivery.refused_with, delivery.reply_by) == ("unknown_sender", "none")
        assert (delivery.content, delivery.claimed_agency_code, delivery.reply_to) == (
            b"",
            None,
            None,
        )
    assert len(office.server.folders()[FOLDERS.to_look_at]) == len(STRANGERS)


def test_two_senders_in_two_headers_are_none(office: Office) -> None:
    raw = report_mail(SNV, {"a.xlsx": b"1"}, SENT_AT).content
    office.arrives(ArrivedMail(b"From: la@khac.example\r\n" + raw, SENT_AT))
    assert [d.refused_with for d in office.intake.deliveries] == ["unknown_sender"]


def test_a_contact_counts_on_the_day_of_receipt_only(office: Office) -> None:
    before = report_mail(STC, {"a.xlsx": b"1"}, datetime(2026, 10, 31, 16, 59, tzinfo=UTC))
    after = report_mail(STC, {"a.xlsx": b"1"}, datetime(2026, 10, 31, 17, 0, tzinfo=UTC))
    office.arrives(before, after)
    assert [d.claimed_agency_code for d in office.intake.deliveries] == ["STC", None]


def test_strangers_are_registered_up_to_a_bound(office: Office) -> None:
    office.bounds(strangers_a_day=2)
    mails = [report_mail("la@khac.example", {f"{n}.xlsx": b"1"}, SENT_AT) for n in range(4)]
    done = office.arrives(*mails)
    assert (len(office.intake.deliveries), done.strangers) == (2, 4)
    assert office.server.folders()["INBOX"] == []


def test_where_the_server_s_word_is_asked_for_a_sender_without_it_is_a_stranger(
    office: Office,
) -> None:
    office.bounds(authserv_id="mx.sonla.example")
    verdicts = {
        "tốt": "mx.sonla.example; spf=fail; dmarc=pass header.from=sonla.example",
        "sai": "mx.sonla.example; spf=pass; dmarc=fail",
        "máy khác": "mx.khac.example; dmarc=pass",
        "không có": "",
    }
    for subject, verdict in verdicts.items():
        headers = {"Authentication-Results": verdict}
        mail = report_mail(SNV, {"a.xlsx": subject.encode()}, SENT_AT, headers=headers)
        office.arrives(mail)
    brought = {"Authentication-Results": verdicts["tốt"]}
    forged = report_mail(SNV, {"a.xlsx": b"x"}, SENT_AT, headers=brought)
    ours = b"Authentication-Results: mx.sonla.example; dmarc=fail\r\n"
    office.arrives(ArrivedMail(ours + forged.content, SENT_AT))
    claimed = [d.claimed_agency_code for d in office.intake.deliveries]
    assert claimed == ["SNV", None, None, None, None]


MACHINES = (
    {"Auto-Submitted": "auto-replied (vacation)"},
    {"X-Autoreply": "yes"},
    {"Precedence": "auto_reply"},
    {"Return-Path": "<>"},
    {"X-Failed-Recipients": "a@b.example"},
    {"X-CCHC-Receipt": "BN-2026-000001"},
    {"From": "MAILER-DAEMON@sonla.example"},
    {"From": "bao-cao@sonla.example"},
    {"From": "Kho chỉ tiêu <Kho-Chi-Tieu@SonLa.example>"},
)


def test_what_a_machine_answers_is_set_aside(office: Office) -> None:
    files = {"a.xlsx": b"1"}
    mails = [report_mail(SNV, files, SENT_AT, headers=headers) for headers in MACHINES]
    assert office.arrives(*mails).automatic == len(MACHINES)
    assert office.intake.deliveries == []
    assert len(office.server.folders()[FOLDERS.automatic]) == len(MACHINES)


def test_a_bounce_of_our_receipt_is_set_aside(office: Office) -> None:
    bounce = (
        b"From: " + SNV.encode() + b"\r\nContent-Type: multipart/report;"
        b' report-type=delivery-status; boundary="x"\r\n\r\n--x\r\n'
        b"Content-Type: message/rfc822\r\n\r\nX-CCHC-Receipt: 1\r\n\r\n--x--\r\n"
    )
    assert office.arrives(ArrivedMail(bounce, SENT_AT)).automatic == 1
    assert office.intake.deliveries == []


SENT_BY_MACHINES = (
    {"Auto-Submitted": "auto-generated"},
    {"Precedence": "bulk"},
    {"List-Id": "<phong-ban.sonla.example>"},
    {"X-Auto-Response-Suppress": "DR, AutoReply"},
)


def test_a_report_that_a_machine_sends_is_taken_and_not_answered(office: Office) -> None:
    office.arrives(
        *(
            report_mail(SNV, {f"{number}.xlsx": b"1"}, SENT_AT, headers=headers)
            for number, headers in enumerate(SENT_BY_MACHINES)
        )
    )
    assert office.taken == [(f"{number}.xlsx", "SNV", None, "none") for number in range(4)]


def test_a_mail_that_says_it_is_no_machine_s_is_answered(office: Office) -> None:
    office.arrives(report_mail(SNV, {"a.xlsx": b"1"}, SENT_AT, headers={"Auto-Submitted": "no"}))
    assert office.taken == [("a.xlsx", "SNV", None, "mail")]


def test_answers_to_one_address_end(office: Office) -> None:
    office.bounds(answers_a_day=2)
    mails = [report_mail(SNV, {"a.xlsx": str(n).encode()}, SENT_AT) for n in range(3)]
    office.arrives(*mails, report_mail(STC, {"a.xlsx": b"1"}, SENT_AT))
    assert [d.reply_by for d in office.intake.deliveries] == ["mail", "mail", "none", "mail"]


def test_a_forgotten_attachment_is_told_and_thanks_are_not(office: Office) -> None:
    done = office.arrives(
        report_mail(SNV, {}, SENT_AT, subject="quên tệp"),
        report_mail(SNV, {}, SENT_AT, subject="cảm ơn", headers={"In-Reply-To": "<bn@x.example>"}),
        report_mail(SNV, {}, SENT_AT, subject="máy", headers={"Auto-Submitted": "auto-generated"}),
    )
    assert [(refused, reply) for *_, refused, reply in office.taken] == [("no_attachment", "mail")]
    assert done.without_file == 3
    assert office.server.folders()[FOLDERS.without_file] == ["quên tệp", "cảm ơn", "máy"]


def test_a_huge_mail_is_refused_before_it_is_fetched(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.bounds(mail_mib=1)
    monkeypatch.setattr(Postbox, "content", None)
    office.arrives(report_mail(SNV, {"a.xlsx": b"x" * 2**20}, SENT_AT))
    assert [(refused, reply) for *_, refused, reply in office.taken] == [("mail_too_large", "mail")]
    (delivery,) = office.intake.deliveries
    assert delivery.content == b"" and delivery.byte_count > 2**20


def test_a_server_that_states_a_wrong_size_changes_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.bounds(mail_mib=1)
    waiting = Postbox.waiting

    def small(self: Postbox) -> Any:
        mails, left = waiting(self)
        return [replace(mail, size=10) for mail in mails], left

    monkeypatch.setattr(Postbox, "waiting", small)
    office.arrives(report_mail(SNV, {"a.xlsx": b"x" * 2**20}, SENT_AT))
    assert [d.refused_with for d in office.intake.deliveries] == ["mail_too_large"]


def test_a_large_file_is_refused_by_itself(office: Office) -> None:
    office.settings = replace(office.settings, file_mib=1)
    office.arrives(report_mail(SNV, {"to.xlsx": b"x" * (2**20 + 1), "nho.xlsx": b"1"}, SENT_AT))
    assert [(name, refused) for name, _, refused, _ in office.taken] == [
        ("to.xlsx", "file_too_large"),
        ("nho.xlsx", None),
    ]


def test_more_files_than_are_taken_are_none(office: Office) -> None:
    office.bounds(attachments=3)
    office.arrives(report_mail(SNV, {f"{n}.xlsx": b"1" for n in range(4)}, SENT_AT))
    assert [refused for *_, refused, _ in office.taken] == ["too_many_attachments"]


def test_an_outlook_envelope_is_named(office: Office) -> None:
    office.arrives(report_mail(SNV, {"winmail.dat": b"\x78\x9f\x3e\x22"}, SENT_AT))
    assert [refused for *_, refused, _ in office.taken] == ["outlook_envelope"]


def test_a_forwarded_mail_is_opened_as_deep_as_people_forward(office: Office) -> None:
    office.bounds(nesting=2)
    inner = report_mail("la@khac.example", {"a.xlsx": b"1"}, SENT_AT)
    for depth in range(3):
        inner = _forwarded(inner, f"chuyển tiếp {depth}")
        office.arrives(inner)
    assert [(d.claimed_agency_code, d.refused_with) for d in office.intake.deliveries] == [
        ("SNV", None),
        ("SNV", None),
        ("SNV", "unreadable_mail"),
    ]


def _forwarded(mail: ArrivedMail, subject: str) -> ArrivedMail:
    head = (
        f"From: {SNV}\r\nMessage-ID: <{abs(hash(subject))}@x>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
        "Content-Type: message/rfc822\r\n\r\n"
    ).replace("%d", subject[-1])
    end = f"\r\n--b{subject[-1]}--\r\n"
    return ArrivedMail(head.encode() + mail.content + end.encode(), SENT_AT)


def test_a_mail_that_cannot_be_taken_apart_costs_only_itself(office: Office) -> None:
    parts = b"--b\r\nContent-Disposition: attachment\r\n\r\n\r\n" * 2_000
    head = f"From: {SNV}\r\nMessage-ID: <bay@x>\r\nMIME-Version: 1.0\r\n".encode()
    trap = head + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts
    office.arrives(ArrivedMail(trap, SENT_AT), report_mail(SNV, {"tot.xlsx": b"1"}, SENT_AT))
    assert [(name, refused) for name, _, refused, _ in office.taken] == [
        ("thư không có tệp dùng được", "too_many_attachments"),
        ("tot.xlsx", None),
    ]
    assert office.server.folders()["INBOX"] == []


def test_names_of_files_are_names(office: Office) -> None:
    names = {
        "../../etc/passwd.xlsx": b"1",
        "C:\\Windows\\b.xlsx": b"2",
        "c\u202excod.xlsx": b"3",
        "<script>alert(1)<\\script>.xlsx": b"4",
        "n" * 300 + ".xlsx": b"5",
    }
    mail = report_mail(SNV, names, SENT_AT).content
    injected = (
        b'Content-Disposition: attachment;\r\n filename="a\r\n\tBcc: la@khac.example.xlsx"'
        b"\r\n\r\nx\r\n"
    )
    office.arrives(ArrivedMail(mail, SENT_AT))
    office.arrives(
        ArrivedMail(b"From: " + SNV.encode() + b"\r\nMessage-ID: <tiem@x>\r\n" + injected, SENT_AT)
    )
    found = [name for name, *_ in office.taken]
    assert found[:2] == ["passwd.xlsx", "b.xlsx"]
    assert found[2] == "cxcod.xlsx"
    assert len(found[4]) == 120 and found[4].endswith("n.xlsx")
    assert all(name.isprintable() and "/" not in name and "\\" not in name for name in found)


def test_header_injection_reaches_no_answer(office: Office) -> None:
    raw = report_mail(SNV, {"a.xlsx": b"1"}, SENT_AT, headers={"Message-ID": ""}).content
    evil = b"Message-ID: <a@b\r\n Bcc: la@khac.example>\r\n" + raw
    office.arrives(ArrivedMail(evil, SENT_AT))
    assert office.intake.deliveries[0].reply_thread is None


def test_what_we_cannot_do_leaves_the_mail_where_it_is(office: Office) -> None:
    office.intake.breaks = [IngestionError("đĩa đầy")]
    with pytest.raises(IngestionError, match="đĩa đầy"):
        office.arrives(report_mail(SNV, {"a.xlsx": b"1"}, SENT_AT))
    assert len(office.server.folders()["INBOX"]) == 1
    assert office.collect().taken == 1
    assert len(office.intake.receipts) == 1


def test_a_mail_that_trips_us_does_not_keep_the_others_waiting(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.intake.breaks = [ZeroDivisionError()]
    with caplog.at_level(logging.ERROR), pytest.raises(IngestionError, match="1 mails could not"):
        office.arrives(
            report_mail(SNV, {"a.xlsx": b"1"}, SENT_AT), report_mail(STC, {"b.xlsx": b"2"}, SENT_AT)
        )
    assert len(office.intake.receipts) == 2
    assert len(office.server.folders()["INBOX"]) == 1
    assert SNV not in caplog.text


def test_a_missing_setting_stops_the_run(office: Office) -> None:
    office.intake.breaks = [ConfigurationError("no form key")]
    with pytest.raises(ConfigurationError):
        office.arrives(report_mail(SNV, {"a.xlsx": b"1"}, SENT_AT))
    assert len(office.server.folders()["INBOX"]) == 1


def test_a_run_takes_the_oldest_mails_and_says_how_many_wait(office: Office) -> None:
    office.bounds(mails_a_run=2)
    done = office.arrives(*(report_mail(SNV, {f"{n}.xlsx": b"1"}, SENT_AT) for n in range(3)))
    assert (done.taken, done.left) == (2, 1)
    assert office.collect().taken == 1
    assert [name for name, *_ in office.taken] == ["0.xlsx", "1.xlsx", "2.xlsx"]


def test_an_empty_mailbox_is_no_error(office: Office) -> None:
    assert office.collect() == Collected()


def test_a_mail_server_that_fails_is_the_source_s_fault_and_its_words_stay_out(
    office: Office,
) -> None:
    wrong = replace(office.server.connection, password="sai mật khẩu")
    gone = replace(office.server.connection, port=1)
    for connection in (wrong, gone):
        with pytest.raises(SourceUnavailable) as told:
            office.collect(connection)
        assert "mật khẩu" not in str(told.value) and told.value.cause == "source"
    with pytest.raises(ConfigurationError, match="AIRFLOW_CONN_AGENCY_REPORTS"):
        office.collect(replace(office.server.connection, password=None))


def test_without_encryption_no_password_leaves_this_machine(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test's server offers no STARTTLS: by any name but loopback's it is not logged in to."""
    by_name = replace(office.server.connection, host="hop-thu.example")
    import socket

    real = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda address, *rest: real(("127.0.0.1", address[1]), *rest)
    )
    sent: list[bytes] = []
    monkeypatch.setattr("imaplib.IMAP4.send", _noted(sent))
    with pytest.raises(SourceUnavailable):
        office.collect(by_name)
    assert sent and not any(b"LOGIN" in line or b"AUTH" in line for line in sent)


def _noted(sent: list[bytes]) -> Any:
    def send(self: Any, data: bytes) -> None:
        sent.append(data)
        self.sock.sendall(data)

    return send
