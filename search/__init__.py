"""Search for official records: Vietnamese folding, a query language, and engines behind one Protocol."""

from search.engine import Answer, Engine, Hit, IndexedDocument, Narrowing, Rebuildable, WordQuery
from search.errors import SearchError
from search.folding import Term, Token, fold, nfc, terms, tokens

__all__ = [
    "Answer",
    "Engine",
    "Hit",
    "IndexedDocument",
    "Narrowing",
    "Rebuildable",
    "SearchError",
    "Term",
    "Token",
    "WordQuery",
    "fold",
    "nfc",
    "terms",
    "tokens",
]
