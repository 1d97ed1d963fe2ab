"""Decisions, plans, reports and letters of an invented province: the same ones on every run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from config.document_types import document_types

PROVINCE, COUNCIL = "Ủy ban nhân dân tỉnh Đồng Nai", "Hội đồng nhân dân tỉnh Đồng Nai"
DEPARTMENTS = {
    "Sở Tài chính": ("STC", "Đỗ Minh Khang"),
    "Sở Xây dựng": ("SXD", "Phan Thị Mỹ Lệ"),
    "Sở Y tế": ("SYT", "Lê Quang Trung"),
    "Sở Nội vụ": ("SNV", "Huỳnh Thanh Hoà"),
    "Sở Giáo dục và Đào tạo": ("SGDĐT", "Trương Ngọc Ánh"),
    "Sở Nông nghiệp và Môi trường": ("SNNMT", "Võ Văn Thắng"),
    "Sở Khoa học và Công nghệ": ("SKHCN", "Bùi Đức Long"),
}
COMMUNES = {
    "Ủy ban nhân dân xã Tân An": "Trần Văn Bình",
    "Ủy ban nhân dân xã Long Phước": "Nguyễn Thị Hồng Nhung",
    "Ủy ban nhân dân xã Xuân Hòa": "Đặng Quốc Việt",
    "Ủy ban nhân dân phường Trấn Biên": "Lý Thuý Hằng",
    "Ủy ban nhân dân phường Tân Triều": "Ngô Gia Bảo",
}
AGENCIES = {PROVINCE: "UBND", COUNCIL: "HĐND", **{name: short for name, (short, _) in DEPARTMENTS.items()}}
AGENCIES |= dict.fromkeys(COMMUNES, "UBND")
SIGNATORIES = {PROVINCE: "Nguyễn Văn Út", COUNCIL: "Thái Bảo Ngọc"}
SIGNATORIES |= {name: who for name, (_, who) in DEPARTMENTS.items()} | COMMUNES
PLACES = (
    "Bình Sơn",
    "Phước Tân",
    "Suối Tre",
    "An Viễn",
    "Hố Nai",
    "Gia Ray",
    "Thanh Sơn",
    "La Ngà",
    "Bàu Hàm",
    "Sông Ray",
)
PEOPLE = ("Hồ Văn Lực", "Mai Thị Xuân", "Cao Bá Quý", "Tạ Thị Đào", "Lâm Chí Dũng", "Vũ Thị Tuyết", "Kiều Công Danh")
ROADS = ("Hùng Vương", "Lê Duẩn", "Nguyễn Ái Quốc", "Võ Thị Sáu", "Đồng Khởi", "30 tháng 4")

TOPICS: tuple[tuple[str, str, str], ...] = (
    ("qd", "Về việc thu hồi đất của hộ {person} để xây dựng đường {road}", "Thu hồi {area} m2 đất trồng cây lâu năm."),
    ("qd", "Về việc phê duyệt phương án bồi thường, hỗ trợ, tái định cư dự án đường {road}", "Tổng kinh phí {money}."),
    ("qd", "Về việc bổ nhiệm {person} giữ chức Trưởng phòng Kinh tế", "Thời hạn giữ chức vụ là 05 năm."),
    ("qd", "Về việc cho phép chuyển mục đích sử dụng đất tại {place}", "Chuyển sang đất ở nông thôn."),
    ("qd", "Về việc giao chỉ tiêu biên chế công chức năm {year}", "Giao {count} biên chế cho các đơn vị."),
    ("qd", "Về việc tặng Bằng khen cho {person}", "Có thành tích xuất sắc trong phong trào thi đua yêu nước."),
    ("qd", "Về việc xử phạt vi phạm hành chính đối với {person}", "Phạt tiền {money} về hành vi xây dựng không phép."),
    ("qd", "Về việc công nhận trường mầm non {place} đạt chuẩn quốc gia", "Công nhận mức độ 1, thời hạn 05 năm."),
    (
        "qd",
        "Về việc phê duyệt báo cáo kinh tế kỹ thuật công trình đường {road}",
        "Chiều dài {count} mét, mặt đường nhựa.",
    ),
    ("qd", "Về việc thành lập Ban chỉ đạo chuyển đổi số", "Trưởng ban là Chủ tịch."),
    ("kh", "Kế hoạch cải cách hành chính năm {year}", "Rà soát, đơn giản hóa thủ tục hành chính tại bộ phận một cửa."),
    ("kh", "Kế hoạch phòng, chống dịch sốt xuất huyết năm {year}", "Diệt lăng quăng hằng tuần tại khu dân cư."),
    ("kh", "Kế hoạch chuyển đổi số năm {year}", "Phổ cập dịch vụ công trực tuyến toàn trình."),
    (
        "kh",
        "Kế hoạch phòng cháy, chữa cháy và cứu nạn, cứu hộ năm {year}",
        "Tổ chức thực tập phương án tại chợ {place}.",
    ),
    ("kh", "Kế hoạch tuyển sinh lớp 10 năm học {year}", "Thi ba môn: Toán, Ngữ văn và Tiếng Anh."),
    ("kh", "Kế hoạch phòng, chống thiên tai và tìm kiếm cứu nạn năm {year}", "Sơ tán dân ven sông {place}."),
    ("bc", "Báo cáo kết quả giải ngân vốn đầu tư công quý {quarter}/{year}", "Tỷ lệ giải ngân đạt {count} phần trăm."),
    ("bc", "Báo cáo tình hình kinh tế - xã hội 6 tháng đầu năm {year}", "Thu ngân sách đạt {money}."),
    ("bc", "Báo cáo công tác tiếp công dân, giải quyết khiếu nại, tố cáo năm {year}", "Tiếp {count} lượt công dân."),
    (
        "bc",
        "Báo cáo kết quả thực hiện cải cách hành chính quý {quarter} năm {year}",
        "Hồ sơ đúng hạn đạt {count} phần trăm.",
    ),
    ("bc", "Báo cáo tình hình dịch bệnh trên đàn gia súc tháng {month}/{year}", "Tiêu hủy {count} con lợn mắc bệnh."),
    (
        "tb",
        "Thông báo kết luận của Chủ tịch tại cuộc họp về giải phóng mặt bằng",
        "Khẩn trương kiểm đếm, chi trả tiền.",
    ),
    ("tb", "Thông báo treo biển tuyển dụng viên chức năm {year}", "Nhận hồ sơ {count} ngày kể từ ngày thông báo."),
    ("tb", "Thông báo lịch nghỉ Tết Nguyên đán năm {year}", "Phân công trực lãnh đạo, trực cơ quan."),
    ("cv", "V/v cung cấp thông tin quy hoạch khu dân cư {place}", "Đề nghị gửi hồ sơ trước ngày 25 hằng tháng."),
    ("cv", "V/v tăng cường quản lý trật tự xây dựng trên địa bàn {place}", "Kiểm tra, xử lý công trình sai phép."),
    ("cv", "V/v góp ý dự thảo nghị quyết về mức thu phí bảo vệ môi trường", "Góp ý bằng văn bản trong 07 ngày."),
    ("ttr", "Tờ trình về việc phê duyệt quy hoạch phân khu {place}", "Tỷ lệ 1/2000, quy mô {area} héc ta."),
    ("hd", "Hướng dẫn thu gom, phân loại chất thải rắn sinh hoạt", "Phân loại rác hữu cơ tại hộ gia đình."),
    ("hd", "Hướng dẫn nghiệp vụ công tác văn thư, lưu trữ năm {year}", "Lập hồ sơ công việc trên môi trường điện tử."),
    ("hdg", "Hợp đồng thuê mặt bằng trưng bày sản phẩm OCOP", "Giá thuê {money} một tháng."),
    ("hdg", "Hợp đồng cung cấp dịch vụ hạ tầng công nghệ thông tin", "Thời hạn hợp đồng 12 tháng."),
    ("dea", "Đề án phát triển nông nghiệp công nghệ cao vùng {place}", "Hình thành chuỗi liên kết sản xuất."),
    ("da", "Dự án cải tạo, nâng cấp hồ chứa nước {place}", "Gia cố mái đập, nạo vét lòng hồ."),
    ("ct", "Chỉ thị về tăng cường bảo đảm trật tự an toàn giao thông dịp lễ", "Xử lý nghiêm vi phạm nồng độ cồn."),
    ("nq", "Nghị quyết về mức hỗ trợ hộ nghèo, hộ cận nghèo năm {year}", "Mỗi hộ được hỗ trợ {money}."),
    ("gm", "Giấy mời họp xét duyệt quyết toán ngân sách năm {year}", "Thời gian: 08 giờ 00, tại phòng họp số 2."),
)
FILLING = (
    "Căn cứ Luật Tổ chức chính quyền địa phương;",
    "Căn cứ Luật Ban hành văn bản quy phạm pháp luật;",
    "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;",
    "Xét đề nghị của Thủ trưởng cơ quan chuyên môn,",
    "Các ông, bà có tên trên chịu trách nhiệm thi hành Quyết định này.",
    "Trong quá trình thực hiện nếu có vướng mắc, đề nghị phản ánh về cơ quan để được xem xét, giải quyết.",
    "Thủ trưởng các phòng, ban và các tổ chức, cá nhân có liên quan căn cứ quyết định thi hành.",
    "Quyết định này có hiệu lực kể từ ngày ký.",
    "Kinh phí thực hiện được bố trí từ ngân sách nhà nước và các nguồn hợp pháp khác.",
    "Nơi nhận: như trên; lưu: VT.",
)


@dataclass(frozen=True, slots=True)
class Written:
    """One document with what a query may ask for."""

    unit: str
    number: int
    type_key: str
    on: date
    abstract: str
    text: str
    signatory: str
    symbol: str
    drafting: str = ""
    name: str = field(default="")
    """How queries name a document that was put in on purpose."""

    @property
    def code(self) -> str:
        """The type's code."""
        kind = document_types().get(self.type_key)
        return kind.code if kind else self.symbol.split("/")[-1].split("-")[0]

    @property
    def reference(self) -> str:
        """Number and symbol, as printed."""
        return f"{self.number:02d}/{self.symbol}"


