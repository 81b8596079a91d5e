"""The scorecard as one self-contained HTML page that also opens from a USB stick."""
