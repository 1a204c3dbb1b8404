INSERT INTO items (sku, name, price_cents, stock) VALUES
    ('SKU-001', 'Desk lamp', 2599, 120), ('SKU-002', 'Office chair', 14900, 35),
    ('SKU-003', 'Standing desk', 48900, 8), ('SKU-004', 'Monitor arm', 7950, 0),
    ('SKU-005', 'Keyboard', 8900, 64), ('SKU-006', 'Headphones', 19900, 21);

INSERT INTO orders (id, customer, status, sku, quantity, total_cents, created_at) VALUES
    ('ORD-1001', 'Ada Lovelace', 'delivered', 'SKU-001', 2, 5198, '2026-01-05T09:12:00Z'),
    ('ORD-1002', 'Alan Turing', 'delivered', 'SKU-003', 1, 48900, '2026-01-07T14:03:00Z'),
    ('ORD-1003', 'Grace Hopper', 'cancelled', 'SKU-004', 3, 23850, '2026-01-11T08:45:00Z'),
    ('ORD-1004', 'Edsger Dijkstra', 'delivered', 'SKU-002', 1, 14900, '2026-01-19T16:30:00Z'),
    ('ORD-1005', 'Barbara Liskov', 'delivered', 'SKU-005', 4, 35600, '2026-02-02T11:20:00Z'),
    ('ORD-1006', 'Donald Knuth', 'shipped', 'SKU-006', 1, 19900, '2026-02-10T10:00:00Z'),
    ('ORD-1007', 'Ada Lovelace', 'shipped', 'SKU-005', 1, 8900, '2026-02-14T12:15:00Z'),
    ('ORD-1008', 'Margaret Hamilton', 'shipped', 'SKU-001', 5, 12995, '2026-02-21T09:40:00Z'),
    ('ORD-1009', 'Alan Turing', 'pending', 'SKU-002', 2, 29800, '2026-03-01T15:55:00Z'),
    ('ORD-1010', 'Katherine Johnson', 'pending', 'SKU-006', 2, 39800, '2026-03-03T13:25:00Z'),
    ('ORD-1011', 'Grace Hopper', 'pending', 'SKU-001', 1, 2599, '2026-03-04T08:05:00Z'),
    ('ORD-1012', 'Tim Berners-Lee', 'pending', 'SKU-003', 1, 48900, '2026-03-04T17:50:00Z');
