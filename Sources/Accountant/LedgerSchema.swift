import GRDB

/// The ledger's tables. A migration that was ever released is never changed.
enum LedgerSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 workers, open streams, records, prices") { db in
            try db.execute(sql: first)
        }
        migrator.registerMigration("2 calibration") { db in try db.execute(sql: second) }
        migrator.registerMigration("3 hash chain, signatures, corrections") { db in
            try db.execute(sql: third)
            try LedgerChain.adopt(db)
        }
        return migrator
    }

    /// 64-bit numbers without a sign (incarnation, stream) are stored as the signed number of the same bits.
    private static let first = """
        CREATE TABLE worker (
            incarnation INTEGER PRIMARY KEY,
            slot INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            first_seen INTEGER NOT NULL      -- nanoseconds since the epoch
        ) STRICT;

        -- Streams that are not settled. The only table whose rows change.
        CREATE TABLE open_stream (
            incarnation INTEGER NOT NULL,
            stream INTEGER NOT NULL,
            worker INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            started_at INTEGER,              -- null, with all that follows: `opened` was never seen
            counter_slot INTEGER,
            key TEXT,
            endpoint INTEGER,
            model TEXT,
            provider TEXT,
            provider_model TEXT,
            is_streaming INTEGER,
            prompt_produced INTEGER,
            count_source INTEGER,
            sequence INTEGER,                -- of the last progress that was applied
            progress BLOB,                   -- that record, as it came on the wire
            PRIMARY KEY (incarnation, stream)
        ) STRICT, WITHOUT ROWID;

        -- One row per request that is over. Rows are only ever added.
        CREATE TABLE record (
            sequence INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            started_at INTEGER NOT NULL,     -- nanoseconds since the epoch
            settled_at INTEGER NOT NULL,
            key TEXT,
            endpoint TEXT,
            model TEXT,
            provider TEXT,
            provider_model TEXT,
            is_streaming INTEGER,
            outcome TEXT NOT NULL,
            status INTEGER,
            reason TEXT,
            provider_accepted INTEGER NOT NULL,
            count_source TEXT NOT NULL,
            prompt_reported INTEGER,
            prompt_produced INTEGER,
            prompt_billed INTEGER,
            prompt_source TEXT NOT NULL,
            completion_reported INTEGER,
            completion_produced INTEGER,
            completion_delivered INTEGER,
            completion_billed INTEGER,
            completion_source TEXT NOT NULL,
            cached_tokens INTEGER,
            cache_write_5m_tokens INTEGER,
            cache_write_1h_tokens INTEGER,
            reasoning_tokens INTEGER,
            service_tier TEXT,
            chunks_flushed INTEGER NOT NULL,
            bytes_flushed INTEGER NOT NULL,
            bytes_acknowledged INTEGER,
            cost_nanodollars INTEGER,
            price_version TEXT,
            price_model TEXT,
            first_byte_ns INTEGER,
            duration_ns INTEGER,
            worker INTEGER NOT NULL,
            generation INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX record_started ON record (started_at);
        CREATE TRIGGER record_never_changes BEFORE UPDATE ON record
            BEGIN SELECT RAISE(ABORT, 'records are never changed'); END;
        CREATE TRIGGER record_never_goes BEFORE DELETE ON record
            BEGIN SELECT RAISE(ABORT, 'records are never removed'); END;

        -- Every price that was ever applied, so that an old record can be calculated again.
        CREATE TABLE price (
            version TEXT NOT NULL,
            model TEXT NOT NULL,
            rates TEXT NOT NULL,
            PRIMARY KEY (version, model, rates)
        ) STRICT, WITHOUT ROWID;
        """

    private static let second = """
        -- How providers' counts compare with this gateway's. A memory, no evidence: rows change and go.
        CREATE TABLE calibration (
            provider TEXT NOT NULL,          -- empty, with the model: all that are counted so
            model TEXT NOT NULL,
            encoding INTEGER NOT NULL,
            script INTEGER NOT NULL,         -- 0: every class
            side INTEGER NOT NULL,           -- 1 prompt, 2 completion
            total INTEGER NOT NULL,          -- samples ever taken
            changed_at INTEGER NOT NULL,     -- nanoseconds since the epoch
            samples BLOB NOT NULL,           -- the last ones: counted and reported, 32 bits each
            PRIMARY KEY (provider, model, encoding, script, side)
        ) STRICT, WITHOUT ROWID;

        -- What the prompt's count was made of; null: with no vocabulary, or by an older worker.
        ALTER TABLE open_stream ADD COLUMN encoding INTEGER;
        ALTER TABLE open_stream ADD COLUMN prompt_script INTEGER;
        ALTER TABLE open_stream ADD COLUMN prompt_is_text INTEGER;

        -- The ratio that a billed count was corrected with, in millionths, where its source is `calibrated`.
        ALTER TABLE record ADD COLUMN prompt_ratio_ppm INTEGER;
        ALTER TABLE record ADD COLUMN prompt_error_ppm INTEGER;
        ALTER TABLE record ADD COLUMN prompt_samples INTEGER;
        ALTER TABLE record ADD COLUMN completion_ratio_ppm INTEGER;
        ALTER TABLE record ADD COLUMN completion_error_ppm INTEGER;
        ALTER TABLE record ADD COLUMN completion_samples INTEGER;
        """
}
