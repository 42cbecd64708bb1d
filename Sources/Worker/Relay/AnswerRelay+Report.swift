import WireFormat

// An answer in one piece whose tokens the provider has counted.
extension AnswerRelay {
    /// The read is all of an answer that is one document.
    func isWholeAtOnce(_ count: Int) -> Bool {
        guard trustsReport, !isEventStream, redaction == nil, isEnded,
            case .length(let length) = source
        else { return false }
        return length == UInt64(count)
    }

    /// Takes the provider's count of the tokens in place of one made here, which would take longer than all
    /// else that is done for a short answer. False where it has none, and nothing has happened.
    mutating func takeReport(
        _ bytes: UnsafeRawBufferPointer, _ count: Int, _ observer: inout ReadObserver
    ) -> Bool {
        let before = (scanner, observer.tally)
        observer.tally.stopCounting()
        look(at: 0..<count, bytes, &observer)
        if !scanner.facts.errorSeen, let reported = scanner.facts.completionTokens {
            observer.tally.take(reported: reported)
            return true
        }
        (scanner, observer.tally) = before
        observer.begin(held: 0)
        return false
    }
}
