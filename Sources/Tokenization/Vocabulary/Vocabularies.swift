import Glibc

/// All encodings, loaded: four mapped files, 13 MB of address space that all processes share.
public struct Vocabularies: Sendable {
    /// The folder that SwiftPM puts the files into, beside the executables.
    public static let folderName = "dd0c-route_Tokenization.resources"

    private let cl100kBase: Encoding
    private let o200kBase: Encoding
    private let p50kBase: Encoding
    private let claude: Encoding

    /// Maps the files of one folder.
    ///
    /// - Throws: `VocabularyError`.
    public init(directory: String) throws(VocabularyError) {
        func load(_ name: EncodingName) throws(VocabularyError) -> Encoding {
            let path = "\(directory)/\(name.rawValue).vocabulary"
            return Encoding(name: name, file: try VocabularyFile(path: path, code: name.code))
        }
        cl100kBase = try load(.cl100kBase)
        o200kBase = try load(.o200kBase)
        p50kBase = try load(.p50kBase)
        claude = try load(.claude)
    }

    /// Maps the files that came with this executable: in `folderName` beside it, as the build leaves
    /// them, or in `../share/dd0c-route`, as they are installed.
    ///
    /// - Throws: `VocabularyError`.
    public init() throws(VocabularyError) {
        let executable = Self.executableDirectory
        do throws(VocabularyError) {
            try self.init(directory: "\(executable)/\(Self.folderName)")
        } catch {
            guard case .notFound = error else { throw error }
            try self.init(directory: "\(executable)/../share/dd0c-route")
        }
    }

    /// The encoding of that name.
    public subscript(name: EncodingName) -> Encoding {
        switch name {
        case .cl100kBase: cl100kBase
        case .o200kBase: o200kBase
        case .p50kBase: p50kBase
        case .claude: claude
        }
    }

    /// The folder of the running executable; the current one where that cannot be told.
    private static var executableDirectory: String {
        let limit = Int(PATH_MAX)
        let path = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: limit) { space in
            let count = space.withMemoryRebound(to: CChar.self) { space in
                space.baseAddress.map { readlink("/proc/self/exe", $0, limit) } ?? 0
            }
            return String(decoding: space.prefix(max(0, count)), as: UTF8.self)
        }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return String(path[..<slash])
    }
}
