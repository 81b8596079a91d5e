"""The console script ``cchc``: one group, to which every package adds its own commands.

Commands are found through the entry-point group ``cchc.commands`` and imported only when they
are called, so that ``cchc url`` does not wait for Great Expectations.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the source is unavailable, 4 data refused.
"""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points

import click

from ingestion.core.environment import ConfigurationError

ENTRY_POINTS = "cchc.commands"


class Commands(click.Group):
    """A click group whose commands are entry points, imported on use."""

    def _found(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=ENTRY_POINTS)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, sorted."""
        return sorted(self._found())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command, None when there is no such command."""
        point = self._found().get(cmd_name)
        if point is None:
            return None
        command = point.load()
        if not isinstance(command, click.Command):
            raise TypeError(f"{point.value} is no click command")
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cchc")
def cli() -> None:
    """Indicator warehouse of Sơn La's administrative-reform plan 2026–2030.

    Kho chỉ tiêu cải cách hành chính tỉnh Sơn La giai đoạn 2026–2030.
    """


def main() -> None:
    """Run the command line; errors that a person can mend are one line, not a traceback."""
    try:
        cli()
    except ConfigurationError as error:
        click.echo(f"cchc: {error}", err=True)
        sys.exit(1)
