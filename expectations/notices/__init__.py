"""Digests: one e-mail per agency and day that says what to mend. Nothing else is ever sent.

Only findings are told to agencies. What the source or we ourselves failed to do stands in
``ops.outcome`` and ``ops.ledger`` for operators, and is not read here.
"""

from expectations.notices.sending import (
    DigestSummary,
    DigestsUndelivered,
    require_delivered,
    send_digests,
)

__all__ = ["DigestSummary", "DigestsUndelivered", "require_delivered", "send_digests"]
