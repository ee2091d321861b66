"""pyeonji-admin: companies, their people and where their mail lives."""
