import Foundation
import LedgerFormat

/// What a verification has found, for people and for programs.
struct VerificationText {
    private let report: VerificationReport
    private let path: String
    private let isSignerKnown: Bool

    init(_ report: VerificationReport, path: String, isSignerKnown: Bool) {
        self.report = report
        self.path = path
        self.isSignerKnown = isSignerKnown
    }

    /// For people.
    var lines: [String] {
        let last = report.head.last
        var lines = [
            "ledger: \(path)",
            "checked: \(last.record) records, \(last.correction) corrections, \(last.price) prices in "
                + "\(report.head.number) blocks",
            "head: \(report.head.hash.hexadecimal)",
        ]
        lines += report.keys.map { "signed with: \($0.fingerprint)" }
        if report.segments > 0 {
            lines.append(
                "signatures: \(report.segments), the last "
                    + "\(report.signedAt.map { Self.time($0) } ?? "") up to record "
                    + "\(report.signedRecord)")
        }
        if report.finding == nil {
            lines += warnings.map { "note: \($0)" }
            lines.append("OK")
        }
        return lines
    }

    /// What the verification does not prove.
    private var warnings: [String] {
        var warnings: [String] = []
        if report.segments > 0, !isSignerKnown {
            warnings.append(
                "the keys are those beside the signatures: this shows that the ledger is consistent; "
                    + "--public-key shows who signed it")
        }
        let unsigned = report.head.last.record - report.signedRecord
        if unsigned > 0 || report.head.number > report.signedBlock {
            warnings.append(
                "no signature covers the last \(unsigned) records yet: that some behind them were cut off "
                    + "shows with --head only")
        }
        return warnings
    }

    /// For programs: one object on one line.
    var json: String {
        let last = report.head.last
        var members: [String: JSONValue] = [
            "ledger": .string(path), "ok": .bool(report.finding == nil),
            "records": .integer(last.record), "corrections": .integer(last.correction),
            "prices": .integer(last.price), "blocks": .integer(report.head.number),
            "head": .string(report.head.hash.hexadecimal), "segments": .integer(report.segments),
            "signed_block": .integer(report.signedBlock),
            "signed_record": .integer(report.signedRecord),
            "signed_at": report.signedAt.map { .string(Self.time($0)) } ?? .null,
            "signer_checked": .bool(isSignerKnown),
            "keys": .array(report.keys.map { .string($0.fingerprint) }), "finding": .null,
        ]
        if let finding = report.finding {
            members["finding"] = .object([
                "subject": .string(finding.subject.rawValue),
                "sequence": finding.sequence.map { .integer($0) } ?? .null,
                "id": finding.id.map { .string($0) } ?? .null,
                "message": .string(Self.sentence(finding)),
            ])
        }
        return JSONValue.object(members).jsonText
    }

    /// What is wrong, with what it is about in front.
    static func sentence(_ finding: VerificationReport.Finding) -> String {
        let subject = finding.subject.rawValue
        switch (finding.sequence, finding.id) {
        case (let sequence?, let id?):
            return "\(subject) \(sequence) (\(id)) \(finding.message)"
        case (let sequence?, nil): return "\(subject) \(sequence) \(finding.message)"
        default: return finding.message
        }
    }

    private static func time(_ nanoseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000_000)).formatted(
            Date.ISO8601FormatStyle(timeZone: .gmt))
    }
}
