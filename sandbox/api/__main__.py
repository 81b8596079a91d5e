"""``python -m sandbox.api``: run the simulated one-stop system."""

from sandbox.api.server import serve_command

if __name__ == "__main__":
    serve_command()
