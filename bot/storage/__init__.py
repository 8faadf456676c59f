"""What is remembered: conversations, deliveries and misses, in SQLite by default and PostgreSQL by `DATABASE_URL`."""
