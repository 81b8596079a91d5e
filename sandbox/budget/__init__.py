"""The budgets of the simulated province and the files that its units publish about them.

Every figure, project and decision is invented. Figures follow from a seed, so that the estimate,
the execution reports and the settlement of a unit and year tell one story in every form.
"""
