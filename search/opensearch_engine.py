"""The engine for an archive with a search cluster of its own: OpenSearch."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import Any, Literal

from search._laid_out import tiers
from search._opensearch_fields import MOST_LABELS, deletion_of, figures, layout, lines_of, narrowed, question
from search._opensearch_http import Node, Refused
from search._opensearch_lock import LEASE_SECONDS, Lock
from search.engine import EVERYTHING, Answer, Hit, IndexedDocument, Narrowing, Order, WordQuery
from search.errors import SearchError, damaged, outdated, unreadable, unwritable

FORMAT = 1
"""Raised whenever words are cut, folded, weighed or laid down differently: old indexes must be built again."""

Role = Literal["live", "beside"]
_REQUEST_BYTES = 32 * 1024 * 1024
"""A cluster takes 100 MB at once unless told otherwise."""
_TRIES = 5
_OURS = re.compile(r"-index-[0-9a-f]{12}")
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_NOT_FOUND, _TOO_MANY, _UNAVAILABLE = 404, 429, 503


class OpenSearchEngine:
    """A :class:`search.engine.Rebuildable` in indexes ``PREFIX-…`` of a cluster.

    Where there are none the engine makes an empty one, and :attr:`fresh` says so. The alias ``PREFIX-live-FORMAT``
    names the index that answers, ``PREFIX-beside-FORMAT`` the one being built. Both change in one step.

    One process writes at a time, by a lock in ``PREFIX-control``; others wait up to ``wait_seconds``. The lock of a
    writer that died on this machine is taken over at once, that of another machine when its lease is over.
    """

    def __init__(
        self,
        node: Node,
        *,
        prefix: str = "docsvc",
        wait_seconds: float = 30.0,
        role: Role = "live",
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._node = node
        self._prefix = prefix
        self._wait_seconds = wait_seconds
        self._lock = Lock(node, self._control, lease_seconds)
        self._role: Role = role
        self.fresh = False
        """Whether this engine found no index and made an empty one."""
        with self._declared_errors_only(writing=True):
            if role == "live" and not self._names():
                with self._writing("live", "beside"):
                    if not [name for name in self._names() if name != self._control]:
                        self._create(alias=self._alias("live"))
                        self.fresh = True
            self._finish_what_was_left()

    @classmethod
    def at(cls, url: str, *, prefix: str = "docsvc", ca_file: str = "") -> OpenSearchEngine:
        """Open the engine in the cluster at ``https://user:password@host:9200``.

        Raises:
            SearchError: it cannot be reached.
            ValueError: the address, the prefix or the file of authorities cannot be used; tells no secret.
        """
        if not _PREFIX.fullmatch(prefix):
            raise ValueError("the prefix must be small letters, digits, _ and -, and begin with a letter or digit")
        return cls(Node(url, ca_file=ca_file), prefix=prefix)

    # --- writing

    def index(self, documents: Iterable[IndexedDocument]) -> None:
        """Add or replace documents in one commit. Raises SearchError."""
        batch = {document.id: document for document in documents}
        self._write(lines_of(document) for document in batch.values())

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents in one commit. Raises SearchError."""
        self._write(map(deletion_of, dict.fromkeys(ids)))

    def clear(self) -> None:
        """Start over with an empty index, whatever state the old one is in. Raises SearchError."""
        with self._declared_errors_only(writing=True), self._writing("live", "beside"):
            self._replace(self._role, self._create())
            self._sweep()
        self.fresh = True

    # --- asking

    def answer(
        self,
        query: WordQuery,
        *,
        narrowing: Narrowing = EVERYTHING,
        counted: Collection[str] = (),
        limit: int,
        offset: int = 0,
        order: Order = "best",
    ) -> Answer:
        """Answer a question of words. Raises SearchError."""
        limit, offset = max(limit, 0), max(offset, 0)
        open_to = narrowed(narrowing)
        if query.is_empty or open_to is None:
            self.count()  # A damaged index says so, whatever is asked.
            return Answer((), 0)
        asked = question(tiers(query), open_to, order)
        asked |= {"size": limit, "from": offset if limit else 0, "track_total_hits": True}
        if counted:
            asked["aggs"] = figures(counted)
        told = self._search(asked)
        hits = tuple(Hit(one["_id"], float(one["_score"] or 0.0)) for one in told["hits"]["hits"])
        counts: dict[str, int] = {}
        for one in told.get("aggregations", {}).values():
            if one["sum_other_doc_count"]:
                raise unreadable(f"more than {MOST_LABELS} labels of one kind")
            counts |= {bucket["key"]: bucket["doc_count"] for bucket in one["buckets"]}
        return Answer(hits, told["hits"]["total"]["value"], MappingProxyType(counts))

    def search(self, query: WordQuery, *, limit: int, order: Order = "best") -> tuple[Hit, ...]:
        """Return at most ``limit`` documents, best first. Raises SearchError."""
        return self.answer(query, limit=limit, order=order).hits if limit > 0 else ()

    def count(self) -> int:
        """Return how many documents are indexed. Raises SearchError."""
        # Sorted, so that an index that is not ours is refused.
        asked = {"size": 1, "sort": [{"newness": "asc"}], "track_total_hits": True}
        return int(self._search(asked)["hits"]["total"]["value"])

    def size_bytes(self) -> int:
        """Return what the index takes on disk, on one node. Raises SearchError."""
        with self._declared_errors_only(writing=False):
            told = self._reading("GET", f"{self._alias(self._role)}/_stats/store")
            return int(told["_all"]["primaries"]["store"]["size_in_bytes"])

    def close(self) -> None:
        """Close idle connections."""
        self._node.close()

    # --- building beside

    def beside(self) -> OpenSearchEngine:
        """Return the index being built, begun where there is none; close it when done. Raises SearchError."""
        with self._declared_errors_only(writing=True), self._writing("beside"):
            if self._alias("beside") not in self._aliases():
                self._create(alias=self._alias("beside"))
        return OpenSearchEngine(self._node, prefix=self._prefix, wait_seconds=self._wait_seconds, role="beside")

    def promote(self) -> None:
        """Let the index built beside answer from now on. Raises SearchError."""
        with self._declared_errors_only(writing=True), self._writing("live", "beside"):
            built = self._aliases().get(self._alias("beside"))
            if built:
                self._replace("live", built[0])
            self._sweep()

    def abandon(self) -> None:
        """Throw away what was built beside. Raises SearchError."""
        with self._declared_errors_only(writing=True), self._writing("live", "beside"):
            self._replace("beside", None)
            self._sweep()

    # --- indexes and their names

    @property
    def _control(self) -> str:
        return f"{self._prefix}-control"

    def _alias(self, role: Role) -> str:
        return f"{self._prefix}-{role}-{FORMAT}"

    def _names(self) -> list[str]:
        told = self._node.ask("GET", f"{self._prefix}-control,{self._prefix}-index-*", ignore_unavailable="true")
        return list(told)

    def _aliases(self) -> dict[str, list[str]]:
        """Return each alias with the indexes that it names."""
        found: dict[str, list[str]] = {}
        told = self._node.ask("GET", f"{self._prefix}-index-*/_alias")
        for name, one in told.items():
            for alias in one["aliases"]:
                found.setdefault(alias, []).append(name)
        return found

    def _create(self, *, alias: str | None = None) -> str:
        name = f"{self._prefix}-index-{secrets.token_hex(6)}"
        self._node.ask("PUT", name, layout() | ({"aliases": {alias: {}}} if alias else {}))
        return name

    def _replace(self, role: Role, name: str | None) -> None:
        """Let an alias name another index, and drop the one it named, in one step; of every version."""
        start = f"{self._prefix}-{role}-"
        old = {one for alias, named in self._aliases().items() if alias.startswith(start) for one in named}
        actions: list[dict[str, Any]] = [{"remove_index": {"index": one}} for one in sorted(old - {name})]
        if name is not None:
            if role == "live":
                mark = {"index": name, "alias": self._alias("beside"), "must_exist": False}
                actions.append({"remove": mark})
            actions.append({"add": {"index": name, "alias": self._alias(role)}})
        if actions:
            self._node.ask("POST", "_aliases", {"actions": actions})

    def _sweep(self) -> None:
        """Drop indexes that no alias names, left by a process that died; both locks are held."""
        told = self._node.ask("GET", f"{self._prefix}-index-*/_alias")
        for name, one in told.items():
            # An office whose prefix is longer may have names that begin like ours.
            if not one["aliases"] and _OURS.fullmatch(name.removeprefix(self._prefix)):
                self._node.ask("DELETE", name, ignore_unavailable="true")

    def _lost(self) -> SearchError:
        """Say why there is no index of that name."""
        start = f"{self._prefix}-{self._role}-"
        others = [alias for alias in self._aliases() if alias.startswith(start)]
        if others and self._alias(self._role) not in others:
            return outdated(f"{others[0].removeprefix(start)} ≠ {FORMAT}")
        return damaged(f"no index {self._alias(self._role)}")

    # --- requests

    def _search(self, asked: dict[str, Any]) -> Any:
        with self._declared_errors_only(writing=False):
            return self._reading(
                "POST",
                f"{self._alias(self._role)}/_search",
                asked,
                allow_partial_search_results="false",
                # Copies are refreshed one after the other; one of them has one state.
                preference="_primary",
            )

    def _reading(self, method: str, path: str, body: Any = None, **asked: str) -> Any:
        for left in range(_TRIES - 1, -1, -1):
            try:
                return self._node.ask(method, path, body, **asked)
            except Refused as refused:
                if refused.status != _NOT_FOUND and "_not_found" not in refused.reason:
                    raise
                # Another process may just have put a new index in the old one's place.
                if not left or self._alias(self._role) not in self._aliases():
                    raise self._lost() from refused
            time.sleep(0.02)
        raise AssertionError

    def _write(self, operations: Iterable[bytes]) -> None:
        lines = list(operations)
        if not lines:
            return
        with self._declared_errors_only(writing=True), self._writing(self._role):
            named = self._aliases().get(self._alias(self._role), [])
            if len(named) != 1:
                raise self._lost()
            for some in _requests(lines):
                self._bulk(named[0], some)
            self._node.ask("POST", f"{named[0]}/_refresh")

    def _bulk(self, name: str, lines: list[bytes]) -> None:
        """Write what one request holds; what a busy node turned away is sent again, without what it took."""
        for attempt in range(_TRIES):
            told = self._node.ask("POST", f"{self._alias(self._role)}/_bulk", b"".join(lines), require_alias="true")
            if not told["errors"]:
                return
            refused = []
            for line, item in zip(lines, told["items"], strict=True):
                one = next(iter(item.values()))
                if "error" not in one:
                    continue
                if one["status"] == _NOT_FOUND:
                    raise damaged(f"no index {name}")
                if one["status"] not in {_TOO_MANY, _UNAVAILABLE}:
                    raise Refused(one["status"], f"{one['error'].get('type')}: {one['error'].get('reason')}")
                refused.append(line)
            if not refused:
                return
            lines = refused
            time.sleep(0.1 * 2**attempt)
        raise Refused(_TOO_MANY, "the cluster has too much to do")

    # --- the locks

    @contextmanager
    def _writing(self, *roles: Role) -> Iterator[None]:
        self._lock.prepare()
        with ExitStack() as held:
            for role in sorted(roles):
                if held.enter_context(self._lock.held(role, self._wait_seconds)):
                    self._finish(role)
            yield

    def _finish(self, role: Role) -> None:
        """Show what a writer that died had sent; the cluster may be at it still."""
        self._node.ask("GET", "_tasks", actions="indices:data/write/*", wait_for_completion="true", timeout="10s")
        for name in self._aliases().get(self._alias(role), []):
            self._node.ask("POST", f"{name}/_refresh")

    def _finish_what_was_left(self) -> None:
        if self._lock.is_left(self._role):
            with self._writing(self._role):
                pass

    @contextmanager
    def _declared_errors_only(self, *, writing: bool) -> Iterator[None]:
        try:
            yield
        except Refused as refused:
            if refused.status == _NOT_FOUND or "No mapping found" in refused.reason:
                raise damaged(refused.reason) from refused
            raise (unwritable if writing else unreadable)(refused.reason) from refused
        except (KeyError, TypeError, AttributeError, StopIteration) as error:
            raise (unwritable if writing else unreadable)("not the answer of OpenSearch") from error


def _requests(lines: list[bytes]) -> Iterator[list[bytes]]:
    """Yield as many operations as one request may hold."""
    some: list[bytes] = []
    size = 0
    for line in lines:
        if some and size + len(line) > _REQUEST_BYTES:
            yield some
            some, size = [], 0
        some.append(line)
        size += len(line)
    yield some
