import Glibc

/// Reads text files whole.
enum FileText {
    /// Why a file could not be read.
    struct Failure: Error, Equatable {
        /// errno of the call that failed; 0 when the content is at fault.
        var code: Int32
        /// For the operator: no text of the file, and no path.
        var message: String
    }

    /// The file's text.
    static func read(_ path: String, sizeMax: Int) -> Result<String, Failure> {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return .failure(system("cannot be opened")) }
        defer { close(fd) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        var content: [UInt8] = []
        while true {
            let n = bytes.withUnsafeMutableBytes { Glibc.read(fd, $0.baseAddress, $0.count) }
            if n < 0, errno == EINTR { continue }
            guard n >= 0 else { return .failure(system("cannot be read")) }
            if n == 0 { break }
            content.append(contentsOf: bytes[..<n])
            guard content.count <= sizeMax else {
                return .failure(Failure(code: 0, message: "is larger than \(sizeMax) bytes"))
            }
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            return .failure(Failure(code: 0, message: "is no UTF-8 text"))
        }
        return .success(text)
    }

    private static func system(_ what: String) -> Failure {
        let code = errno
        return Failure(code: code, message: "\(what) (\(String(cString: strerror(code))))")
    }
}
