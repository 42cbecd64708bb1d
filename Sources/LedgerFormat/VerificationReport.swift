/// What `LedgerVerifier` has found.
public struct VerificationReport: Equatable, Sendable {
    /// The first thing that is not as it was written.
    public struct Finding: Equatable, Error, Sendable {
        /// What the finding is about.
        public enum Subject: String, Sendable {
            case record, correction, price, block, segment, head, file
        }

        public var subject: Subject
        /// Sequence of the row, or number of the block or segment; nil for the head and the file.
        public var sequence: Int64?
        /// The record's id, where the row is there to tell it.
        public var id: String?
        /// What is wrong, without values of the ledger.
        public var message: String

        init(_ subject: Subject, _ sequence: Int64?, id: String? = nil, _ message: String) {
            self.subject = subject
            self.sequence = sequence
            self.id = id
            self.message = message
        }
    }

    /// The end of the chain, as far as it was checked.
    public internal(set) var head = ChainHead.empty
    /// Segments that were checked.
    public internal(set) var segments: Int64 = 0
    /// The last block and the last record that a signature covers.
    public internal(set) var signedBlock: Int64 = 0
    public internal(set) var signedRecord: Int64 = 0
    /// Nanoseconds since the epoch of the last signature; nil: none.
    public internal(set) var signedAt: Int64?
    /// The keys of the segments, in the order in which they came.
    public internal(set) var keys: [PublicKey] = []
    /// nil: nothing was altered.
    public internal(set) var finding: Finding?
}
