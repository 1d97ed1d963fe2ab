"""Search for official records: Vietnamese folding, a query language, and engines behind one Protocol."""

from search.engine import Engine, Hit, IndexedDocument, WordQuery
from search.errors import SearchError
from search.folding import Term, Token, fold, nfc, terms, tokens

__all__ = [
    "Engine",
    "Hit",
    "IndexedDocument",
    "SearchError",
    "Term",
    "Token",
    "WordQuery",
    "fold",
    "nfc",
    "terms",
    "tokens",
]
