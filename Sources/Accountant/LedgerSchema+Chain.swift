extension LedgerSchema {
    /// The hash chain, its signatures, and corrections. `ChainedTable` lists what is hashed.
    static let third = """
        -- Number of the record on the usage channel that settled the stream; null: by an older version.
        ALTER TABLE record ADD COLUMN stream_sequence INTEGER;
        -- Sequence of the rates that were applied; null: none, or by an older version.
        ALTER TABLE record ADD COLUMN price INTEGER;

        CREATE TABLE numbered_price (
            sequence INTEGER PRIMARY KEY,
            version TEXT NOT NULL,
            model TEXT NOT NULL,
            rates TEXT NOT NULL,
            UNIQUE (version, model, rates)
        ) STRICT;
        INSERT INTO numbered_price
            SELECT ROW_NUMBER() OVER (ORDER BY version, model, rates), version, model, rates
            FROM price;
        DROP TABLE price;
        ALTER TABLE numbered_price RENAME TO price;

        -- What came to be known of a record later. The latest one counts; rows are only ever added.
        CREATE TABLE correction (
            sequence INTEGER PRIMARY KEY,
            id TEXT NOT NULL,                -- of the record
            number INTEGER NOT NULL,         -- from 1, of this record
            corrected_at INTEGER NOT NULL,   -- nanoseconds since the epoch
            stream_sequence INTEGER NOT NULL,
            provider_accepted INTEGER NOT NULL,
            prompt_reported INTEGER,
            prompt_billed INTEGER,
            prompt_source TEXT NOT NULL,
            completion_reported INTEGER,
            completion_produced INTEGER,
            completion_billed INTEGER,
            completion_source TEXT NOT NULL,
            cached_tokens INTEGER,
            cache_write_5m_tokens INTEGER,
            cache_write_1h_tokens INTEGER,
            reasoning_tokens INTEGER,
            service_tier TEXT,
            cost_nanodollars INTEGER,
            price_version TEXT,
            price_model TEXT,
            price INTEGER,
            prompt_ratio_ppm INTEGER,
            prompt_error_ppm INTEGER,
            prompt_samples INTEGER,
            completion_ratio_ppm INTEGER,
            completion_error_ppm INTEGER,
            completion_samples INTEGER,
            UNIQUE (id, number)
        ) STRICT;

        -- One row per commit that added prices, records or corrections: the hash chain.
        CREATE TABLE block (
            number INTEGER PRIMARY KEY,
            first_record INTEGER NOT NULL,
            last_record INTEGER NOT NULL,    -- the highest sequence of each table when it was written
            last_correction INTEGER NOT NULL,
            last_price INTEGER NOT NULL,
            committed_at INTEGER NOT NULL,   -- nanoseconds since the epoch
            previous BLOB NOT NULL,          -- hash of the block before, 32 bytes
            entries BLOB NOT NULL,           -- hashes of its rows: prices, records, corrections
            hash BLOB NOT NULL
        ) STRICT;

        -- One row per signature over the blocks since the one before.
        CREATE TABLE segment (
            number INTEGER PRIMARY KEY,
            first_block INTEGER NOT NULL,
            last_block INTEGER NOT NULL,
            head BLOB NOT NULL,              -- hash of the last block
            signed_at INTEGER NOT NULL,      -- nanoseconds since the epoch
            public_key BLOB NOT NULL,        -- Ed25519, 32 bytes
            previous BLOB NOT NULL,          -- signature of the segment before; empty for the first
            signature BLOB NOT NULL          -- 64 bytes
        ) STRICT;

        """
        + ["price", "correction", "block", "segment"].map { table in
            """
            CREATE TRIGGER \(table)_never_changes BEFORE UPDATE ON \(table)
                BEGIN SELECT RAISE(ABORT, 'rows are never changed'); END;
            CREATE TRIGGER \(table)_never_goes BEFORE DELETE ON \(table)
                BEGIN SELECT RAISE(ABORT, 'rows are never removed'); END;

            """
        }.joined()
}
