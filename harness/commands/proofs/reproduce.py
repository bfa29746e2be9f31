"""`amo-harness reproduce`: what the users of each host saw of each page, run again."""

import argparse
import json
import shutil

from harness.commands.proofs.prove import open_proof
from harness.exit_codes import ExitCode
from harness.phone.hosts.measured import read_measurements
from harness.proofs.reproduce import choose_columns, choose_pages, reproduce
from harness.report.defects import as_document, as_grid, as_markdown
from harness.runs.opening import check_inspector

WIDTH_OF_A_FILE = 180


def reproduce_command(options: argparse.Namespace) -> int:
    """Visit the historic pages and print the table; 0 when it is whole."""
    check_inspector(options.inspector)
    measurements = () if options.hosts is None else read_measurements(options.hosts)
    pages, hosts = choose_pages(options.pages), choose_columns(options.host, measurements)
    with open_proof(options.engine, options.inspector) as stage:
        table = reproduce(stage, pages, hosts)
    if options.json:
        print(json.dumps(as_document(table), ensure_ascii=False, indent=1))
    elif options.markdown:
        print(as_markdown(table))
    else:
        print(as_grid(table, width=shutil.get_terminal_size((WIDTH_OF_A_FILE, 0)).columns))
    return ExitCode.PASSED
