"""What people look at: the scorecard of the plan as a page and as a table."""
