"""The simulated one-stop system's HTTP API."""
