"""Great Expectations suites, built in code from the registry."""
