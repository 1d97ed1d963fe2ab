"""What a report says to people without cryptography, in one language: a verdict, facts, and how to check again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from signing.reports._account import Account, Fact, Moment, Say, Section
from signing.reports._closing import how_to_check, meaning, who_answers
from signing.reports._report import VerificationReport
from signing.verify import Change, Indication, Reason, Revocation, SignatureReport, TimestampReport, Verdict

VI_EN = ("vi", "en")
_VERDICTS = {
    Verdict.VALID: ("good", "HỢP LỆ", "VALID"),
    Verdict.INDETERMINATE: ("unsure", "CHƯA THỂ KẾT LUẬN", "CANNOT BE DECIDED"),
    Verdict.INVALID: ("bad", "KHÔNG HỢP LỆ", "NOT VALID"),
    Verdict.UNSIGNED: ("unsure", "KHÔNG CÓ CHỮ KÝ SỐ", "NOT SIGNED"),
}
_NO_VERDICT = ("bad", "KHÔNG KIỂM TRA ĐƯỢC", "COULD NOT BE VERIFIED")
_INDICATIONS = {
    Indication.TOTAL_PASSED: ("good", "Hợp lệ", "Valid"),
    Indication.INDETERMINATE: ("unsure", "Chưa thể kết luận", "Cannot be decided"),
    Indication.TOTAL_FAILED: ("bad", "Không hợp lệ", "Not valid"),
}
_IN_OWN_LINE = {"no-timestamp", "revocation-not-checked"}
"""Reasons that a fact of its own tells."""
_VIETNAM = timezone(timedelta(hours=7))


def told(
    report: VerificationReport,
    language: str,
    *,
    signatory: tuple[str, str] | None,
    for_trials: bool,
    moment: Moment,
) -> Account:
    """The report in words.

    Args:
        report: the verification.
        language: ``vi`` or ``en``.
        signatory: who signs the report, and who issued that certificate.
        for_trials: that certificate has no legal value.
        moment: writes an instant for people.
    """

    def say(vi: str, en: str) -> str:
        return vi if language == "vi" else en

    kind, vi, en = _VERDICTS.get(report.file.verdict, _NO_VERDICT)
    warning = ""
    if for_trials:
        warning = say(
            "Báo cáo này được ký bằng chứng thư THỬ NGHIỆM của chính hệ thống: không có giá trị pháp lý.",
            "This report is signed with a TEST certificate of the service itself: it has no legal value.",
        )
    elif signatory is None:
        warning = say(
            "Báo cáo này không được ký: ai cũng có thể sửa. Hãy kiểm tra lại theo cách nêu ở cuối báo cáo.",
            "This report is not signed: anybody could have changed it. Check again as its end tells.",
        )
    return Account(
        title=say("BÁO CÁO KIỂM TRA CHỮ KÝ SỐ", "SIGNATURE VERIFICATION REPORT"),
        subtitle=say("Bản tiếng Việt; bản tiếng Anh ở sau.", "English text; the Vietnamese text comes first."),
        warning=warning,
        kind=kind,
        verdict=say(vi, en),
        sentence=say(report.file.message_vi, report.file.message_en),
        sections=tuple(_sections(report, say, moment, signatory)),
    )


def _sections(
    report: VerificationReport, say: Say, moment: Moment, signatory: tuple[str, str] | None
) -> Iterator[Section]:
    file = report.file
    facts = [
        Fact(say("Tên tệp", "Name"), (report.file_name or say("(không tên)", "(without a name)"),)),
        Fact("SHA-256", (file.sha256,), "code"),
        Fact(say("Dung lượng", "Size"), (say(f"{_grouped(file.size_bytes, '.')} byte", _bytes_en(file.size_bytes)),)),
        Fact(say("Kết luận cho thời điểm", "Judged for"), (moment(file.checked_at),)),
    ]
    facts += [Fact(say("Lưu ý", "Note"), (_words(one, say),), "unsure") for one in file.notes]
    yield Section(say("Tệp được kiểm tra", "The file"), tuple(facts))
    for number, one in enumerate(file.signatures, 1):
        heading = say(f"Chữ ký {number}: ", f"Signature {number}: ") + (one.holder or "?")
        yield Section(heading, tuple(_signature(one, report, say, moment)))
    for stamp in file.document_timestamps:
        heading = say("Dấu thời gian cho cả văn bản", "Timestamp over the whole document")
        yield Section(heading, tuple(_stamp(stamp, say, moment)))
    yield _rests_on(report, say)
    yield how_to_check(report, say, moment)
    yield who_answers(say, signatory)
    yield meaning(say)


def _signature(one: SignatureReport, report: VerificationReport, say: Say, moment: Moment) -> Iterator[Fact]:
    kind, vi, en = _INDICATIONS[one.indication]
    term = f"ETSI EN 319 102-1: {one.indication}" + (f" / {one.sub_indication}" if one.sub_indication else "")
    against = tuple(_words(reason, say) for reason in one.reasons if reason.code not in _IN_OWN_LINE)
    yield Fact(say("Kết luận", "Conclusion"), (say(vi, en), *against, term), kind)
    yield Fact(say("Ai ký", "Who signed"), (one.holder or say("không đọc được", "cannot be read"),), "")
    if one.organisation and one.organisation != one.holder:
        yield Fact(say("Cơ quan, tổ chức", "Organisation"), (one.organisation,))
    yield _when(one, say, moment)
    yield _unchanged(one, say)
    if one.intact is not False or one.changes:
        yield _after(one.changes, say, covers_whole_file=one.covers_whole_file)
    yield _certificate(one, say)
    if one.intact is not False:
        yield _revocation(one, say)
    if one.level:
        yield Fact(say("Mức chữ ký", "Level"), (f"PAdES {one.level}",))
    path = report.path_from(container.certificate) if (container := report.container_of(one.field_name)) else ()
    names = [found.common_name for der in path if (found := report.described(der)) is not None]
    if len(names) > 1:
        yield Fact(say("Đường dẫn tin cậy", "Path of trust"), (" → ".join(names),))


def _when(one: SignatureReport, say: Say, moment: Moment) -> Fact:
    label = say("Ký lúc nào", "When")
    if one.timestamped_at is not None:
        proof = say(
            f"Có dấu thời gian của “{one.timestamp_authority}” chứng minh chữ ký đã có vào lúc đó.",
            f"A timestamp of “{one.timestamp_authority}” proves that the signature existed at that time.",
        )
        return Fact(label, (moment(one.timestamped_at), proof), "plain" if one.intact is False else "good")
    claimed = say(
        "Theo đồng hồ của người ký; không có dấu thời gian được tin cậy chứng minh.",
        "By the signer's clock; no trusted timestamp proves it.",
    )
    if one.signed_at is not None:
        return Fact(label, (moment(one.signed_at), claimed), "unsure")
    return Fact(label, (say("Không rõ", "Unknown"),), "unsure")


def _unchanged(one: SignatureReport, say: Say) -> Fact:
    label = say("Nội dung được ký", "What was signed")
    if one.intact is None:
        return Fact(label, (say("Không xác định được", "Cannot be determined"),), "unsure")
    if one.intact:
        return Fact(label, (say("Còn nguyên như khi ký", "Unchanged since it was signed"),), "good")
    return Fact(label, (say("Đã bị thay đổi sau khi ký", "Changed after it was signed"),), "bad")


def _after(changes: tuple[Change, ...], say: Say, *, covers_whole_file: bool) -> Fact:
    label = say("Sau khi ký", "After signing")
    if not changes:
        if covers_whole_file:
            return Fact(label, (say("Không có gì được thêm hay sửa", "Nothing was added or changed"),), "good")
        return Fact(label, (say("Không có thay đổi nào được ghi nhận", "No change was recorded"),))
    bad = any(not change.allowed for change in changes)
    answer = (
        say("Có thay đổi KHÔNG được phép", "There are changes that are NOT allowed")
        if bad
        else say("Chỉ có những cập nhật được phép", "Only updates that are allowed")
    )
    not_allowed = say(" – không được phép", " – not allowed")
    lines = tuple(f"• {_words(one, say)}{'' if one.allowed else not_allowed}" for one in changes)
    return Fact(label, (answer, *lines), "bad" if bad else "good")


def _certificate(one: SignatureReport, say: Say) -> Fact:
    label = say("Chứng thư số", "Certificate")
    if one.intact is False:
        answer, kind = say("Không xét đến", "Not judged"), "plain"
    elif one.trusted:
        answer, kind = say("Được tin cậy", "Trusted"), "good"
    else:
        answer, kind = say("Chưa được tin cậy", "Not trusted"), "unsure"
    lines = [answer]
    if one.issuer:
        lines.append(say(f"Do “{one.issuer}” cấp", f"Issued by “{one.issuer}”"))
    if one.certificate_from and one.certificate_until:
        first, last = _day(one.certificate_from), _day(one.certificate_until)
        lines.append(say(f"Có hiệu lực từ {first} đến {last}", f"In force from {first} to {last}"))
    if one.certificate_serial:
        lines.append(say(f"Số: {one.certificate_serial}", f"Serial number: {one.certificate_serial}"))
    return Fact(label, tuple(lines), kind)


def _revocation(one: SignatureReport, say: Say) -> Fact:
    label = say("Có bị thu hồi không", "Revoked?")
    if one.revocation is Revocation.GOOD:
        return Fact(label, (say("Không, có dữ liệu chứng minh", "No, as data prove"),), "good")
    if one.revocation is Revocation.REVOKED:
        return Fact(label, (say("Đã bị thu hồi", "Revoked"),), "bad")
    return Fact(
        label,
        (say("Không rõ: tệp không kèm dữ liệu để biết", "Unknown: the file carries no data that would tell"),),
        "unsure",
    )


def _stamp(one: TimestampReport, say: Say, moment: Moment) -> Iterator[Fact]:
    kind, vi, en = _INDICATIONS[one.indication]
    term = f"ETSI EN 319 102-1: {one.indication}" + (f" / {one.sub_indication}" if one.sub_indication else "")
    yield Fact(say("Kết luận", "Conclusion"), (say(vi, en), *(_words(each, say) for each in one.reasons), term), kind)
    yield Fact(say("Tổ chức cấp", "Authority"), (one.authority or "?",))
    if one.at is not None:
        means = say(
            "Toàn bộ phần văn bản mà dấu thời gian bao phủ đã có vào lúc đó.",
            "All of the document that it covers existed at that time.",
        )
        yield Fact(say("Thời điểm", "Time"), (moment(one.at), means))
    yield _after(one.changes, say, covers_whole_file=one.covers_whole_file)


def _rests_on(report: VerificationReport, say: Say) -> Section:
    anchors = [report.described(der) for der in report.anchors]
    names = tuple(f"{one.common_name} (SHA-256 {one.sha256[:16]}…)" for one in anchors if one is not None)
    algorithms = report.algorithms
    refused = ", ".join(name.upper() for name in algorithms.refused_digests)
    return Section(
        say("Kết luận dựa trên", "What the conclusion rests on"),
        (
            Fact(say("Tổ chức gốc được tin", "Trusted authorities"), names or (say("không có", "none"),)),
            Fact(
                say("Thu hồi chứng thư", "Revocation"),
                (
                    say("Bắt buộc phải có bằng chứng", "Proof is demanded")
                    if report.trust.revocation_required
                    else say("Xét theo dữ liệu có trong tệp", "Judged by the data in the file"),
                    say(
                        "Có dùng dữ liệu lấy từ mạng, ghi đủ trong báo cáo JSON.",
                        "Data fetched from a network were used; the JSON report holds them.",
                    )
                    if report.file.fetched or report.trust.crls or report.trust.ocsps
                    else say("Không lấy thêm dữ liệu từ mạng.", "Nothing was fetched from a network."),
                ),
            ),
            Fact(
                say("Thuật toán", "Algorithms"),
                (
                    say(
                        f"Luôn bị từ chối: {refused}; RSA dưới {algorithms.least_rsa_bits} bit",
                        f"Always refused: {refused}; RSA below {algorithms.least_rsa_bits} bits",
                    ),
                    *_ends(report, say),
                ),
            ),
            Fact(
                say("Chương trình", "Program"),
                (
                    f"{report.program.name} {report.program.version}",
                    ", ".join(f"{name} {version}" for name, version in report.program.libraries),
                ),
            ),
        ),
    )


def _ends(report: VerificationReport, say: Say) -> tuple[str, ...]:
    ends = report.trust.algorithm_ends
    if not ends:
        return ()
    return (
        say(
            f"Trừ {len(ends)} thuật toán và độ dài khóa có thời hạn riêng (theo ETSI TS 119 312), ghi đủ trong JSON.",
            f"Save {len(ends)} algorithms and key lengths with ends of their own (ETSI TS 119 312), all in the JSON.",
        ),
    )


def _words(one: Reason | Change, say: Say) -> str:
    return say(one.text_vi, one.text_en)


def _day(at: datetime) -> str:
    return f"{at.astimezone(_VIETNAM):%d/%m/%Y}"


def _grouped(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


def _bytes_en(number: int) -> str:
    return f"{_grouped(number, ',')} bytes"
