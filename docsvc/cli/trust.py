"""Commands for trust anchors: list, add, withdraw, import-list."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from docsvc.accounts import SYSTEM
from docsvc.cli.context import CliContext
from docsvc.db.trust import TrustAnchor
from docsvc.trust import anchors, lists
from signing.anchors import Purpose
from signing.authorities import named_in, read_authority
from signing.trusted_lists import read_trusted_list

_DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])
_PURPOSE = click.Choice([purpose.value for purpose in Purpose])


@click.group()
def trust() -> None:
    """Whom signatures and timestamps are believed from."""


@trust.command("list")
@click.option("--all", "withdrawn", is_flag=True, help="Also those that were withdrawn.")
@click.pass_obj
def list_anchors(context: CliContext, withdrawn: bool) -> None:  # noqa: FBT001 - a click flag
    """Print every trust anchor; roots of the settings stand without a number."""
    with context.service() as service:
        with service.database.read() as session:
            for row in anchors.visible(session, SYSTEM):
                if row.in_use or withdrawn:
                    click.echo(_line(row))
        for root in service.desk.trust.roots:
            click.echo(f"-\t{named_in(root)[0]}\tsignatures timestamps\t- –\t{root.not_valid_after_utc:%Y-%m-%d}")


@trust.command("add")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--sha256", "fingerprint", required=True, help="Fingerprint as had from the authority itself.")
@click.option("--purpose", "purposes", type=_PURPOSE, multiple=True, help="What for; both if left out.")
@click.option("--since", type=_DAY, help="First day.")
@click.option("--until", type=_DAY, help="Last day; what is proven to be signed before it stays believed.")
@click.option("--name", default="", help="For people; the holder's if left out.")
@click.option("--accept-doubts", is_flag=True, help="Trust it although it has ended or is weak.")
@click.pass_obj
def add(
    context: CliContext,
    /,
    file: Path,
    fingerprint: str,
    purposes: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    name: str,
    accept_doubts: bool,  # noqa: FBT001 - a click flag
) -> None:
    """Believe the authority whose certificate is in FILE (PEM or DER)."""
    authority = read_authority(file.read_bytes(), datetime.now(UTC))
    chosen = frozenset(map(Purpose, purposes)) or authority.purposes
    terms = anchors.Terms(
        chosen, since_on=since.date() if since else None, until_on=until.date() if until else None, name=name
    )
    with context.service() as service, service.database.write() as session:
        row = anchors.add(session, authority, terms, fingerprint=fingerprint, doubts_accepted=accept_doubts, by=SYSTEM)
        click.echo(_line(row))


@trust.command("withdraw")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why.")
@click.pass_obj
def withdraw(context: CliContext, number: int, reason: str) -> None:
    """Believe the anchor with this NUMBER no longer, whatever was signed when."""
    with context.service() as service, service.database.write() as session:
        click.echo(_line(anchors.withdraw(session, number, reason, by=SYSTEM)))


@trust.command("import-list")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--signer", required=True, help="SHA-256 of the certificate that must have signed it.")
@click.option("--choose", "chosen", multiple=True, help="SHA-256 of a certificate to believe; several times.")
@click.option("--dry-run", is_flag=True, help="Only tell what can be chosen.")
@click.pass_obj
def import_list(
    context: CliContext,
    file: Path,
    signer: str,
    chosen: tuple[str, ...],
    dry_run: bool,  # noqa: FBT001 - a click flag
) -> None:
    """Check a trusted list (ETSI TS 119 612), follow it with the anchors it gave, and believe those chosen."""
    now = datetime.now(UTC)
    read = read_trusted_list(file.read_bytes(), signer_sha256=anchors.fingerprint_of(signer), at=now)
    click.echo(f"{read.territory}: {read.scheme}, {read.sequence}, {read.issued_at:%Y-%m-%d}")
    if read.next_update is not None and read.next_update < now:
        click.echo(f"!! a newer list was due {read.next_update:%Y-%m-%d}", err=True)
    wanted = [anchors.fingerprint_of(one) for one in chosen]
    unknown = set(wanted) - {choice.authority.sha256 for choice in read.choices()}
    if unknown:
        raise click.ClickException(f"not in the list: {', '.join(sorted(unknown))}")
    with context.service() as service:
        with service.database.read() as session:
            offers = lists.offers(session, read)
        for offer in offers:
            one = offer.choice
            until = f"{one.until:%Y-%m-%d}" if one.until else ""
            mark = "=" if offer.in_use else "+" if one.authority.sha256 in wanted else " "
            click.echo(
                f"{mark} {one.authority.sha256}\t{one.authority.holder}\t{' '.join(sorted(one.purposes))}"
                f"\t{one.since:%Y-%m-%d} – {until}\t{', '.join(one.services)}\t{one.status}"
            )
        if dry_run:
            return
        service.store.put(file.read_bytes())
        with service.database.write() as session:
            taken = lists.take(session, read, wanted, by=SYSTEM)
    for word, names in (("added", taken.added), ("changed", taken.changed), ("withdrawn", taken.withdrawn)):
        for name in names:
            click.echo(f"{word}\t{name}")


def _line(row: TrustAnchor) -> str:
    first, last = anchors.first_day(row), anchors.last_day(row)
    believed = f"{first or ''} – {last or ''}".strip()
    text = f"{row.id}\t{row.name}\t{row.purposes}\t{believed}\t{row.not_after:%Y-%m-%d}\t{row.source}\t{row.sha256}"
    return f"{text}\twithdrawn {row.removed_at:%Y-%m-%d}: {row.removal_reason}" if row.removed_at else text


COMMANDS = (trust,)
