"""The doors that reports come through: inbox folder, archive, mailbox, upload."""
