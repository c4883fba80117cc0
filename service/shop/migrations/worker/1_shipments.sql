-- One for each order, however often the worker hears of it.
CREATE TABLE IF NOT EXISTS shipments (
    order_id   TEXT PRIMARY KEY,
    shipped_ms BIGINT NOT NULL -- since 1970
);
