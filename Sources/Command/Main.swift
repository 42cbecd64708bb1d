import ArgumentParser

@main
enum Main {
    /// Commands without `async` run on the main thread itself: `serve` replaces the process, and exec
    /// passes on the signal mask of the thread that calls it.
    @MainActor
    static func main() async {
        do {
            var command = try RouteCommand.parseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            for line in failure.lines { Console.error(line) }
            RouteCommand.exit(withError: ExitCode(failure.status.rawValue))
        } catch {
            RouteCommand.exit(withError: error)
        }
    }
}
