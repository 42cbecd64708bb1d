import Glibc

/// A program with its arguments and its environment.
struct ProcessImage {
    var path: String
    /// Without the program's name.
    var arguments: [String]
    var variables: [String: String]

    /// Executes the program in place of this one, with an empty signal mask and SIGPIPE as usual; returns
    /// only by throwing.
    ///
    /// - Throws: `CommandFailure`.
    func replaceThisProcess() throws(CommandFailure) -> Never {
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        signal(SIGPIPE, SIG_DFL)
        let code = withPointers { arguments, environment in
            execve(path, arguments, environment)
            return errno
        }
        throw .system("\(path) cannot be executed", code: code)
    }

    /// Lends the arguments (the program's path first) and the environment as exec(3) wants them.
    func withPointers<Result>(
        _ body: (
            UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
            UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
        ) -> Result
    ) -> Result {
        let argumentCount = arguments.count + 1
        let environmentCount = variables.count
        let argv = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
            capacity: argumentCount + 1)
        let envp = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
            capacity: environmentCount + 1)
        for (index, argument) in ([path] + arguments).enumerated() {
            (argv + index).initialize(to: strdup(argument))
        }
        (argv + argumentCount).initialize(to: nil)
        for (index, variable) in variables.sorted(by: { $0.key < $1.key }).enumerated() {
            (envp + index).initialize(to: strdup("\(variable.key)=\(variable.value)"))
        }
        (envp + environmentCount).initialize(to: nil)
        defer {
            for index in 0..<argumentCount { free(argv[index]) }
            for index in 0..<environmentCount { free(envp[index]) }
            argv.deallocate()
            envp.deallocate()
        }
        return body(argv, envp)
    }
}
