"""The simulated budget site: the Ministry's portal and the province's page of publications."""
