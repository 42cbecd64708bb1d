import Glibc

/// Names for addresses in an executable or a library.
public enum ImageSymbols {
    /// The functions that hold the addresses, each as `name + offset` with the name demangled; nil where
    /// nothing is known, and for all of them when the file is another one than that which ran.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - buildID: the GNU build id that the process saw.
    ///   - addresses: in the file, bytes.
    public static func names(path: String, buildID: [UInt8], addresses: [UInt64]) -> [String?] {
        let unknown: [String?] = Array(repeating: nil, count: addresses.count)
        // Without a build id nothing says that this is the same file.
        guard !buildID.isEmpty else { return unknown }
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return unknown }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            information.st_size > 0,
            let start = mmap(nil, Int(information.st_size), PROT_READ, MAP_PRIVATE, file, 0),
            start != MAP_FAILED
        else { return unknown }
        defer { munmap(start, Int(information.st_size)) }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(information.st_size))
        guard let elf = ElfFile(bytes), elf.buildID == buildID else { return unknown }
        return zip(elf.symbols(at: addresses), addresses).map { symbol, address in
            symbol.map {
                "\(Demangling.readable($0.name)) + \(address &- $0.address)"
            }
        }
    }
}
