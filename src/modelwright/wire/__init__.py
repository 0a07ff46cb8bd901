"""Messages: every request and reply as a struct, the table of calls, the search grammar."""
