"""``ops.outcome`` also records the publication of our own open data."""

from alembic import op

revision = "0008"
down_revision = "0007"

STEPS = "'fetch', 'land', 'parse', 'load', 'build', 'check', 'notify', 'publish'"


def upgrade() -> None:
    """Allow the step."""
    op.execute("set local role cchc_owner")
    op.execute("alter table ops.outcome drop constraint outcome_step_check")
    op.execute(
        f"alter table ops.outcome add constraint outcome_step_check check (step in ({STEPS}))"
    )
    op.execute("reset role")
