-- Run at every start; it changes nothing once the tables are there and there are users.
BEGIN IMMEDIATE;

CREATE TABLE IF NOT EXISTS users (
    id    TEXT PRIMARY KEY,
    name  TEXT NOT NULL,
    email TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS orders (
    id         TEXT PRIMARY KEY DEFAULT ('ord_' || lower(hex(randomblob(16)))),
    user_id    TEXT NOT NULL REFERENCES users (id),
    items      TEXT NOT NULL, -- a JSON array of strings
    total      REAL NOT NULL, -- US dollars
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

INSERT INTO users (id, name, email)
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 100)
SELECT n, 'User ' || n, 'user' || n || '@example.com'
FROM number
WHERE NOT EXISTS (SELECT 1 FROM users);

COMMIT;
