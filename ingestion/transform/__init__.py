"""Running dbt on the warehouse, and telling whether two warehouses hold the same marts."""
