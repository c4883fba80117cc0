CREATE TABLE IF NOT EXISTS users (
    id    TEXT PRIMARY KEY,
    name  TEXT NOT NULL,
    email TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS orders (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id),
    items      TEXT NOT NULL,             -- a JSON array of strings
    total      DOUBLE PRECISION NOT NULL, -- US dollars
    created_ms BIGINT NOT NULL            -- since 1970
);

-- What is still to be told of orders. A row comes with its order, in one transaction, and goes when somebody else is answerable for it.
CREATE TABLE IF NOT EXISTS outbox (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    message  TEXT NOT NULL,   -- JSON
    headers  TEXT NOT NULL,   -- a JSON object: the context in which the order was made
    attempts BIGINT NOT NULL, -- how often it was handed to somebody who gave it back
    due_ms   BIGINT NOT NULL  -- not before this, since 1970
);

CREATE INDEX IF NOT EXISTS outbox_due ON outbox (due_ms);

INSERT INTO users (id, name, email)
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 100)
SELECT CAST(n AS TEXT), 'User ' || n, 'user' || n || '@example.com'
FROM number
WHERE NOT EXISTS (SELECT 1 FROM users);
