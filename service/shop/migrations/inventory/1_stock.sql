CREATE TABLE IF NOT EXISTS stock (
    item     TEXT PRIMARY KEY,
    shelf    BIGINT NOT NULL, -- its place among the others
    on_shelf BIGINT NOT NULL  -- how many are left
);

-- The first delivery, of everything but the one article that is never there.
INSERT INTO stock (item, shelf, on_shelf)
SELECT item, shelf, on_shelf
FROM (
    SELECT 'lamp' AS item, 1 AS shelf, 1000 AS on_shelf
    UNION ALL SELECT 'oil', 2, 1000
    UNION ALL SELECT 'wick', 3, 1000
    UNION ALL SELECT 'sold-out', 4, 0
) AS delivery
WHERE NOT EXISTS (SELECT 1 FROM stock);
