"""What an invented office knows by name."""

from config.document_types import document_types
from search.vocabulary import Vocabulary

VOCABULARY = Vocabulary(
    type_codes={kind.code or kind.key.upper(): (kind.name,) for kind in document_types().values()},
    agencies={
        "UBND": ("Ủy ban nhân dân xã Tân An", "Ủy ban nhân dân tỉnh Đồng Nai"),
        "HĐND": ("Hội đồng nhân dân tỉnh Đồng Nai",),
        "VP": ("Văn phòng",),
        "SXD": ("Sở Xây dựng",),
        "KTHT-ĐT": ("Phòng Kinh tế, Hạ tầng và Đô thị",),
    },
    units={
        "1": ("Ủy ban nhân dân xã Tân An", "UBND xã Tân An", "UBND"),
        "2": ("Ủy ban nhân dân tỉnh Đồng Nai", "UBND tỉnh Đồng Nai", "UBND"),
        "3": ("Văn phòng", "VP"),
    },
    signatories=("Trần Văn Bình", "Lê Thị Hoà"),
)
