/// The kinds of events that are told from others by an id, see sd-journal's catalog and
/// systemd.journal-fields(7): `journalctl MESSAGE_ID=…` finds all of one kind. The ids never change.
enum MessageID: String, CaseIterable, Sendable {
    /// A child died of a signal, was killed, or exited with a status that nobody asked for.
    case crash = "6e0b0c2f5d9f4a0f8f4f6ad3c2f4b7a1"
    case childStarted = "0d8a3f0e4b6c4c0c9a1b7f3e55d2c9e4"
    case childReady = "c1f4b2a6d0e84e7f8c3a9d5b7e6f1024"
    /// A child has ended, in any way.
    case childLost = "5b7d1e9a3c2f4d68b0a4e6f8c1d3957e"
    /// The supervisor kills a child that does not do what it must.
    case childKilled = "a94c7e1f2b3d4856b7c8d9e0f1a2b3c5"
    /// A child is not started any more.
    case childGivenUp = "f3d2c1b0a9e84d7c96b5a4938271605f"
    /// The service can serve.
    case ready = "2c9f6e3b8a1d47d5a0c4b7e9f2d6183a"
    case reloadDone = "8e1a5c7d3f9b42608d4e6b2a7c9f0e13"
    /// A new configuration was refused, and the old one stays.
    case reloadRefused = "d7b9e0f2a4c64183b5d8c1e7f3a6029b"
    /// The service cannot go on.
    case failure = "49e2b6d8f0a34c1e9b7d5a3c8e6f1274"
    case stopped = "b05d8c2e7f1a4693a8e4d6c9b1f7302d"
    /// Lines were lost because nobody took them.
    case linesDropped = "71c3e5a9d0b84f2e8a6c4d1b9f7e5038"
}
