"""What all sources share: periods, HTTP, landing, contracts, loading, outcomes, the ledger."""
