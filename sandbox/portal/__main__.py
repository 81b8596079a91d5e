"""``python -m sandbox.portal``: run the simulated open-data portal."""

from sandbox.portal.server import portal_command

if __name__ == "__main__":
    portal_command()
