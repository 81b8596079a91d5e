"""``python -m sandbox.mailbox``: run the mailbox."""

from sandbox.mailbox.server import mailbox_command

if __name__ == "__main__":
    mailbox_command()
