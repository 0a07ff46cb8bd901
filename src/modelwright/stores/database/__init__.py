"""One SQLite database: its tables, transactions and searches."""
