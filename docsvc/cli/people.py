"""Commands for units, users, keys and tokens."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click
from cryptography import x509

from docsvc.accounts import SYSTEM, NewUser, Role, create_token, create_user, grant_role, set_password
from docsvc.cli.context import CliContext, unit_coded, user_named
from docsvc.issue.fitness import require_fit
from docsvc.issue.keys import TokenPlace, add_key, add_own_key, add_token_key, prove_token_key, read_key
from docsvc.records.identifiers import record_unit, record_user
from docsvc.records.seal_sizes import set_seal_mm
from docsvc.records.units import NewUnit, create_unit
from signing.appearance import without_paper
from signing.external import announce

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def unit() -> None:
    """Units of the office."""


@unit.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--abbreviation", required=True, help="As in symbols, for example UBND.")
@click.option("--kind", default="department", show_default=True, help="province, commune, agency or department.")
@click.option("--parent", help="Code of the superior unit.")
@click.option("--place", default="", help="Written before the date on documents.")
@click.option("--issues", is_flag=True, help="The unit has registers and a seal of its own.")
@click.pass_obj
def add_unit(
    context: CliContext,
    code: str,
    name: str,
    abbreviation: str,
    kind: str,
    parent: str | None,
    place: str,
    issues: bool,  # noqa: FBT001 - a click flag
) -> None:
    """Add a unit with its CODE (OrganId) and NAME."""
    with context.service() as service, service.database.write() as session:
        above = unit_coded(session, parent).id if parent else None
        create_unit(session, NewUnit(code, name, abbreviation, kind, above, place, issues), by=SYSTEM)
    click.echo(f"{code}: {name}")


@unit.command("identify")
@click.argument("code")
@click.argument("tax_code")
@click.pass_obj
def identify_unit(context: CliContext, code: str, tax_code: str) -> None:
    """Record the TAX_CODE (MST) that a unit's certificates must carry; "" for none."""
    with context.service() as service, service.database.write() as session:
        record_unit(session, unit_coded(session, code), tax_code, by=SYSTEM)
    click.echo(f"{code}: xong / done")


@click.group()
def user() -> None:
    """People who sign in."""


@user.command("add")
@click.argument("username")
@click.argument("full_name")
@click.option("--position", default="", help="Position, as printed under signatures.")
@click.password_option(help="At least 10 characters.")
@click.pass_obj
def add_user(context: CliContext, username: str, full_name: str, position: str, password: str) -> None:
    """Add a user."""
    with context.service() as service, service.database.write() as session:
        create_user(session, NewUser(username, full_name, password, position), by=SYSTEM)
    click.echo(f"{username}: {full_name}")


@user.command("identify")
@click.argument("username")
@click.argument("identifier")
@click.pass_obj
def identify_user(context: CliContext, username: str, identifier: str) -> None:
    """Record the IDENTIFIER (CCCD) that a person's certificates must carry; "" for none."""
    with context.service() as service, service.database.write() as session:
        record_user(session, user_named(session, username), identifier, by=SYSTEM)
    click.echo(f"{username}: xong / done")


@user.command("grant")
@click.argument("username")
@click.argument("unit_code")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.pass_obj
def grant(context: CliContext, username: str, unit_code: str, role: str) -> None:
    """Give USERNAME a ROLE in a unit."""
    with context.service() as service, service.database.write() as session:
        user_id, unit_id = user_named(session, username).id, unit_coded(session, unit_code).id
        grant_role(session, user_id, unit_id, Role(role), by=SYSTEM)
    click.echo(f"{username}: {role} @ {unit_code}")


@user.command("password")
@click.argument("username")
@click.password_option(help="At least 10 characters.")
@click.pass_obj
def password(context: CliContext, username: str, password: str) -> None:
    """Set a new password and end the user's sign-ins."""
    with context.service() as service, service.database.write() as session:
        set_password(session, user_named(session, username).id, password, by=SYSTEM)
    click.echo(f"{username}: xong / done")


@user.command("token")
@click.argument("username")
@click.option("--name", default="CLI", show_default=True, help="What the token is for.")
@click.option("--days", type=click.IntRange(min=1), default=90, show_default=True, help="Days until it expires.")
@click.pass_obj
def token(context: CliContext, username: str, name: str, days: int) -> None:
    """Make an API token with the user's rights and print it, this once."""
    with context.service() as service, service.database.write() as session:
        made = create_token(
            session,
            user_id=user_named(session, username).id,
            name=name,
            lasts=timedelta(days=days),
            by=SYSTEM,
        )
    click.echo(made)


