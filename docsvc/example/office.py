"""Who works in the example office: units, people, passwords. Every name is invented."""

from __future__ import annotations

from dataclasses import dataclass

from docsvc.accounts import Role

PASSWORD = "van-ban-mau"  # noqa: S105 - public on purpose: the example runs on a loopback address only
"""Of every user of the example."""

KEY_PASSPHRASE = "khoa-ky-mau"  # noqa: S105 - as above
"""Of every signing key of the example."""

PROVINCE, VAN_KHE, THUONG_LAC = "H77", "H77.01", "H77.02"


@dataclass(frozen=True, slots=True)
class ExampleUnit:
    """A unit of the tree; those above come first."""

    code: str
    name: str
    abbreviation: str
    kind: str
    above: str | None = None
    place: str = ""
    short_name: str = ""
    """As in the head of documents of the units below."""

    @property
    def issues(self) -> bool:
        """Has a register, a key and a seal of its own."""
        return bool(self.place)


@dataclass(frozen=True, slots=True)
class Person:
    """A user and what that user does where."""

    username: str
    full_name: str
    position: str
    roles: tuple[tuple[Role, str], ...]
    """Pairs of role and unit code."""


UNITS = (
    ExampleUnit(
        PROVINCE,
        "Ủy ban nhân dân tỉnh Giang Khê",
        "UBND",
        "province",
        place="Giang Khê",
        short_name="UBND tỉnh Giang Khê",
    ),
    ExampleUnit("H77.VP", "Văn phòng Ủy ban nhân dân tỉnh", "VP", "department", PROVINCE),
    ExampleUnit("H77.SNV", "Sở Nội vụ tỉnh Giang Khê", "SNV", "agency", PROVINCE),
    ExampleUnit(VAN_KHE, "Ủy ban nhân dân xã Vân Khê", "UBND", "commune", PROVINCE, place="Vân Khê"),
    ExampleUnit("H77.01.VP", "Văn phòng HĐND và UBND xã Vân Khê", "VP", "department", VAN_KHE),
    ExampleUnit("H77.01.KT", "Phòng Kinh tế xã Vân Khê", "KT", "department", VAN_KHE),
    ExampleUnit("H77.01.VHXH", "Phòng Văn hóa - Xã hội xã Vân Khê", "VHXH", "department", VAN_KHE),
    ExampleUnit("H77.01.HCC", "Trung tâm Phục vụ hành chính công xã Vân Khê", "TTPVHCC", "department", VAN_KHE),
    ExampleUnit(THUONG_LAC, "Ủy ban nhân dân xã Thượng Lạc", "UBND", "commune", PROVINCE, place="Thượng Lạc"),
    ExampleUnit("H77.02.VP", "Văn phòng HĐND và UBND xã Thượng Lạc", "VP", "department", THUONG_LAC),
)

PEOPLE = (
    Person("soanthao", "Nguyễn Hoài Phương", "Chuyên viên Văn phòng HĐND và UBND", ((Role.DRAFTER, "H77.01.VP"),)),
    Person("soanthao.kt", "Vũ Đức Thịnh", "Chuyên viên Phòng Kinh tế", ((Role.DRAFTER, "H77.01.KT"),)),
    Person("soanthao.vhxh", "Hoàng Thị Lam", "Chuyên viên Phòng Văn hóa - Xã hội", ((Role.DRAFTER, "H77.01.VHXH"),)),
    Person("chutich", "Lê Đình Khải", "Chủ tịch", ((Role.LEADER, VAN_KHE),)),
    Person("phochutich", "Phạm Thu Hạnh", "Phó Chủ tịch", ((Role.LEADER, VAN_KHE),)),
    Person("vanthu", "Đỗ Thị Mai Hiên", "Văn thư", ((Role.CLERK, VAN_KHE),)),
    Person(
        "docgia", "Đặng Thùy Dương", "Chuyên viên Trung tâm Phục vụ hành chính công", ((Role.READER, "H77.01.HCC"),)
    ),
    Person("soanthao2", "Phan Anh Tú", "Chuyên viên Văn phòng HĐND và UBND", ((Role.DRAFTER, "H77.02.VP"),)),
    Person("chutich2", "Ngô Bá Tùng", "Chủ tịch", ((Role.LEADER, THUONG_LAC),)),
    Person("vanthu2", "Lý Thị Kim Oanh", "Văn thư", ((Role.CLERK, THUONG_LAC),)),
    Person("soanthao.tinh", "Tạ Hữu Nghĩa", "Chuyên viên Văn phòng Ủy ban nhân dân tỉnh", ((Role.DRAFTER, "H77.VP"),)),
    Person("phochutich.tinh", "Hà Minh Đạt", "Phó Chủ tịch", ((Role.LEADER, PROVINCE),)),
    Person("vanthu.tinh", "Mai Thị Quyên", "Văn thư", ((Role.CLERK, PROVINCE),)),
    Person("kiemtra", "Bùi Văn Chính", "Thanh tra viên", ((Role.AUDITOR, PROVINCE),)),
    Person("quantri", "Trịnh Gia Minh", "Quản trị viên", ((Role.ADMINISTRATOR, PROVINCE),)),
)


@dataclass(frozen=True, slots=True)
class Given:
    """Authority to sign that somebody was given."""

    username: str
    unit_code: str
    authority: str
    basis: str
    giver: str = ""
    """User name of the head; empty where the head does not sign in here."""
    type_keys: tuple[str, ...] = ()
    until_days_ago: int | None = None
    """``None`` for what is still in force."""


GIVEN = (
    Given("phochutich", VAN_KHE, "KT.", "Quy chế làm việc của Ủy ban nhân dân xã Vân Khê", "chutich"),
    Given(
        "phochutich",
        VAN_KHE,
        "TM.",
        "Thông báo phân công phụ trách trong thời gian Chủ tịch đi học",
        "chutich",
        ("tb", "bc"),
        until_days_ago=300,
    ),
    Given("phochutich.tinh", PROVINCE, "KT.", "Quy chế làm việc của Ủy ban nhân dân tỉnh Giang Khê"),
)

ROLE_NAMES = {
    Role.DRAFTER: "soạn thảo / drafter",
    Role.LEADER: "lãnh đạo / leader",
    Role.CLERK: "văn thư / clerk",
    Role.AUDITOR: "kiểm tra / auditor",
    Role.ADMINISTRATOR: "quản trị / administrator",
    Role.READER: "tra cứu / reader",
}


def unit_named(code: str) -> ExampleUnit:
    """The unit with a code."""
    return next(unit for unit in UNITS if unit.code == code)


def person_named(username: str) -> Person:
    """The person with a user name."""
    return next(person for person in PEOPLE if person.username == username)


def clerk_of(unit_code: str) -> Person:
    """The clerk of an issuing unit."""
    return next(person for person in PEOPLE if (Role.CLERK, unit_code) in person.roles)


def issuing_code(unit_code: str) -> str:
    """Code of the unit in whose name a department's documents are issued."""
    unit = unit_named(unit_code)
    while not unit.issues and unit.above:
        unit = unit_named(unit.above)
    return unit.code
