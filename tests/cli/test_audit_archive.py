"""The archive is audited from the command line, and gone on with after it was cut off."""

from __future__ import annotations

import re

from click.testing import CliRunner, Result

from docsvc.cli.main import main
from docsvc.inspection.carrying import carry
from docsvc.inspection.runs import Origin
from tests.inspection.archive import alter, begun, issued_sha256, row
from tests.office import COMMUNE, OTHER, Office


def run(office: Office, *words: str) -> Result:
    environment = {"DOCSVC_DATA_DIR": str(office.service.settings.data_dir), "DOCSVC_WORKER": "false"}
    return CliRunner().invoke(main, ["audit", "archive", *words], env=environment)


def test_a_sound_archive_ends_with_0_and_a_damaged_one_does_not(embedded: Office) -> None:
    document_id = embedded.issued()
    sound = run(embedded)
    assert sound.exit_code == 0, sound.output
    assert re.search(r"3/3 tệp / files", sound.output)
    assert "2\tvalid" in sound.output
    assert run(embedded, "--unit", OTHER).exit_code == 0
    alter(embedded.service, issued_sha256(embedded, document_id))
    spoilt = run(embedded, "--unit", COMMUNE, "--files", "issued", "--type", "qd", "--from", "2020-01-01")
    assert spoilt.exit_code == 1
    assert f"!! object-altered\tissued\t{document_id}" in spoilt.output
    assert "record names were not looked for" in spoilt.output
    assert run(embedded, "--type", "nonsense").exit_code == 2
    assert run(embedded, "--unit", "nowhere").exit_code == 1
    assert run(embedded, "--resume", "999999").exit_code == 1


def test_a_command_that_was_cut_off_is_gone_on_with(embedded: Office) -> None:
    embedded.issued()
    run_id = begun(embedded.service, origin=Origin.COMMAND)
    going = carry(embedded.desk, run_id, at_once=1)
    next(going)
    next(going)
    going.close()
    assert row(embedded.service, run_id).state == "waiting"
    resumed = run(embedded, "--resume", str(run_id), "--at-once", "1")
    assert resumed.exit_code == 0, resumed.output
    assert "3/3" in resumed.output
    again = run(embedded, "--resume", str(run_id))
    assert again.exit_code == 1
    assert "audit-over" in again.output
