"""How a report in words ends: how to check again, who answers for it, and what its words mean."""

from __future__ import annotations

from signing.reports._account import Fact, Moment, Say, Section
from signing.reports._report import VerificationReport


def how_to_check(report: VerificationReport, say: Say, moment: Moment) -> Section:
    """For whoever doubts it."""
    return Section(
        say("Cách kiểm tra lại", "How to check again"),
        texts=(
            say(
                "1. Tính SHA-256 của tệp bằng bất kỳ chương trình nào (Windows: certutil -hashfile TỆP SHA256; "
                "Linux: sha256sum TỆP). Nếu kết quả không giống SHA-256 ghi ở trên thì báo cáo này nói về tệp khác.",
                "1. Compute the file's SHA-256 with any program (Windows: certutil -hashfile FILE SHA256; Linux: "
                "sha256sum FILE). If it is not the one above, this report is about another file.",
            ),
            say(
                "2. Trên trang “Kiểm tra chữ ký số” của hệ thống, mở “Kiểm tra lại theo báo cáo” và chọn tệp cùng "
                "với báo cáo này; hoặc dùng lệnh: docsvc verify TỆP --again BÁO-CÁO.pdf. Hệ thống dùng lại đúng các "
                "tổ chức gốc, thiết đặt và thời điểm trong báo cáo, rồi nói kết quả có giống không, khác ở đâu.",
                "2. On the service's page for checking signatures, open “Check again from a report” and choose the "
                "file and this report; or run: docsvc verify FILE --again REPORT.pdf. The service takes the "
                "authorities, settings and moment of the report and says whether the outcome is the same, or what "
                "differs.",
            ),
            say(
                "3. Trong báo cáo PDF này có kèm hai tệp cho chương trình khác đọc: JSON đầy đủ (mọi chứng thư, dấu "
                "thời gian) và XML theo ETSI TS 119 102-2. Mở bằng chức năng “Tệp đính kèm” của trình đọc PDF.",
                "3. This PDF holds two files for other programs: complete JSON (all certificates and timestamps) and "
                "XML after ETSI TS 119 102-2. A PDF reader shows them as attachments.",
            ),
            say(f"Báo cáo được lập lúc {moment(report.made_at)}.", f"The report was made at {moment(report.made_at)}."),
        ),
    )


def who_answers(say: Say, signatory: tuple[str, str] | None) -> Section:
    """Whose signature stands on it."""
    if signatory is None:
        text = say("Không ai ký báo cáo này.", "Nobody signs this report.")
    else:
        holder, issuer = signatory
        text = say(
            f"Báo cáo này do “{holder}” ký số; chứng thư do “{issuer}” cấp. Chữ ký đứng ở góc trên bên phải trang đầu "
            "và khóa toàn bộ báo cáo, kể cả các tệp đính kèm.",
            f"This report is signed by “{holder}”; the certificate was issued by “{issuer}”. The signature stands at "
            "the top right of the first page and locks the whole report with its attachments.",
        )
    return Section(say("Ai chịu trách nhiệm về báo cáo", "Who answers for this report"), texts=(text,))


def meaning(say: Say) -> Section:
    """Words that not everybody knows."""
    return Section(
        say("Các từ dùng trong báo cáo", "Words used here"),
        (
            Fact(
                say("SHA-256", "SHA-256"),
                (
                    say(
                        "“Dấu vân tay” của tệp: đổi một ký tự là đổi hoàn toàn.",
                        "A file's fingerprint: if one character changes, all of it changes.",
                    ),
                ),
            ),
            Fact(
                say("Chứng thư số", "Certificate"),
                (
                    say(
                        "Giấy xác nhận điện tử: khóa ký này là của người hoặc cơ quan này.",
                        "An electronic attestation that a signing key belongs to this person or organisation.",
                    ),
                ),
            ),
            Fact(
                say("Dấu thời gian", "Timestamp"),
                (
                    say(
                        "Xác nhận của bên thứ ba rằng chữ ký hay văn bản đã có vào một thời điểm.",
                        "A third party's attestation that a signature or document existed at a time.",
                    ),
                ),
            ),
            Fact(
                say("Thu hồi", "Revocation"),
                (
                    say(
                        "Chứng thư bị hủy trước hạn, ví dụ khi mất khóa.",
                        "A certificate cancelled before its end, as when a key was lost.",
                    ),
                ),
            ),
        ),
    )
