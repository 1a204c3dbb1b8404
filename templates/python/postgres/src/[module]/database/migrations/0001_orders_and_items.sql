-- Keys compare byte by byte, so that pages and prefixes can use their indexes.
CREATE TABLE items (
    sku TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    price_cents BIGINT NOT NULL CHECK (price_cents >= 0),
    stock BIGINT NOT NULL CHECK (stock >= 0)
);

CREATE TABLE orders (
    id TEXT COLLATE "C" PRIMARY KEY CHECK (octet_length(id) <= 64),
    customer TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'shipped', 'delivered', 'cancelled')),
    sku TEXT COLLATE "C" NOT NULL REFERENCES items (sku),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    total_cents BIGINT NOT NULL CHECK (total_cents >= 0),
    created_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX orders_by_status ON orders (status, id);
CREATE INDEX orders_by_sku ON orders (sku);