def _symbol(unit: str, type_key: str, drafting: str) -> str:
    code = document_types()[type_key].code
    if code:
        return f"{code}-{AGENCIES[unit]}"
    return f"{AGENCIES[unit]}-{AGENCIES.get(drafting, 'VP')}" if drafting else AGENCIES[unit]


def written(
    unit: str,
    number: int,
    type_key: str,
    on: date,
    abstract: str,
    body: str,
    *,
    signatory: str = "",
    drafting: str = "",
    name: str = "",
) -> Written:
    """One document; its text begins with number and date and ends with the signatory, as all do."""
    symbol = _symbol(unit, type_key, drafting)
    who = signatory or SIGNATORIES[unit]
    head = f"{unit.upper()}\nSố: {number:02d}/{symbol}\nĐồng Nai, ngày {on.day:02d} tháng {on.month:02d} năm {on.year}"
    kind = document_types()[type_key].name.upper()
    text = f"{head}\n{kind}\n{abstract}\n{body}\nCHỦ TỊCH\n{who}"
    return Written(unit, number, type_key, on, abstract, text, who, symbol, drafting, name)


def generated(count: int, seed: int = 5) -> list[Written]:
    """Many documents, whose numbers run on within each unit and year and collide between units and types."""
    random = Random(seed)
    units = (PROVINCE, COUNCIL, *DEPARTMENTS, *COMMUNES)
    weights = [4, 1, *([2] * len(DEPARTMENTS)), *([2] * len(COMMUNES))]
    numbers: dict[tuple[str, str, int], int] = {}
    days = sorted(date(2012, 1, 2) + timedelta(days=random.randrange(5400)) for _ in range(count))
    found: list[Written] = []
    for on in days:
        unit = random.choices(units, weights)[0]
        type_key, abstract, body = random.choice(TOPICS)
        month = (on.month - 2) % 12 + 1
        facts = {
            "person": random.choice(PEOPLE),
            "place": random.choice(PLACES),
            "road": random.choice(ROADS),
            "area": random.randrange(100, 9000),
            "count": random.randrange(10, 99),
            "money": f"{random.randrange(2, 900)}.000.000 đồng",
            "year": on.year,
            "quarter": ("I", "II", "III", "IV")[(month - 1) // 3],
            "month": month,
        }
        key = (unit, type_key, on.year)
        numbers[key] = numbers.get(key, 0) + random.randrange(1, 4)
        filling = random.sample(FILLING, 5)
        whole = "\n".join((*filling[:3], "Điều 1. " + body.format(**facts), *filling[3:]))
        drafting = random.choice(tuple(DEPARTMENTS)) if type_key == "cv" and unit == PROVINCE else ""
        found.append(written(unit, numbers[key], type_key, on, abstract.format(**facts), whole, drafting=drafting))
    return found
