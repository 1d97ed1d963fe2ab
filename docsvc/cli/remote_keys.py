"""Commands for keys at remote signing services, beside those for files and tokens."""

from __future__ import annotations

from pathlib import Path

import click

from docsvc.accounts import SYSTEM
from docsvc.cli.context import CliContext, unit_coded, user_named
from docsvc.cli.people import key as keys
from docsvc.issue.fitness import require_fit
from docsvc.issue.keys import add_remote_key
from docsvc.issue.remote_keys import RemotePlace, prove_remote_key
from signing.appearance import without_paper
from signing.errors import RemoteKeyUnusable, RemoteServiceMissing, UnusableKey

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@keys.command("add-remote")
@click.argument("service_name")
@click.argument("credential")
@click.option("--user", "username", help="Owner, a person.")
@click.option("--unit", "unit_code", help="Owner, a unit.")
@click.option("--image", type=_FILE, help="Signature or seal image, PNG; white paper becomes transparent.")
@click.option("--confirm-holder", is_flag=True, help="The certificate's holder has another name, but is the owner.")
@click.option("--pin", prompt="PIN", hide_input=True, help="Authorises signatures; it is not kept.")
@click.option("--otp", default="", help="One-time code, where the key asks for it.")
@click.pass_obj
def add(
    context: CliContext,
    /,
    service_name: str,
    credential: str,
    username: str | None,
    unit_code: str | None,
    image: Path | None,
    confirm_holder: bool,  # noqa: FBT001 - a click flag
    pin: str,
    otp: str,
) -> None:
    """Keep a key at a remote signing service for a person or a unit.

    SERVICE_NAME is a name in the setting csc_services, CREDENTIAL the service's own name of the key.
    """
    if (username is None) == (unit_code is None):
        raise click.UsageError("name either --user or --unit")
    image_png = without_paper(image.read_bytes()) if image else None
    place = RemotePlace(service_name, credential)
    with context.service() as service:
        proven = prove_remote_key(service.desk.remote_services, place, pin, otp)
        with service.database.read() as session:
            owner = user_named(session, username) if username else unit_coded(session, str(unit_code))
        fitness = require_fit(service.desk, proven.certificate, proven.chain, owner, confirmed=confirm_holder)
        with service.database.write() as session:
            owner = user_named(session, username) if username else unit_coded(session, str(unit_code))
            row = add_remote_key(
                session, owner=owner, place=place, key=proven, image_png=image_png, by=SYSTEM, fitness=fitness
            )
        click.echo(f"{row.holder}  {row.certificate_sha256}  – {row.not_after:%d/%m/%Y}")


@keys.command("list-remote")
@click.argument("service_name")
@click.option("--service-user", default="", help="The service's name of a user, where it wants one named.")
@click.pass_obj
def list_remote(context: CliContext, service_name: str, service_user: str) -> None:
    """List the keys that a remote signing service has for this office."""
    with context.service() as service:
        found = service.desk.remote_services.get(service_name)
        if found is None:
            raise RemoteServiceMissing(f"no service {service_name!r} in the settings")
        for credential_id in found.credential_ids(service_user):
            try:
                one = found.credential(credential_id)
                click.echo(f"{credential_id}\t{one.holder}\t{'PIN + OTP' if one.needs_otp else 'PIN'}")
            except (RemoteKeyUnusable, UnusableKey) as error:
                click.echo(f"{credential_id}\t[{error.code}] {error.detail}")


COMMANDS = ()
"""They stand in the group ``key``."""
