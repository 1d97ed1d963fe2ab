"""Queries as people type them, each with what must come first."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from search.folding import fold
from tests.search.relevance.decisions import COUNCIL, PROVINCE, Written

Right = Callable[[Written], bool]
TAN_AN, LONG_PHUOC = "Ủy ban nhân dân xã Tân An", "Ủy ban nhân dân xã Long Phước"
SURE = ("reference", "date")
"""Kinds of queries that have one right answer: it must come first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, its kind, and which documents are right in the first place."""

    kind: str
    text: str
    right: Right


def bears(number: int, symbol: str, **facts: object) -> Right:
    """Documents with this number and symbol, and further facts."""
    return lambda one: one.number == number and one.symbol == symbol and _has(one, facts)


def having(**facts: object) -> Right:
    """Documents with these facts."""
    return lambda one: _has(one, facts)


def named(*names: str) -> Right:
    """Documents that were put in on purpose."""
    return lambda one: one.name in names


def _has(one: Written, facts: dict[str, object]) -> bool:
    return all(value(one.on) if callable(value) else getattr(one, name) == value for name, value in facts.items())


def within(start: date, end: date) -> Callable[[date], bool]:
    """Issued on one of these days."""
    return lambda on: start <= on <= end


def in_year(year: int) -> Callable[[date], bool]:
    """Issued in this year."""
    return within(date(year, 1, 1), date(year, 12, 31))


def ways(one: Written) -> Iterator[tuple[str, Right]]:
    """Every way to type a reference that has a type and an agency, and which documents it means."""
    number, code, agency, on = one.number, one.code, one.symbol.split("-", 1)[1], one.on
    full, kind = bears(number, one.symbol), having(number=number, code=code)
    dated = bears(number, one.symbol, on=lambda day: day == on)
    in_its_year = bears(number, one.symbol, on=in_year(on.year))
    plain = fold(code)
    for typed in (
        f"{number:02d}/{code}-{agency}",
        f"{number}/{code}-{agency}",
        f"{number}/{code.lower()}-{agency.lower()}",
        f"{number} / {code} - {agency}",
        f"{number}/{code}–{agency}",
        f"số {number}/{code}-{agency}",
        f"{number}-{code}/{agency}",
        f"{number}{code}-{agency}",
        f"{number} {code}-{agency}",
        f"{code}-{agency} {number}",
        f"{code}-{agency} số {number}",
        f"{code} {number} {agency}",
        f"{code.lower()}{number} {agency.lower()}",
        f"{number} {code.lower()} {agency.lower()}",
        unicodedata.normalize("NFD", f"{number}/{code}-{agency}"),
    ):
        yield typed, full
    # Without its stroke HD may be HĐ: then it means both, and the one that is spelled so first.
    if plain == code.lower():
        yield f"{number}/{plain}-{fold(agency)}", full
        yield f"{plain}{number} {fold(agency)}", full
    yield f"{code} {number}", kind
    yield f"{code} số {number}", kind
    yield f"{number}/{code}-{agency} ngày {on:%d/%m/%Y}", dated
    yield f"{number}/{code}-{agency} ngày {on.day}.{on.month}.{on.year}", dated
    yield f"số {number} ngày {on.day}/{on.month}/{on.year}", having(number=number, on=lambda day: day == on)
    yield (
        f"{code} {number} ngày {on.day} tháng {on.month} năm {on.year}",
        having(number=number, code=code, on=lambda day: day == on),
    )
    yield f"{number}/{on.year}/{code}-{agency}", in_its_year
    yield f"số {number}/{on.year}", having(number=number, on=in_year(on.year))
    yield f"{code} {number} năm {on.year}", having(number=number, code=code, on=in_year(on.year))
    yield f"{code} {number} {on.year}", having(number=number, code=code, on=in_year(on.year))


def references(documents: Sequence[Written]) -> Iterator[Asked]:
    """Every way over some documents: those put in on purpose, and every so many of the generated ones."""
    named_ones = [one for one in documents if one.name and "-" in one.symbol and one.type_key != "cv"]
    others = [one for one in documents if not one.name and one.type_key not in {"cv", "gm"}]
    for place, one in enumerate((*named_ones, *others[:: max(1, len(others) // 12)])):
        # Each document is asked for in a third of the ways, so that all ways are asked often but not all of each.
        for turn, (typed, right) in enumerate(ways(one)):
            if (turn + place) % 6 == 0:
                yield Asked("reference", typed, right)


def _first(kind: str, *pairs: tuple[str, Right]) -> Iterator[Asked]:
    return (Asked(kind, text, right) for text, right in pairs)


def written_out() -> Iterator[Asked]:
    """References as people write them out, and those that are traps."""
    land, price = named("land"), named("price")
    return _first(
        "reference",
        ("quyết định 138 của UBND xã Tân An năm 2014", land),
        ("quyet dinh so 138 ubnd xa tan an ngay 17/2/2014", land),
        ("QĐ 138 UBND tỉnh Đồng Nai", price),
        ("quyết định 138 của ubnd tỉnh", having(number=138, code="QĐ", unit=PROVINCE)),
        ("138/QĐ-UBND xã Tân An", having(number=138, code="QĐ", unit=TAN_AN)),
        ("quyết đinh số 138 ngày 17-2-2014", land),
        ("138 17/2/2014", land),
        ("138 ngày 17.02.14", land),
        ("văn bản số 138 ngày 17/02/2014", land),
        ("tìm quyết định số 138/QĐ-UBND ngày 20/2/2014", price),
        ("kế hoạch số 138", having(number=138, code="KH")),
        ("kh138", having(number=138, code="KH")),
        ("138 kế hoạch", having(number=138, code="KH")),
        ("2029/2015/QĐ-UBND", named("graves")),
        ("2029/qd-ubnd", named("graves")),
        ("quyết định số 2029/2015", named("graves")),
        ("12/HĐ-UBND", named("store")),
        ("12/HD-UBND", named("bins")),
        ("hợp đồng 12 ubnd tỉnh", named("store")),
        ("hợp đồng số 12 ngày 2/4/2024", named("store")),
        ("hd 12 ngày 1/3/2024", named("bins")),
        ("7/ĐA-UBND ngày 12/9/2023", named("pottery")),
        ("7/DA-UBND ngày 14/9/2023", named("elephants")),
        ("đề án số 7 năm 2023 ubnd tỉnh", having(number=7, code="ĐA", unit=PROVINCE, on=in_year(2023))),
        ("dự án 7 năm 2023 ubnd tỉnh", having(number=7, code="DA", unit=PROVINCE, on=in_year(2023))),
        ("12/UBND-SNV", having(number=12, type_key="cv", symbol="UBND-SNV")),
        ("12 ubnd snv", having(number=12, type_key="cv", symbol="UBND-SNV")),
        ("công văn 12/UBND-SNV ngày 15/8/2022", named("feast")),
        ("cv 12 ngày 15/8/2022", named("feast")),
        ("nghị quyết 18 hđnd tỉnh năm 2021", named("doctors")),
        ("18/nq-hdnd ngày 9/12/2021", named("doctors")),
        ("45/BC-STC", having(number=45, code="BC", unit="Sở Tài chính")),
        ("báo cáo 45 sở tài chính", having(number=45, code="BC", unit="Sở Tài chính")),
        (
            "báo cáo số 45 của sở tài chính năm 2024",
            having(number=45, code="BC", unit="Sở Tài chính", on=in_year(2024)),
        ),
        ("bc 45 stc", having(number=45, code="BC", unit="Sở Tài chính")),
        ("QĐ số 2014", having(number=2014, code="QĐ")),
        ("2014/QĐ-UBND", having(number=2014, symbol="QĐ-UBND")),
        ("01/CT-UBND", having(number=1, symbol="CT-UBND")),
        ("1/ct-ubnd năm 2023", having(number=1, symbol="CT-UBND", on=in_year(2023))),
        ("chỉ thị 01 năm 2023 của ubnd tỉnh", having(number=1, code="CT", unit=PROVINCE, on=in_year(2023))),
        ("120/BC-SNV", having(number=120, code="BC", unit="Sở Nội vụ")),
        ("138/QĐ-UBDN ngày 17/2/2014", land),
        ("138qđubnd ngày 17/2/2014", land),
        ("138/QĐ-UBND-NC ngày 17/2/2014", land),
        ("138/14/QĐ-UBND tỉnh", price),
        ("Căn cứ Quyết định số 138/QĐ-UBND ngày 17/02/2014", land),
        ("quyết định 138 ngày 17/2/2014 của chủ tịch ubnd xã tân an", land),
        ("ubnd tỉnh quyết định 138", having(number=138, code="QĐ", unit=PROVINCE)),
        ("công văn 210 sở giáo dục", named("kitchens")),
        ("cv 210 sgddt ngay 10/10/2023", named("kitchens")),
        ("TB 31 ubnd phường trấn biên 2026", having(number=31, code="TB", on=in_year(2026))),
        ("ct 01 2023", having(number=1, code="CT", on=in_year(2023))),
    )


def dates() -> Iterator[Asked]:
    """Days and periods, with a type or a unit."""

    def quarter(year: int, number: int) -> Callable[[date], bool]:
        return within(date(year, 3 * number - 2, 1), date(year, 3 * number, 31 if number in {1, 4} else 30))

    def told_or(year: int) -> Right:
        return lambda one: one.on.year == year or str(year) in one.abstract

    return _first(
        "date",
        ("17/2/2014", having(on=date(2014, 2, 17).__eq__)),
        ("17.2.2014", having(on=date(2014, 2, 17).__eq__)),
        ("ngày 17 tháng 2 năm 2014", having(on=date(2014, 2, 17).__eq__)),
        ("ngay 17 thang 02 nam 2014", having(on=date(2014, 2, 17).__eq__)),
        ("17-2-14", having(on=date(2014, 2, 17).__eq__)),
        ("2014-02-17", having(on=date(2014, 2, 17).__eq__)),
        ("văn bản ngày 27/7/2021", having(on=date(2021, 7, 27).__eq__)),
        ("tháng 2/2014", having(on=within(date(2014, 2, 1), date(2014, 2, 28)))),
        ("t2/2014", having(on=within(date(2014, 2, 1), date(2014, 2, 28)))),
        ("thang 2 nam 2014", having(on=within(date(2014, 2, 1), date(2014, 2, 28)))),
        ("quý 1 2024", having(on=quarter(2024, 1))),
        ("quý I/2024", having(on=quarter(2024, 1))),
        ("q1/2024", having(on=quarter(2024, 1))),
        ("6 tháng đầu năm 2024", having(on=within(date(2024, 1, 1), date(2024, 6, 30)))),
        ("năm 2014", having(on=in_year(2014))),
        ("từ 1/3 đến 15/4/2024", having(on=within(date(2024, 3, 1), date(2024, 4, 15)))),
        ("từ 01/03/2024 đến 15/04/2024", having(on=within(date(2024, 3, 1), date(2024, 4, 15)))),
        ("trước 2013", having(on=lambda on: on.year < 2013)),
        ("sau 1/7/2025", having(on=lambda on: on > date(2025, 7, 1))),
        ("từ 2026", having(on=lambda on: on.year >= 2026)),
        ("đến 31/12/2012", having(on=lambda on: on.year <= 2012)),
        ("tháng trước", having(on=within(date(2026, 3, 1), date(2026, 3, 31)))),
        ("tháng này", having(on=within(date(2026, 4, 1), date(2026, 4, 30)))),
        ("năm ngoái", having(on=in_year(2025))),
        ("năm nay", having(on=in_year(2026))),
        ("quyết định ngày 17/2/2014", having(code="QĐ", on=date(2014, 2, 17).__eq__)),
        ("quyết định ubnd xã tân an ngày 17/2/2014", named("land")),
        ("qd ubnd tháng 2/2014", having(code="QĐ", on=within(date(2014, 2, 1), date(2014, 2, 28)))),
        (
            "quyết định tháng 2/2014 của ubnd xã tân an",
            having(code="QĐ", unit=TAN_AN, on=within(date(2014, 2, 1), date(2014, 2, 28))),
        ),
        (
            "báo cáo sở tài chính quý 1/2024",
            lambda one: (
                one.code == "BC"
                and one.unit == "Sở Tài chính"
                and (quarter(2024, 1)(one.on) or "quý I/2024" in one.abstract)
            ),
        ),
        (
            "bc stc quý i 2024",
            lambda one: (
                one.code == "BC"
                and one.unit == "Sở Tài chính"
                and (quarter(2024, 1)(one.on) or "quý I/2024" in one.abstract)
            ),
        ),
        (
            "báo cáo tháng 4/2024 của sở xây dựng",
            lambda one: (
                one.code == "BC"
                and one.unit == "Sở Xây dựng"
                and ((one.on.month == 4 and one.on.year == 2024) or "tháng 4/2024" in one.abstract)
            ),
        ),
        ("kế hoạch sở y tế 2025", lambda one: one.code == "KH" and one.unit == "Sở Y tế" and told_or(2025)(one)),
        ("kế hoạch năm 2025 sở y tế", lambda one: one.code == "KH" and one.unit == "Sở Y tế" and told_or(2025)(one)),
        ("nghị quyết hđnd tỉnh 2021", lambda one: one.code == "NQ" and one.unit == COUNCIL and told_or(2021)(one)),
        ("chỉ thị năm 2023", lambda one: one.code == "CT" and told_or(2023)(one)),
        ("thông báo phường trấn biên 1/2026", named("list")),
        ("thông báo ubnd phường trấn biên tháng 1/2026", named("list")),
        ("Trần Văn Bình 2014", having(signatory="Trần Văn Bình", on=in_year(2014))),
        ("người ký: Trần Văn Bình năm 2014", having(signatory="Trần Văn Bình", on=in_year(2014))),
        ("quyết định trần văn bình ký năm 2014", having(code="QĐ", signatory="Trần Văn Bình", on=in_year(2014))),
        ("huỳnh thanh hòa 2025", having(signatory="Huỳnh Thanh Hoà", on=in_year(2025))),
        (
            "do Phan Thị Mỹ Lệ ký tháng 5/2024",
            having(signatory="Phan Thị Mỹ Lệ", on=within(date(2024, 5, 1), date(2024, 5, 31))),
        ),
    )


def words() -> Iterator[Asked]:
    """Words of the abstract or the text, right and wrong, whole and shortened."""
    yield from _first(
        "words",
        ("thu hồi đất ông Lê Văn Tám", named("land")),
        ("khen thưởng ấp Bàu Trâm", named("praise")),
        ("giá đất cụ thể khu tái định cư Hố Nai", named("price")),
        ("quy chế quản lý nghĩa trang", named("graves")),
        ("phân loại rác tại nguồn", named("bins")),
        ("thuê kho lưu trữ tài liệu", named("store")),
        ("làng nghề gốm", named("pottery")),
        ("bảo tồn voi", named("elephants")),
        ("chấn chỉnh lễ hội", named("feast")),
        ("chính sách thu hút bác sĩ", named("doctors")),
        ("tiêm chủng mở rộng 2025", named("vaccines")),
        ("kế hoạch tiêm chủng năm 2025", named("vaccines")),
        ("giấy phép xây dựng tháng 4/2024", named("permits")),
        ("dự toán quý 1/2024", named("budget")),
        ("niêm yết danh sách hộ kinh doanh", named("list")),
        ("cháy rừng mùa khô", named("forest")),
        ("sắp xếp đơn vị hành chính cấp xã", named("merged")),
        ("danh hiệu chiến sĩ thi đua", named("emulation")),
        ("nhà văn hóa ấp Đất Mới", named("hall")),
        ("chốt kiểm soát dịch Cây Xoài", named("post")),
        ("hỗ trợ lao động tự do covid-19", named("covid")),
        ("cưỡng chế công ty hòa bình", named("workshop")),
        ("nhà xưởng trái phép Công ty Hoà Bình", named("workshop")),
        ("danh mục thủ tục hành chính đất đai", named("procedures")),
        ("phân công đỡ đầu trẻ mồ côi", named("orphans")),
        ("quyết định đỡ đầu trẻ mồ côi", named("orphans")),
        ("công văn bếp ăn bán trú", named("kitchens")),
        ("kế hoạch nông thôn mới nâng cao xã Long Phước", named("village")),
        ("ủy quyền ký thẻ căn cước", named("cards")),
        (
            "quyết định thu hồi đất xã Tân An 2014",
            lambda one: one.unit == TAN_AN and "thu hồi đất" in one.abstract and one.on.year == 2014,
        ),
        ("thu hồi đất", lambda one: "thu hồi đất" in one.abstract),
        ("giải phóng mặt bằng", lambda one: "giải phóng mặt bằng" in one.abstract or "GPMB" in one.abstract),
        ("quyền sử dụng đất", named("smudged")),
        ("trật tự xây dựng", lambda one: "trật tự xây dựng" in one.abstract),
    )
    yield from _first(
        "folded",
        ("thu hoi dat ong le van tam", named("land")),
        ("quy che nghia trang", named("graves")),
        ("lang nghe gom", named("pottery")),
        ("bao ton voi hoang da", named("elephants")),
        ("thu hut bac si", named("doctors")),
        ("chay rung mua kho", named("forest")),
        ("tre mo coi", named("orphans")),
        ("sap xep don vi hanh chinh cap xa", named("merged")),
        ("bep an ban tru", named("kitchens")),
        ("QUY CHẾ QUẢN LÝ NGHĨA TRANG", named("graves")),
        (unicodedata.normalize("NFD", "thu hút bác sĩ"), named("doctors")),
        ("phan loai rac tai nguon", named("bins")),
        ("quyet dinh cuong che nha xuong hoa binh", named("workshop")),
        ("tiem chung mo rong nam 2025", named("vaccines")),
        ("ke hoach khai giang", named("opening")),
    )
    yield from _first(
        "abbreviation",
        ("gpmb dầu giây", named("junction")),
        ("GPMB nút giao Dầu Giây", named("junction")),
        ("giải phóng mặt bằng cầu Cát Lái", named("bridge")),
        ("kinh phí gpmb", lambda one: one.name == "junction" or "giải phóng mặt bằng" in one.abstract),
        ("cấp đổi giấy chứng nhận qsdđ", named("smudged")),
        ("gcn qsdd nhoe", named("smudged")),
        ("danh mục tthc đất đai", named("procedures")),
        ("TTHC lĩnh vực đất đai", named("procedures")),
        ("thanh toán bhyt thuốc ung thư", named("cancer")),
        ("khai giảng trung học phổ thông", named("opening")),
        ("thẻ cccd", named("cards")),
        ("kế hoạch ntm nâng cao", named("village")),
        ("pccc năm 2024", lambda one: "phòng cháy, chữa cháy" in one.abstract and "2024" in one.abstract),
        ("kế hoạch cđs 2023", lambda one: "Kế hoạch chuyển đổi số năm 2023" in one.abstract),
        ("cchc quý 2/2020", lambda one: "cải cách hành chính quý II năm 2020" in one.abstract),
        ("hỗ trợ nlđ tự do", named("covid")),
    )
    yield from _first(
        "middle",
        ("lưu mẫu thức ăn đủ hai mươi bốn giờ", named("kitchens")),
        ('"ghi sổ kiểm thực ba bước"', named("kitchens")),
        ("máy bóc vỏ hạt điều của nông dân Trảng Bom", named("cashew")),
        ("nang suat gap doi hat dieu", named("cashew")),
        ("sáng kiến phải được hội đồng công nhận", named("emulation")),
        ("không đốt vàng mã", named("feast")),
        ("mái tôn dột", named("hall")),
        ("mỗi cháu một cán bộ", named("orphans")),
        ("hàng rào điện bảo vệ voi", named("elephants")),
        ("cấm đốt thực bì", named("forest")),
        ("vắc xin sởi", named("vaccines")),
        ("giảm 64 đơn vị", named("merged")),
    )
    yield from _first(
        "mixed",
        ("dự toán sở tài chính q1 2024", named("budget")),
        ("sở giáo dục bán trú", named("kitchens")),
        ("nq thu hút bác sĩ", named("doctors")),
        ("phường trấn biên thông báo niêm yết", named("list")),
        ("hd rác ba thùng", named("bins")),
        ("hđ kho lưu trữ", named("store")),
        ("báo cáo giải ngân vốn đầu tư công quý 2/2023", lambda one: "đầu tư công quý II/2023" in one.abstract),
        ("báo cáo kinh tế xã hội 6 tháng đầu năm 2022", lambda one: "6 tháng đầu năm 2022" in one.abstract),
        ("kế hoạch cải cách hành chính năm 2024 sở nội vụ", lambda one: "cải cách hành chính năm 2024" in one.abstract),
        ("kế hoạch sốt xuất huyết sở y tế", lambda one: "sốt xuất huyết" in one.abstract and one.unit == "Sở Y tế"),
        ("sở y tế bảo hiểm y tế thuốc ung thư", named("cancer")),
        ("công văn sở giáo dục bếp ăn bán trú tháng 10/2023", named("kitchens")),
        ("quyết định lý thúy hằng cưỡng chế nhà xưởng", named("workshop")),
        ("ubnd tỉnh nghĩa trang năm 2015", named("graves")),
        (
            "QĐ thu hồi đất 2014 tân an",
            lambda one: one.unit == TAN_AN and "thu hồi đất" in one.abstract and one.on.year == 2014,
        ),
        ("đề án gốm -voi", named("pottery")),
        ('dự án "bảo tồn voi" 2023', named("elephants")),
        ("hợp đồng kho lưu trữ từ 1/3 đến 15/4/2024", named("store")),
        ("chỉ thị cháy rừng trước 2024", named("forest")),
        ("tờ trình nhà văn hóa xã long phước", named("hall")),
    )
    yield from _first(
        "slips",
        ("quyết đinh thu hôi đất ông Lê Văn Tám", named("land")),
        ("thu hồi đât lê văn tám", named("land")),
        ("quản lí nghĩa trang", named("graves")),
        ("bác sỹ thu hút chính sách", named("doctors")),
        ("trẻ mồ côi.", named("orphans")),
        ("nhà xưởng - trái phép", named("workshop")),
        ("phòng chống cháy rừng", named("forest")),
        ("hạt điều, máy bóc vỏ", named("cashew")),
        ("Quyết định về việc thu hồi đất của ông Lê Văn Tám tại xã Tân An", named("land")),
        ("xem giúp quyết định thu hồi đất ông Tám", named("land")),
        ("quy chế quản lý nghĩa tramg", named("graves")),
        ("lang nghe gom suu", named("pottery")),
        ("nhà văn hóa ấp Đất Cũ sửa chữa", named("hall")),
        ("công văn bếp ăn bán chú", named("kitchens")),
        ("thu hút bác sĩ giỏi chính sách", named("doctors")),
        ("sở gd&đt bếp ăn", named("kitchens")),
        ("văn bản của sở tài chính về dự toán quý 1 năm 2024", named("budget")),
        ("hỗ trợ người lao động tự do covid 19 tân an", named("covid")),
        ("kinh phí gpmb ngã tư Dầu Giây", named("junction")),
    )


def of_the_office(documents: Sequence[Written]) -> list[Asked]:
    """All queries over the generated office."""
    return [*references(documents), *written_out(), *dates(), *words()]


def of_legal_texts(documents: Sequence[Written]) -> list[Asked]:
    """References to the real legal texts in many ways, and words of their titles."""
    shapes: tuple[Callable[[Written], str], ...] = (
        lambda one: one.reference,
        lambda one: one.reference.lower(),
        lambda one: fold(one.reference),
        lambda one: f"số {one.reference}",
        lambda one: one.reference.replace("/", " / "),
        lambda one: f"{one.reference} ngày {one.on.day}/{one.on.month}/{one.on.year}",
        lambda one: unicodedata.normalize("NFD", one.reference),
        lambda one: f"{_spoken(one)} {one.reference}",
        lambda one: f"{fold(_spoken(one))} {one.number}/{one.on.year}",
        lambda one: f"{_spoken(one)} số {one.number} năm {one.on.year}",
        lambda one: f"{one.code.lower()} {one.reference}",
    )
    found: list[Asked] = []
    for place, one in enumerate(documents):
        shape = place % len(shapes)
        loosely = 8 <= shape <= 9
        right = having(number=one.number, code=one.code) if loosely else bears(one.number, one.symbol)
        if loosely and not _spoken(one):
            shape, right = 0, bears(one.number, one.symbol)
        found.append(Asked("reference", shapes[shape](one).strip(), right))
    return found + list(_legal_words())


def _spoken(one: Written) -> str:
    return {"NĐ": "nghị định", "TT": "thông tư", "QĐ": "quyết định", "NQ": "nghị quyết"}.get(one.code, "")


def _legal_words() -> Iterator[Asked]:
    return _first(
        "legal words",
        (
            "mức lương cơ sở tiền thưởng cán bộ công chức",
            lambda one: one.number in {161, 66} and "lương cơ sở" in one.abstract,
        ),
        ("phụ cấp ưu đãi nhà giáo", having(number=182)),
        ("phu cap uu dai nha giao", having(number=182)),
        ("xử lý kỷ luật viên chức", bears(234, "2026/NĐ-CP")),
        ("đánh giá xếp loại viên chức", bears(233, "2026/NĐ-CP")),
        ("hóa đơn điện tử chứng từ điện tử", bears(91, "2026/TT-BTC")),
        ("xử phạt tài sản mã hóa", bears(284, "2026/NĐ-CP")),
        ("vị trí việc làm viên chức", bears(232, "2026/NĐ-CP")),
        ("quyết toán vốn đầu tư dự án", bears(193, "2026/NĐ-CP")),
        ("bảo hiểm tiền gửi hạn mức chi trả", bears(5, "2026/TT-NHNN")),
        ("mẫu hộ chiếu giấy thông hành", bears(69, "2026/TT-BCA")),
        ("đăng kiểm phương tiện thủy nội địa", bears(28, "2026/TT-BXD")),
        ("truy xuất nguồn gốc sản phẩm", having(number=31)),
        ("lệ phí trước bạ", bears(202, "2026/NĐ-CP")),
        ("thôn, tổ dân phố người hoạt động không chuyên trách", bears(185, "2026/NĐ-CP")),
        ("mã hóa bệnh tật icd-10", bears(6, "2026/TT-BYT")),
        ("thi hành án tử hình tiêm thuốc độc", bears(203, "2026/NĐ-CP")),
        ("tài chính vi mô", bears(175, "2026/NĐ-CP")),
        ("quy chế trường tiểu học tư thục", bears(48, "2026/TT-BGDĐT")),
        ("quy chế làm việc của chính phủ", bears(191, "2026/NĐ-CP")),
        ("tài chính công đoàn", bears(105, "2026/NĐ-CP")),
        ("điều lệ trường trung học nghề", bears(46, "2026/TT-BGDĐT")),
        ("bồi dưỡng người tiếp công dân", bears(65, "2026/TT-BTC")),
        ("vật liệu xây dựng", lambda one: "vật liệu xây dựng" in one.abstract),
        ("an ninh hàng không", having(number=215)),
    )
