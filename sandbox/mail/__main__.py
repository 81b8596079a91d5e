"""``python -m sandbox.mail``: run the mail catcher."""

from sandbox.mail.catcher import mail_command

if __name__ == "__main__":
    mail_command()
