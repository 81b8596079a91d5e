"""What is due for which period, what came of it, and whose fault it is when nothing came."""
