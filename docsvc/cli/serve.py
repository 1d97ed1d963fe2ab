"""Commands that start things: run, worker, init."""

from __future__ import annotations

import ipaddress
import logging
import signal
import threading
from dataclasses import replace
from types import FrameType

import click
import waitress
from sqlalchemy import func, select

from config.settings import Settings
from docsvc import worker
from docsvc.accounts import SYSTEM, NewUser, Role, create_user, grant_role
from docsvc.app import create_app
from docsvc.cli.context import CliContext
from docsvc.db.people import Unit
from docsvc.example.load import KEY_PASSPHRASE, PASSWORD, load_example, sign_ins, wanted
from docsvc.records.registers import open_series
from docsvc.records.units import NewUnit, create_unit
from signing.sandbox import warm_up


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--example", is_flag=True, help="Fill an empty database with an example office first.")
@click.pass_obj
def run(context: CliContext, host: str | None, port: int | None, example: bool) -> None:  # noqa: FBT001 - a click flag
    """Start the web service, its API and, unless set otherwise, the worker."""
    settings = replace(context.settings, host=host or context.settings.host, port=port or context.settings.port)
    context = CliContext(_tried_here(settings) if example else settings)
    if example and not _is_loopback(settings.host):
        raise click.ClickException("the example office has public passwords: it runs on a loopback address only")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("alembic", "fontTools", "pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    with context.service() as service:
        warm_up()  # the first uploaded file need not wait for libraries to load
        if example:
            with service.database.read() as session:
                due = wanted(session)
            if due:
                click.echo("Đang lập cơ quan mẫu, mất khoảng nửa phút… / Making the example office…")
                load_example(service)
        try:
            server = waitress.create_server(
                create_app(service),
                host=settings.host,
                port=settings.port,
                threads=settings.threads,
                # Above the limit of the pages, so that these can say what is wrong; far above, the server cuts off.
                max_request_body_size=2 * settings.upload_limit_bytes + 1024 * 1024,
                **_proxy_settings(behind=settings.behind_proxy),
            )
        except OSError as error:
            raise click.ClickException(f"{settings.host}:{settings.port}: {error.strerror}") from error
        thread, stop = worker.start(service) if settings.worker else (None, threading.Event())
        click.echo(f"\n  docsvc: {settings.address}\n")
        if example:
            for line in sign_ins():
                click.echo(f"  {line}")
            click.echo(f"\n  mật khẩu / password: {PASSWORD}   mật khẩu khóa ký / key passphrase: {KEY_PASSPHRASE}\n")
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            server.run()
        except KeyboardInterrupt:
            pass
        finally:
            stop.set()
            server.close()
            if thread:
                thread.join(timeout=10)


@click.command("worker")
@click.pass_obj
def run_worker(context: CliContext) -> None:
    """Run only the background worker, beside web processes started with DOCSVC_WORKER=false."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    with context.service() as service:
        click.echo("docsvc worker: indexing, keeping signatures provable, auditing")
        beside = worker.start_beside(service, stop)
        worker.work(service, stop)
        for thread in beside:
            thread.join(timeout=10)


@click.command()
@click.option("--unit-name", prompt="Tên cơ quan / Name of the office", help="Full name of the office.")
@click.option("--unit-code", prompt="Mã định danh / Identifier", help="Identifier of the office (OrganId).")
@click.option("--abbreviation", prompt="Chữ viết tắt / Abbreviation", help="As in symbols, for example UBND.")
@click.option("--place", prompt="Địa danh / Place", help="Written before the date on documents.")
@click.option("--admin", prompt="Tên đăng nhập quản trị / Administrator's user name", help="First administrator.")
@click.option("--admin-name", prompt="Họ và tên / Full name", help="The administrator's full name.")
@click.password_option("--password", help="The administrator's password.")
@click.pass_obj
def init(
    context: CliContext,
    unit_name: str,
    unit_code: str,
    abbreviation: str,
    place: str,
    admin: str,
    admin_name: str,
    password: str,
) -> None:
    """Set up a real, empty office: database, store, one unit with its register, one administrator."""
    with context.service() as service, service.database.write() as session:
        if session.scalar(select(func.count()).select_from(Unit)):
            raise click.ClickException("this database already has an office")
        unit = create_unit(
            session,
            NewUnit(unit_code, unit_name, abbreviation, kind="agency", place=place, issues=True),
            by=SYSTEM,
        )
        open_series(session, unit, service.desk.today().year)
        user = create_user(session, NewUser(admin, admin_name, password, "Quản trị viên"), by=SYSTEM)
        grant_role(session, user.id, unit.id, Role.ADMINISTRATOR, by=SYSTEM)
    click.echo(f"{unit_name}: xong / done. Chạy / start: docsvc run")


def _tried_here(settings: Settings) -> Settings:
    """With codes drawn into the example's documents: they lead nowhere from other machines, but can be tried here."""
    return settings if settings.check_address else replace(settings, public_address=settings.address)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _proxy_settings(*, behind: bool) -> dict[str, object]:
    if not behind:
        return {}
    return {
        "trusted_proxy": "*",
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto x-forwarded-host",
        "clear_untrusted_proxy_headers": True,
    }


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


COMMANDS = (run, run_worker, init)
