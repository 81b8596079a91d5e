"""Budget publications: who published which document of a budget, and what its files say."""
