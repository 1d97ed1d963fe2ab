"""What can go wrong while signing or reading signed files: one tree, each with a stable code."""

from __future__ import annotations

from typing import ClassVar

from signing.outage import Fault


class SigningError(Exception):
    """Root of the library's errors; messages are for people and say what to do next."""

    code: ClassVar[str] = "signing-error"
    message_vi: str = "Không xử lý được chữ ký số."
    message_en: str = "The signature could not be processed."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.message_en)
        self.detail = detail
        """For the log, in English; never shown to people, never a secret."""

    def __reduce__(self) -> tuple[type[SigningError], tuple[str]]:
        """Crosses process borders with its detail."""
        return type(self), (self.detail,)


class WrongPassphrase(SigningError):
    """The key file does not open with this passphrase."""

    code = "wrong-passphrase"
    message_vi = "Mật khẩu khóa ký không đúng."
    message_en = "The key's passphrase is wrong."


class WrongPin(WrongPassphrase):
    """The token does not open with this PIN; it counts the tries itself."""

    code = "wrong-pin"
    message_vi = "Mã PIN không đúng. Thiết bị sẽ tự khóa nếu gõ sai nhiều lần liên tiếp."
    message_en = "The PIN is wrong. The token locks itself after too many wrong tries."


class LastPinTry(WrongPin):
    """The PIN was wrong, and the token says that it locks at the next one."""

    code = "last-pin-try"
    message_vi = "Mã PIN không đúng và chỉ còn một lần thử: gõ sai lần nữa, thiết bị sẽ bị khóa."
    message_en = "The PIN is wrong and one try is left: if the next one is wrong too, the token locks."


class PinLocked(SigningError):
    """The token's PIN is locked, expired or was never set."""

    code = "pin-locked"
    message_vi = "Mã PIN của thiết bị đã bị khóa, hết hạn hoặc chưa đặt. Hãy nhờ đơn vị cấp thiết bị mở khóa."
    message_en = "The token's PIN is locked, expired or not set. Ask whoever issued the token to unlock it."


class TokenModuleMissing(SigningError):
    """The PKCS#11 module is not installed, not configured, or cannot be loaded."""

    code = "token-module-missing"
    message_vi = "Chưa cài hoặc không nạp được phần mềm của thiết bị (mô-đun PKCS#11). Hãy báo quản trị viên."
    message_en = "The token's software (PKCS#11 module) is missing or cannot be loaded. Tell an administrator."


class TokenMissing(SigningError):
    """No token of this name, or several."""

    code = "token-missing"
    message_vi = "Không tìm thấy thiết bị (token) của khóa, hoặc có nhiều thiết bị cùng tên. Hãy cắm đúng thiết bị."
    message_en = "The key's token was not found, or several have its name. Connect the right one."


class TokenKeyMissing(SigningError):
    """The token is there, and no key of this name is on it, or several, or its certificate is not."""

    code = "token-key-missing"
    message_vi = "Trên thiết bị không có đúng một khóa mang tên này, hoặc thiếu chứng thư của khóa."
    message_en = "The token does not have exactly one key of this name, or lacks its certificate."


class MechanismRefused(SigningError):
    """The token does not sign in the way that is needed."""

    code = "mechanism-refused"
    message_vi = "Thiết bị không cho ký bằng khóa này theo thuật toán cần dùng (RSA, ECDSA với SHA-256, hoặc Ed25519)."
    message_en = (
        "The token does not let this key sign with the algorithm needed (RSA or ECDSA with SHA-256, or Ed25519)."
    )


class TokenFailed(SigningError):
    """The token or its software failed; trying again may help."""

    code = "token-failed"
    message_vi = "Thiết bị ký số báo lỗi nên văn bản chưa được ký. Hãy kiểm tra thiết bị rồi thử lại."
    message_en = "The token failed and nothing was signed. Check it and try again."


