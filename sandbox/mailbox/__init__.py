"""A mailbox that agencies send their reports to: a real IMAP server on the loopback address."""