@click.group()
def key() -> None:
    """Keys that people and units sign with."""


@unit.command("seal")
@click.argument("code")
@click.argument("millimetres", type=int)
@click.pass_obj
def set_seal(context: CliContext, code: str, millimetres: int) -> None:
    """Say how wide a unit's seal is, in MILLIMETRES: its picture stands on documents in real size."""
    with context.service() as service, service.database.write() as session:
        set_seal_mm(session, unit_coded(session, code), millimetres, by=SYSTEM)
    click.echo(f"{code}: {millimetres} mm")


@key.command("add")
@click.argument("pkcs12", type=_FILE, required=False)
@click.option("--pkcs11", "module", help="Instead of a file: name of a module in the setting pkcs11_modules.")
@click.option("--token", "label", default="", help="Label of the token.")
@click.option("--serial", default="", help="Serial number of the token, beside or instead of its label.")
@click.option("--key", "key_label", default="", help="Label of the key on the token.")
@click.option("--key-id", default="", help="Identifier of the key (CKA_ID, hexadecimal), beside or instead of a label.")
@click.option(
    "--certificate",
    type=_FILE,
    help="PEM: certificate and chain, where the token does not hold them; alone, for a key on its owner's machine.",
)
@click.option("--user", "username", help="Owner, a person.")
@click.option("--unit", "unit_code", help="Owner, a unit.")
@click.option("--image", type=_FILE, help="Signature or seal image, PNG; white paper becomes transparent.")
@click.option("--confirm-holder", is_flag=True, help="The certificate's holder has another name, but is the owner.")
@click.option("--passphrase", help="Opens the file or the token; asked for if not given, and not kept.")
@click.pass_obj
def add(
    context: CliContext,
    /,
    pkcs12: Path | None,
    module: str | None,
    certificate: Path | None,
    username: str | None,
    unit_code: str | None,
    image: Path | None,
    passphrase: str | None,
    confirm_holder: bool,  # noqa: FBT001 - a click flag
    **named: str,
) -> None:
    """Keep a PKCS12 file, a key on a token, or only the certificate of a key elsewhere, for a person or a unit."""
    if (username is None) == (unit_code is None):
        raise click.UsageError("name either --user or --unit")
    if (pkcs12 is not None and module is not None) or (pkcs12 is None and module is None and certificate is None):
        raise click.UsageError("name either a PKCS12 file, --pkcs11, or --certificate alone")
    image_png = without_paper(image.read_bytes()) if image else None
    own = announce(certificate.read_bytes()) if pkcs12 is None and module is None and certificate else None
    if passphrase is None:
        passphrase = "" if own else click.prompt("Passphrase or PIN", hide_input=True)
    with context.service() as service:
        if module is not None:
            place = TokenPlace(module, **named)
            proven = prove_token_key(service.desk.token_modules, place, passphrase, _certificates(certificate))
        if pkcs12 is not None:
            file = read_key(pkcs12.read_bytes(), passphrase, image_png)
        key = own or (file.key if pkcs12 is not None else proven)
        with service.database.read() as session:
            owner = user_named(session, username) if username else unit_coded(session, str(unit_code))
        fitness = require_fit(service.desk, key.certificate, key.chain, owner, confirmed=confirm_holder)
        with service.database.write() as session:
            owner = user_named(session, username) if username else unit_coded(session, str(unit_code))
            if own is not None:
                row = add_own_key(
                    session, owner=owner, certificates=own, image_png=image_png, by=SYSTEM, fitness=fitness
                )
            elif pkcs12 is not None:
                row = add_key(session, file, owner=owner, by=SYSTEM, fitness=fitness)
            else:
                row = add_token_key(
                    session, owner=owner, place=place, key=proven, image_png=image_png, by=SYSTEM, fitness=fitness
                )
        click.echo(f"{row.holder}  {row.certificate_sha256}  – {row.not_after:%d/%m/%Y}")
        if not fitness.fit.status_known:
            click.echo(f"revocation status unknown: {fitness.fit.revocation_problem}", err=True)


def _certificates(file: Path | None) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(file.read_bytes()) if file else []
    except ValueError as error:
        raise click.ClickException(f"{file}: {error}") from error


COMMANDS = (unit, user, key)
