"""The ledger says why, and whoever decides an agency's cell may count its dossiers."""

from alembic import op

revision = "0004"
down_revision = "0003"

LEDGER = """
set local role cchc_owner;
alter table ops.ledger add column reason text;
comment on column ops.ledger.reason is
'Vì sao, câu cho người đọc / why, a sentence for people; empty when accepted';
create index on ops.ledger (period_start);
reset role
"""
EVIDENCE = """
set local role cchc_transform;
grant usage on schema intermediate to cchc_ingest;
grant select on all tables in schema intermediate to cchc_ingest;
alter default privileges for role cchc_transform in schema intermediate
grant select on tables to cchc_ingest;
reset role
"""


def upgrade() -> None:
    """Apply."""
    op.execute(LEDGER)
    op.execute(EVIDENCE)