class WrongRemotePin(WrongPassphrase):
    """The signing service does not take this PIN; it counts the tries itself."""

    code = "wrong-remote-pin"
    message_vi = "Dịch vụ ký số từ xa không nhận mã PIN này. Dịch vụ có thể khóa chứng thư nếu gõ sai nhiều lần."
    message_en = "The remote signing service did not take this PIN. It may lock the key after too many wrong tries."


class WrongOtp(WrongPassphrase):
    """The one-time code is missing, wrong, used or too old."""

    code = "wrong-otp"
    message_vi = "Mã OTP còn thiếu, không đúng, đã dùng hoặc đã hết hạn. Hãy lấy mã mới rồi thử lại."
    message_en = "The one-time code is missing, wrong, used or too old. Get a new one and try again."


class WrongRemoteProof(WrongPassphrase):
    """The service takes PIN and code together, and does not say which of them is wrong."""

    code = "wrong-remote-proof"
    message_vi = (
        "Dịch vụ ký số từ xa không nhận mã PIN hoặc mã OTP đã gõ, hoặc việc ký bị từ chối trên thiết bị của người ký. "
        "Dịch vụ có thể khóa chứng thư nếu sai nhiều lần."
    )
    message_en = (
        "The remote signing service did not take the PIN or the code, or signing was declined on the signer's device. "
        "It may lock the key after too many wrong tries."
    )


class OtpPerSignature(SigningError):
    """One code is good for one signature, and more were asked for."""

    code = "otp-per-signature"
    message_vi = "Khóa này cần một mã OTP mới cho mỗi chữ ký nên không ký một lượt được. Hãy ký từng văn bản."
    message_en = "This key needs a new one-time code for every signature. Sign the documents one by one."


class RemoteServiceMissing(SigningError):
    """The signing service is not in the settings, or what signs in to it cannot be read."""

    code = "remote-service-missing"
    message_vi = "Dịch vụ ký số từ xa của khóa chưa được khai báo đủ trong hệ thống. Hãy báo quản trị viên."
    message_en = "The key's remote signing service is not set up here. Tell an administrator."


class RemoteServiceUnavailable(SigningError):
    """The signing service is down, slow, or gives answers that cannot be read."""

    code = "remote-service-unavailable"
    message_vi = "Dịch vụ ký số từ xa không trả lời được nên văn bản chưa được ký. Hãy thử lại sau ít phút."
    message_en = "The remote signing service gave no usable answer and nothing was signed. Try again in a few minutes."


class RemoteSignInRefused(SigningError):
    """The signing service does not know this office: its client secret or token is wrong or has ended."""

    code = "remote-sign-in-refused"
    message_vi = "Dịch vụ ký số từ xa không nhận hệ thống này (sai hoặc hết hạn khóa kết nối). Hãy báo quản trị viên."
    message_en = (
        "The remote signing service does not accept this system's client secret or token. Tell an administrator."
    )


class RemoteServiceRefused(SigningError):
    """The signing service refused, for a reason of its own."""

    code = "remote-service-refused"
    message_vi = "Dịch vụ ký số từ xa từ chối yêu cầu nên văn bản chưa được ký. Hãy hỏi nơi cung cấp dịch vụ."
    message_en = "The remote signing service refused and nothing was signed. Ask whoever provides the service."


class RemoteKeyUnusable(SigningError):
    """The signing service has no such key, or one that is locked, revoked, replaced, or opened in another way."""

    code = "remote-key-unusable"
    message_vi = (
        "Khóa ở dịch vụ ký số từ xa không dùng được: không có, bị khóa, đã thu hồi, đã đổi chứng thư, "
        "hoặc không xác nhận bằng mã PIN cho từng văn bản (SCAL2)."
    )
    message_en = (
        "The key at the remote signing service cannot be used: it is missing, locked, revoked, has another "
        "certificate now, or is not authorised by a PIN for each document (SCAL2)."
    )


class AuthorizationExpired(SigningError):
    """The signing service does not take its own authorisation (SAD) any more."""

    code = "authorization-expired"
    message_vi = "Lượt xác nhận ký ở dịch vụ ký số từ xa đã hết hạn nên văn bản chưa được ký. Hãy thử lại."
    message_en = "The authorisation at the remote signing service has expired and nothing was signed. Try again."


