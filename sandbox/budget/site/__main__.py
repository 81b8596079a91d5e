"""``python -m sandbox.budget.site``: run the simulated budget site."""

from sandbox.budget.site.server import budget_command

if __name__ == "__main__":
    budget_command()
