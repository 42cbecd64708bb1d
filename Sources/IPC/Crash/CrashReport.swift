import CCrash

/// What a process left in the memory that it shared with the supervisor: breadcrumbs, and when it died
/// of a signal that it could catch, where.
///
/// It holds no address, no register and no memory, so it holds no secret.
public struct CrashReport: Equatable, Sendable {
    /// How far the handler came.
    public enum Progress: UInt32, CaseIterable, Sendable {
        /// It did not run: the process ended in another way.
        case none = 0
        /// It failed itself.
        case begun = 1
        case written = 2
        /// The report is whole, and the secrets were wiped.
        case wiped = 3
    }

    /// What the address of a fault was.
    public enum Fault: Equatable, Sendable {
        case none
        /// In an image.
        case at(Frame)
        case nullPage
        case stackOverflow
        case other
        /// The processor did not say.
        case unknown
    }

    /// A program counter.
    public struct Frame: Equatable, Sendable {
        /// Index into `images`; nil: it lies in none of them.
        public var image: Int?
        /// Address in the image's file, bytes.
        public var offset: UInt64
        /// Found by a look through the stack rather than by a frame pointer, or called by such a one.
        public var isGuessed: Bool

        /// A program counter.
        public init(image: Int?, offset: UInt64, isGuessed: Bool = false) {
            self.image = image
            self.offset = offset
            self.isGuessed = isGuessed
        }
    }

    /// The executable (the first one), or a library.
    public struct Image: Equatable, Sendable {
        /// Path, or a name where there is no file.
        public var path: String
        /// The GNU build id; empty when there is none.
        public var buildID: [UInt8]

        /// An image.
        public init(path: String, buildID: [UInt8]) {
            self.path = path
            self.buildID = buildID
        }
    }

    /// Streams that were open, as the process last said.
    public var openStreams: UInt64
    /// Number of the stream that the event loop last worked for; nil: none.
    public var currentStream: UInt64?
    public var progress: Progress
    /// The signal that the handler caught.
    public var signal: Int32
    /// Its `si_code`, see sigaction(2).
    public var code: Int32
    public var fault: Fault
    /// The id of the thread.
    public var thread: UInt32
    public var isEventLoop: Bool
    /// Innermost first.
    public var frames: [Frame]
    public var images: [Image]

    /// Why memory is no report.
    public enum Refusal: Error, Equatable, Sendable {
        /// The memory has another size.
        case size
        /// The process never installed its handlers.
        case unused
        /// The format is another one.
        case version(UInt32)
        /// A number is beyond what the layout has room for, or means nothing.
        case malformed
    }

    /// Reads the memory, whatever is in it.
    ///
    /// - Throws: `Refusal`.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(Refusal) {
        guard bytes.count == MemoryLayout<route_crash_file>.size else { throw .size }
        let memory = Memory(bytes: bytes)
        guard memory[\.magic] == ROUTE_CRASH_MAGIC else { throw .unused }
        guard memory[\.version] == ROUTE_CRASH_VERSION else {
            throw .version(memory[\.version])
        }
        let imageCount = memory[\.image_count]
        guard imageCount <= ROUTE_CRASH_IMAGES, memory[\.frame_count] <= ROUTE_CRASH_FRAMES,
            let progress = Progress(rawValue: memory[\.state])
        else { throw .malformed }
        self.progress = progress
        openStreams = memory[\.open_streams]
        currentStream = memory[\.current_stream] == 0 ? nil : memory[\.current_stream]
        signal = memory[\.signal]
        code = memory[\.code]
        thread = memory[\.thread]
        isEventLoop = memory[\.is_event_loop] != 0
        images = memory.elements(\.images, imageCount, Self.image)
        frames = memory.elements(\.frames, memory[\.frame_count]) {
            Self.frame($0, images: imageCount)
        }
        let place = route_crash_frame(
            image: memory[\.fault_image], flags: 0, offset: memory[\.fault_offset])
        guard
            let fault = Self.fault(memory[\.fault], Self.frame(place, images: imageCount))
        else { throw .malformed }
        self.fault = fault
    }

    private static func frame(_ raw: route_crash_frame, images: UInt32) -> Frame {
        Frame(
            image: raw.image < images ? Int(raw.image) : nil,
            // Without an image the number would be an address.
            offset: raw.image < images ? raw.offset : 0,
            isGuessed: raw.flags & ROUTE_FRAME_GUESSED != 0)
    }

    private static func image(_ raw: route_crash_image) -> Image {
        let path = withUnsafeBytes(of: raw.path) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let length = Int(min(raw.build_id_length, UInt32(ROUTE_CRASH_BUILD_ID)))
        return Image(
            path: path, buildID: withUnsafeBytes(of: raw.build_id) { Array($0.prefix(length)) })
    }

    private static func fault(_ number: UInt32, _ frame: Frame) -> Fault? {
        switch Int(number) {
        case ROUTE_FAULT_NONE: Fault.none
        case ROUTE_FAULT_IMAGE: .at(frame)
        case ROUTE_FAULT_NULL: .nullPage
        case ROUTE_FAULT_STACK: .stackOverflow
        case ROUTE_FAULT_OTHER: .other
        case ROUTE_FAULT_UNKNOWN: .unknown
        default: nil
        }
    }
}

/// Bytes of the size of the layout, read by the fields' names in C's header.
private struct Memory {
    let bytes: UnsafeRawBufferPointer

    subscript<Value: BitwiseCopyable>(field: KeyPath<route_crash_file, Value>) -> Value {
        bytes.loadUnaligned(fromByteOffset: offset(field), as: Value.self)
    }

    /// The first elements of an array.
    func elements<Array, Raw: BitwiseCopyable, Element>(
        _ field: KeyPath<route_crash_file, Array>, _ count: UInt32, _ read: (Raw) -> Element
    ) -> [Element] {
        (0..<Int(count)).map { index in
            read(
                bytes.loadUnaligned(
                    fromByteOffset: offset(field) &+ index &* MemoryLayout<Raw>.stride, as: Raw.self
                ))
        }
    }

    private func offset(_ field: PartialKeyPath<route_crash_file>) -> Int {
        // Fields of a C struct are stored: every one has its offset.
        MemoryLayout<route_crash_file>.offset(of: field) ?? 0
    }
}