class WrongRemoteSignature(SigningError):
    """What the signing service made is no signature by the certificate's key."""

    code = "wrong-remote-signature"
    message_vi = "Dịch vụ ký số từ xa trả về chữ ký không đúng nên văn bản chưa được ký. Hãy báo quản trị viên."
    message_en = "The remote signing service gave a wrong signature, so nothing was signed. Tell an administrator."


class UnusableKey(SigningError):
    """The key file holds no private key with its certificate, or of a kind that cannot sign."""

    code = "unusable-key"
    message_vi = "Tệp khóa không có khóa bí mật và chứng thư dùng được (RSA từ 2048 bit, ECDSA P-256/384, Ed25519)."
    message_en = (
        "The key file holds no usable private key and certificate (RSA from 2048 bits, ECDSA P-256/384, Ed25519)."
    )


class UnsuitableKey(UnusableKey):
    """A key that works, of a kind or length that may not sign; its name is the detail."""

    code = "unsuitable-key"
    message_vi = "Loại khóa này không được dùng để ký."
    message_en = "A key of this kind may not sign."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        if detail:
            allowed = "RSA 2048–8192 bit, ECDSA P-256, P-384, Ed25519"
            self.message_vi = f"Khóa loại {detail} không được dùng để ký. Hãy xin cấp khóa loại khác: {allowed}."
            self.message_en = f"A key of the kind {detail} may not sign. Have one of another kind issued: {allowed}."


class CertificateNotUsable(SigningError):
    """The certificate is not in force, or is not meant for signatures."""

    code = "certificate-not-usable"
    message_vi = "Chứng thư số chưa có hiệu lực, đã hết hạn hoặc không dùng để ký. Hãy thay chứng thư khác."
    message_en = "The certificate is not in force or is not meant for signing. Use another one."


class CertificateNotYetValid(CertificateNotUsable):
    """Its validity begins later."""

    code = "certificate-not-yet-valid"
    message_vi = "Chứng thư số chưa đến ngày có hiệu lực nên chưa ký được. Hãy đợi hoặc dùng chứng thư khác."
    message_en = "The certificate is not valid yet, so it cannot sign. Wait, or use another one."


class CertificateExpired(CertificateNotUsable):
    """Its validity is over."""

    code = "certificate-expired"
    message_vi = "Chứng thư số đã hết hạn nên không ký được. Hãy nạp khóa với chứng thư mới."
    message_en = "The certificate has expired, so it cannot sign. Add a key with a new one."


class WrongKeyUsage(CertificateNotUsable):
    """Meant for something else than signatures (RFC 5280, 4.2.1.3)."""

    code = "wrong-key-usage"
    message_vi = (
        "Chứng thư số không dùng để ký văn bản: thiếu mục đích digitalSignature hoặc nonRepudiation. "
        "Hãy dùng chứng thư ký số."
    )
    message_en = (
        "The certificate is not meant for signing: it lacks digitalSignature and nonRepudiation. Use one that is."
    )


class WeakCertificate(CertificateNotUsable):
    """The certificate, or one above it, is signed with a digest that is broken (SHA-1, MD5)."""

    code = "weak-certificate"
    message_vi = "Chứng thư số được ký bằng thuật toán đã lỗi thời (SHA-1, MD5). Hãy xin cấp chứng thư mới."
    message_en = "The certificate is signed with an outdated algorithm (SHA-1, MD5). Ask for a new one."


class UntrustedCertificate(CertificateNotUsable):
    """No valid path leads from it to a trusted root."""

    code = "untrusted-certificate"
    message_vi = (
        "Chứng thư số không do tổ chức chứng thực mà hệ thống tin cậy cấp, nên không ký được. Hãy dùng chứng thư khác, "
        "hoặc báo quản trị hệ thống bổ sung chứng thư gốc."
    )
    message_en = (
        "No authority that is trusted here issued the certificate, so it cannot sign. Use another one, or tell the "
        "operator to add the root."
    )


