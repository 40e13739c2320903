"""The ledger 周周清: what each grid found, cleared and let lie, week by week, and how quick the loop was. Of places,
kinds and departments; never of persons."""
