import Diagnostics
import Glibc

/// The ways to die that a test can ask for.
enum Crash: String {
    case fatalError = "fatal-error"
    case duplicateKey = "duplicate-key"
    case trap
    case index
    case overflow
    case overflowOnThread = "overflow-on-thread"
    case overflowOnUnprotectedThread = "overflow-on-unprotected-thread"
    case twoThreads = "two-threads"
    case abort
    case nullPointer = "null-pointer"
    case wildPointer = "wild-pointer"
    case call
    case sent
    case kill
    case flood

    /// Does not come back, but for `flood`.
    ///
    /// - Parameter text: what the runtime's message is to hold, where it holds anything.
    @inline(never)
    func happen(_ text: String) {
        switch self {
        case .fatalError: Self.failFatally()
        case .duplicateKey: Self.repeatKey(text)
        case .trap: Self.addTooMuch(Int.max)
        case .index: Self.readPastTheEnd([1, 2, 3])
        case .overflow: Self.overflow()
        case .overflowOnThread:
            Self.join(
                Self.thread {
                    try? CrashGuard.protectThread(isEventLoop: false)
                    Self.overflow()
                })
        case .overflowOnUnprotectedThread: Self.join(Self.thread { Self.overflow() })
        case .twoThreads:
            let threads = (0..<8).map { _ in Self.thread { Self.write(to: 0x10) } }
            for thread in threads { Self.join(thread) }
        case .abort: Self.giveUp()
        case .nullPointer: Self.write(to: 0x10)
        case .wildPointer: Self.write(to: 0x5EC2_E700_0000)
        case .call: Self.callNothing()
        case .sent: _ = Glibc.kill(getpid(), SIGSEGV)
        case .kill: _ = Glibc.kill(getpid(), SIGKILL)
        case .flood: Self.flood(megabytes: 100)
        }
    }

    @inline(never)
    private static func failFatally() -> Never { Swift.fatalError("the planted word is swordfish") }

    @inline(never)
    private static func repeatKey(_ text: String) {
        let table = Dictionary(uniqueKeysWithValues: [(text, 1), (text, 2)])
        exit(Int32(clamping: table.count))
    }

    @inline(never)
    private static func addTooMuch(_ number: Int) { exit(Int32(clamping: number + number)) }

    @inline(never)
    private static func readPastTheEnd(_ numbers: [Int]) {
        exit(Int32(clamping: numbers[numbers.count + Int(getpid())]))
    }

    /// Reads after the call what the call may have changed: no optimizer makes a loop of that.
    @inline(never)
    private static func goDeeper(_ above: UnsafeMutablePointer<Int>) -> Int {
        var own = above.pointee &+ 1
        guard own < .max else { return 0 }
        let deeper = goDeeper(&own)
        return deeper ^ own
    }

    private static func overflow() {
        var depth = 0
        exit(Int32(truncatingIfNeeded: goDeeper(&depth)))
    }

    @inline(never)
    private static func giveUp() { Glibc.abort() }

    @inline(never)
    private static func write(to address: UInt) {
        UnsafeMutablePointer<UInt64>(bitPattern: address)?.pointee = 1
    }

    @inline(never)
    private static func callNothing() {
        typealias Function = @convention(c) () -> Void
        unsafeBitCast(UInt(0x10), to: Function.self)()
        // Something to come back to: else the call may be a jump, which leaves no trace.
        exit(0)
    }

    /// One line without an end.
    private static func flood(megabytes: Int) {
        let piece: [UInt8] = Array(repeating: UInt8(ascii: "x"), count: 1 << 20)
        for _ in 0..<megabytes {
            var rest = piece[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
    }

    private final class Work {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    private static func thread(_ run: @escaping () -> Void) -> pthread_t {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(Work(run)).toOpaque())
        return thread
    }

    private static func join(_ thread: pthread_t) { pthread_join(thread, nil) }
}