class UnreadablePdf(SigningError):
    """Not a PDF, or damaged beyond reading."""

    code = "unreadable-pdf"
    message_vi = "Tệp không phải PDF hoặc đã hỏng. Hãy xuất lại PDF từ phần mềm soạn thảo."
    message_en = "The file is no PDF or is damaged. Export it again from your word processor."


class EncryptedPdf(SigningError):
    """Protected by a password."""

    code = "encrypted-pdf"
    message_vi = "Tệp PDF bị đặt mật khẩu. Hãy bỏ mật khẩu rồi tải lên lại."
    message_en = "The PDF is protected by a password. Remove it and upload the file again."


class AlreadySigned(SigningError):
    """A draft that carries signatures or signature fields already."""

    code = "already-signed"
    message_vi = "Tệp đã có chữ ký số hoặc ô chữ ký. Hãy tải lên bản thảo chưa ký."
    message_en = "The file already carries signatures or signature fields. Upload an unsigned draft."


class PlaceNotFound(SigningError):
    """The file has no field or place to put number, date or signature into."""

    code = "place-not-found"
    message_vi = "Không có chỗ để điền số, ngày hoặc đặt chữ ký trên tệp này."
    message_en = "The file has no place for the number, the date or the signature."


class UnusablePicture(SigningError):
    """The picture of a signature or a seal cannot be used."""

    code = "unusable-picture"
    message_vi = "Ảnh chữ ký hoặc con dấu không dùng được. Hãy nạp ảnh PNG nền trong suốt, dưới 8 MB."
    message_en = "The picture of the signature or seal cannot be used. Add a transparent PNG of less than 8 MB."


