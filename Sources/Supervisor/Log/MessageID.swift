/// The kinds of events that are told from others by an id, see sd-journal's catalog and
/// systemd.journal-fields(7): `journalctl MESSAGE_ID=…` finds all of one kind. The ids never change.
enum MessageID: String, CaseIterable, Sendable {
    /// A child died of a signal, was killed, or exited with a status that nobody asked for.
    case crash = "be89755c710b4f6aaa9ce303ef6b7806"
    case childStarted = "fd1bb62480504ef3b5bbf229bacdf9c7"
    case childReady = "d69a7795a5c9413a9c7b6dbe3ed07291"
    /// A child has ended, in any way.
    case childLost = "3d05bcafa730491697b2012eb99d21b1"
    /// The supervisor kills a child that does not do what it must.
    case childKilled = "a4fa64ed63d04b9ab1dccdbf80da6b07"
    /// A child is not started any more.
    case childGivenUp = "8d51bde16e01450eb9cb3fa309d3dc98"
    /// The service can serve.
    case ready = "90813703ad574fd29bc217aa384e6a19"
    /// The supervisor of a new version has taken the place of the one before, in the same process.
    case tookOver = "71dd4d90b2c84664bf0e5b0a7b817c84"
    case reloadDone = "0b21447fe70d4efdb5cb3bbb0929a107"
    /// A new configuration was refused, and the old one stays.
    case reloadRefused = "6e224ab6ce5949b6ad14dbbcb35f0428"
    /// The service cannot go on.
    case failure = "857f53e6b78f453c98696d7163a7d42c"
    /// A request is over, and in the ledger.
    case request = "959c7e0c809f4be8ab93650827ed8338"
    /// So many more were, and have no line each.
    case requestsSummarised = "07a6350fdd7643ec8ed20dc008c6be89"
    case stopped = "be1d667999e84332bbc1136ac720ce9b"
    /// Lines were lost because nobody took them.
    case linesDropped = "a7eedd2c98ad4969826c460043979ef7"
}
