import Foundation
import Glibc

/// What is tried.
struct Attempts {
    let folder: String
    let inside: String
    let given: Int32

    func run() {
        files()
        processes()
        sockets()
    }

    private func attempt(_ name: String, _ body: () -> Int) { Main.attempt(name, body) }

    /// Opens and closes.
    private func opened(_ path: String, _ flags: Int32) -> Int {
        let descriptor = open(path, flags | O_CLOEXEC, 0o600)
        let code = errno
        if descriptor >= 0 { close(descriptor) }
        errno = code
        return Int(descriptor)
    }

    private func files() {
        attempt("read") { opened("/etc/passwd", O_RDONLY) }
        attempt("write-given") { write(given, "x", 1) }
        attempt("truncate-given") { Int(ftruncate(given, 0)) }
        for (name, place) in [("outside", folder), ("inside", inside)] {
            attempt("create-\(name)") { opened("\(place)/new", O_WRONLY | O_CREAT) }
            attempt("create-read-only-\(name)") { opened("\(place)/new2", O_RDONLY | O_CREAT) }
            attempt("open-write-\(name)") { opened("\(place)/old", O_WRONLY) }
            attempt("open-both-\(name)") { opened("\(place)/old", O_RDWR) }
            attempt("cut-\(name)") { opened("\(place)/old", O_RDONLY | O_TRUNC) }
            attempt("mkdir-\(name)") { Int(mkdir("\(place)/folder", 0o700)) }
            attempt("rmdir-\(name)") { Int(rmdir("\(place)/folder")) }
            attempt("rename-\(name)") { Int(rename("\(place)/old", "\(place)/other")) }
            attempt("symlink-\(name)") { Int(symlink("x", "\(place)/link")) }
            attempt("unlink-\(name)") { Int(unlink("\(place)/old2")) }
        }
        attempt("open-null") { opened("/dev/null", O_WRONLY) }
        attempt("chmod") { Int(chmod(inside, 0o700)) }
        attempt("mount") { Int(mount("none", folder, "tmpfs", 0, nil)) }
    }

    private func processes() {
        attempt("exec") {
            errno = Early.failureToExecute()
            return errno == ENOENT ? 0 : -1
        }
        attempt("spawn") {
            var pid: pid_t = 0
            let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
            let code = posix_spawn(&pid, "/bin/true", nil, nil, arguments, nil)
            if code == 0 { waitpid(pid, nil, 0) }
            errno = code
            return code == 0 ? 0 : -1
        }
        attempt("thread") {
            var thread = pthread_t()
            let code = pthread_create(&thread, nil, { _ in nil }, nil)
            if code == 0 { pthread_join(thread, nil) }
            errno = code
            return code == 0 ? 0 : -1
        }
        attempt("kill-parent") { Int(kill(getppid(), 0)) }
        attempt("raise") {
            signal(SIGUSR1, SIG_IGN)
            return Int(raise(SIGUSR1))
        }
        // ptrace(2) with options for a process that is not traced, openat2(2), io_uring_setup(2).
        #if arch(x86_64)
            attempt("ptrace") { systemCall(101, 0x4200, Int(getppid())) }
            attempt("read-own-memory") { memory(of: getpid()) }
            attempt("read-parent-memory") { memory(of: getppid()) }
            attempt("openat2") { systemCall(437, -1) }
            attempt("io-uring") { systemCall(425, 1) }
        #endif
        attempt("setuid") { Int(setuid(getuid())) }
    }

    private func sockets() {
        attempt("socket") {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { if descriptor >= 0 { close(descriptor) } }
            return Int(descriptor)
        }
        attempt("bind") {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { return -1 }
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Int(Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)))
                }
            }
        }
        attempt("resolve") {
            var found: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo("localhost", "80", nil, &found)
            if found != nil { freeaddrinfo(found) }
            errno = code == 0 ? 0 : EIO
            return code == 0 ? 0 : -1
        }
    }

    /// process_vm_readv(2) of eight bytes, which are there in this process and may be in another.
    private func memory(of pid: pid_t) -> Int {
        var word: UInt64 = 0
        var copy: UInt64 = 0
        return withUnsafeMutableBytes(of: &word) { word in
            withUnsafeMutableBytes(of: &copy) { copy in
                var remote = iovec(iov_base: word.baseAddress, iov_len: 8)
                var local = iovec(iov_base: copy.baseAddress, iov_len: 8)
                return withUnsafePointer(to: &local) { local in
                    withUnsafePointer(to: &remote) { remote in
                        systemCall(
                            310, Int(pid), Int(bitPattern: local), 1, Int(bitPattern: remote), 1)
                    }
                }
            }
        }
    }

    /// A system call that Swift sees no function for.
    private func systemCall(
        _ number: Int, _ one: Int = 0, _ two: Int = 0, _ three: Int = 0, _ four: Int = 0,
        _ five: Int = 0
    ) -> Int {
        typealias Call = @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int
        guard let symbol = dlsym(nil, "syscall") else { return -1 }
        return unsafeBitCast(symbol, to: Call.self)(number, one, two, three, four, five, 0)
    }
}