class Unanswered(SigningError):
    """Authorities on which a signature depends gave no usable answer; the document waits."""

    code = "authority-unanswered"
    message_vi = "Máy chủ chứng thực không trả lời. Văn bản giữ nguyên; hãy thử lại sau ít phút."
    message_en = "An authority's server does not answer. The document is as it was; try again in a few minutes."

    def __init__(self, detail: str = "", faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.faults = faults
        """The servers that were asked, if it was for them."""


class TimestampUnavailable(Unanswered):
    """No timestamp could be had; nothing was signed at a level that is not true."""

    code = "timestamp-unavailable"
    message_vi = "Không lấy được dấu thời gian từ máy chủ. Văn bản chưa được ký; hãy thử lại sau ít phút."
    message_en = "The timestamp server gave no timestamp. Nothing was signed; try again in a few minutes."


class RevocationUnavailable(Unanswered):
    """Whether a certificate was revoked cannot be known; no file was given a level that is not true."""

    code = "revocation-unavailable"
    message_vi = "Không lấy được dữ liệu thu hồi (OCSP, CRL) của chứng thư số. Tệp giữ nguyên; hãy thử lại sau ít phút."
    message_en = (
        "No usable revocation data (OCSP, CRL) could be had. The file is as it was; try again in a few minutes."
    )


class CertificateRevoked(SigningError):
    """A certificate had been revoked when it was relied on."""

    code = "certificate-revoked"
    message_vi = "Chứng thư số đã bị thu hồi từ trước khi ký. Tệp giữ nguyên; hãy báo người quản trị khóa."
    message_en = "A certificate had been revoked before it signed. The file is as it was; tell who keeps the keys."


class NotPreservable(SigningError):
    """The file's signatures are not such that more data could prove them for longer."""

    code = "not-preservable"
    message_vi = "Chữ ký của tệp không hợp lệ hoặc thiếu dấu thời gian nên không gia hạn được. Tệp giữ nguyên."
    message_en = (
        "The file's signatures are not valid or lack a timestamp, so they cannot be preserved. It is as it was."
    )


class TooLarge(SigningError):
    """Over the limit of bytes."""

    code = "too-large"
    message_vi = "Tệp lớn quá mức cho phép."
    message_en = "The file is larger than allowed."


class TimedOut(SigningError):
    """Reading the file took longer than allowed."""

    code = "timed-out"
    message_vi = "Tệp cần quá nhiều thời gian để đọc nên đã bị dừng. Tệp có thể hỏng hoặc cố ý gây hại."
    message_en = "Reading the file took too long and was stopped. It may be damaged or hostile."


class OutOfMemory(SigningError):
    """Reading the file took more memory than allowed."""

    code = "out-of-memory"
    message_vi = "Tệp cần quá nhiều bộ nhớ để đọc nên đã bị dừng. Tệp có thể hỏng hoặc cố ý gây hại."
    message_en = "Reading the file took too much memory and was stopped. It may be damaged or hostile."


class Crashed(SigningError):
    """The process that read the file ended without an answer."""

    code = "crashed"
    message_vi = "Không đọc được tệp: tiến trình đọc tệp đã dừng bất thường. Tệp có thể hỏng hoặc cố ý gây hại."
    message_en = "The file could not be read: the process reading it ended abnormally. It may be damaged or hostile."


class NoSuchPages(SigningError):
    """An excerpt asks for pages that the file does not have."""

    code = "no-such-pages"
    message_vi = "Tệp nguồn không có đủ các trang cần sao. Hãy xem lại số trang."
    message_en = "The source has not all of the pages to be copied. Look at the page numbers again."


class NotFaithful(SigningError):
    """Pages taken over do not look like those they were taken from."""

    code = "copy-not-faithful"
    message_vi = "Không tạo được bản sao giống hệt bản nguồn, nên không tạo. Hãy sao từ bản in hoặc bản quét."
    message_en = "The pages could not be copied exactly as they look, so none was made. Copy from a print or a scan."


class NotACertificate(SigningError):
    """The file holds no certificate, or more than one."""

    code = "not-a-certificate"
    message_vi = "Tệp không phải là một chứng thư số. Hãy chọn tệp PEM hoặc DER có đúng một chứng thư."
    message_en = "The file is not one certificate. Choose a PEM or DER file with exactly one."


class NoAuthority(SigningError):
    """The certificate is a person's, an organisation's or a web server's: it may vouch for nobody."""

    code = "no-authority"
    message_vi = (
        "Đây không phải chứng thư của tổ chức chứng thực hay máy chủ dấu thời gian, nên không thể làm gốc tin cậy."
    )
    message_en = "This is no certificate of an authority or a timestamp server, so it cannot be a trust anchor."


class NotAReport(SigningError):
    """A file given as a verification report is none, or of a format that this program does not know."""

    code = "not-a-report"
    message_vi = "Tệp này không phải báo cáo kiểm tra của hệ thống (JSON, hoặc PDF có JSON bên trong)."
    message_en = "This file is no verification report of ours (JSON, or a PDF with the JSON inside)."


class OtherFile(SigningError):
    """The report is about another file: the SHA-256 differs."""

    code = "report-of-another-file"
    message_vi = "Báo cáo này nói về một tệp khác: mã SHA-256 của tệp không giống trong báo cáo."
    message_en = "This report is about another file: the file's SHA-256 is not the one in the report."


class UnreadableList(SigningError):
    """No trusted list (ETSI TS 119 612), or a damaged one."""

    code = "unreadable-trusted-list"
    message_vi = "Tệp không phải danh sách tin cậy (ETSI TS 119 612) hoặc bị hỏng."
    message_en = "The file is no trusted list (ETSI TS 119 612), or it is damaged."


class ListNotSigned(SigningError):
    """The list is not signed by the certificate that was named, or its signature does not hold."""

    code = "trusted-list-not-signed"
    message_vi = (
        "Danh sách không được ký đúng bởi chứng thư có dấu vân tay này, nên không dùng. Hãy lấy lại tệp và dấu vân tay."
    )
    message_en = (
        "The list is not rightly signed by the certificate with this fingerprint, so it is not used. Get the file and "
        "the fingerprint again."
    )


class NoSignedRevision(SigningError):
    """What a signature covers cannot be had as a file of its own."""

    code = "no-signed-revision"
    message_vi = "Không tách được phần mà chữ ký này bao phủ thành một tệp riêng."
    message_en = "What this signature covers cannot be had as a file of its own."
